import type { App } from '../../../apps/apps.ts'
import type { AuditRecord } from '../../../events/audit-log.ts'
import type { PageOf } from '../../../platform/database/pagination.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Service } from '../../../service.ts'
import type { ApiToken } from '../../../tokens/api-tokens/api-token.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import type { EffectivePermission } from '../../../users/effective-permissions.ts'
import type { User } from '../../../users/users.ts'
import { FormError } from '../../components/form.tsx'
import { sessionNames } from '../../components/session-name.ts'
import { useTranslation } from '../../components/translate.tsx'
import type { Problems } from '../../forms/form-page.ts'
import type { Submission } from '../../forms/submission.ts'
import { type AdminContext, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { AuditEntries } from './audit-entries.tsx'
import { ChangedMeanwhile } from './changed-meanwhile.tsx'
import { DetailsCard, FactsCard, PasswordCard, RightsCard } from './user-cards.tsx'
import { UserDeletionCard } from './user-deletion-card.tsx'
import { UserEmailCard } from './user-email-card.tsx'
import { UserGroupsCard } from './user-groups-card.tsx'
import { UserPermissionsCard } from './user-permissions-card.tsx'
import { UserSessionsCard } from './user-sessions-card.tsx'
import { UserTokensCard } from './user-tokens-card.tsx'
import { nameOf } from './users-page.tsx'

/** The page's user, and the input that stays in its forms. */
export interface Filled {
  readonly user: User
  readonly fields?: Submission['fields'] | undefined
}

/** What was done, by the name in the query. */
export const DONE = {
  saved: message('Saved. Apps see the change within a second.'),
  joined: message('Added to the group. Apps see the change within a second.'),
  left: message('Removed from the group. Apps see the change within a second.'),
  link_sent: message('A password reset link was sent to this person.'),
  confirmed: message('The address is marked as confirmed.'),
  confirmation_sent: message('A confirmation link was sent to this address.'),
  deletion_planned: message('Signed out everywhere. The account will be deleted.'),
  deletion_cancelled: message('The deletion is cancelled.'),
  session_ended: message('Session ended.'),
  sessions_ended: message('All sessions of this person ended.'),
  token_revoked: message('The token is revoked. Apps refuse it from now on.'),
  tokens_revoked: message('All API tokens of this person are revoked.'),
}

interface UserViewProps extends Filled, Problems {
  readonly c: AdminContext
  readonly sessions: PageOf<Session>
  readonly tokens: readonly ApiToken[]
  /** `null` if no app has published any. */
  readonly permissions: readonly EffectivePermission[] | null
  readonly apps: readonly App[]
  readonly history: readonly AuditRecord[]
  readonly emails: ReadonlyMap<string, string>
  /** Seconds of the grace period. */
  readonly grace: number
  readonly mails: boolean
  /** The time of the request in seconds. */
  readonly now: number
  readonly locate: Service['locate']
}

/** The page of a user, for staff and superusers. */
export const UserView = ({
  c,
  user,
  sessions,
  tokens,
  permissions,
  apps,
  history,
  emails,
  grace,
  mails,
  now,
  locate,
  fields,
  errors = {},
  changed,
}: UserViewProps) => {
  const t = useTranslation()
  const changeable = mayWrite(c)
  return (
    <AdminLayout c={c} title={nameOf(user) || user.email} section="/admin/people">
      <Done c={c} texts={DONE} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      {!changeable && <ReadOnly />}
      <div class="columns">
        <div class="stack">
          <FactsCard user={user} now={now} />
          <UserGroupsCard {...{ user, fields, errors, changeable }} />
          {permissions && <UserPermissionsCard {...{ user, apps, permissions }} />}
          <UserSessionsCard {...{ user, sessions, now, locate, changeable }} nameOf={sessionNames(apps)} />
          {tokens.length > 0 && <UserTokensCard {...{ user, tokens, now, locate, changeable }} />}
        </div>
        <div class="stack">
          {changeable && <DetailsCard user={user} fields={fields} errors={errors} />}
          {changeable && user.emailVerifiedAt === null && <UserEmailCard {...{ user, mails }} />}
          {changeable && <RightsCard user={user} />}
          {changeable && user.isActive && <PasswordCard {...{ user, mails }} />}
          {changeable && <UserDeletionCard {...{ c, user, grace, errors }} />}
        </div>
      </div>
      <section class="stack" aria-labelledby="history">
        <div class="spread">
          <h2 id="history">{t('History')}</h2>
          <a href={`/admin/audit?${new URLSearchParams({ person: user.uuid })}`}>{t('Full history')}</a>
        </div>
        <AuditEntries entries={history} emails={emails} now={now} />
      </section>
    </AdminLayout>
  )
}
