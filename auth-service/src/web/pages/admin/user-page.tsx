import { failure } from '@latchkey/jwt-middleware/contract'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { unixTime } from '../../../platform/clock.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import { message } from '../../../platform/i18n/message.ts'
import { canonicalEmail, normalizeEmail } from '../../../platform/validation/email-address.ts'
import { withoutBlanks } from '../../../platform/validation/field-errors.ts'
import { problemWith } from '../../../platform/validation/input.ts'
import { cleanedName } from '../../../platform/validation/validators.ts'
import { tokenJson } from '../../../tokens/api-tokens/api-token.ts'
import type { AdminDeletionRefusal } from '../../../users/admin-deletion.ts'
import type { ChangeRefusal, PersonPatch } from '../../../users/administration.ts'
import { effectivePermissions } from '../../../users/effective-permissions.ts'
import { detailsInput, rightsInput } from '../../../users/user-input.ts'
import type { User } from '../../../users/users.ts'
import { refuse } from '../../components/error-page.tsx'
import { page } from '../../components/layout.tsx'
import { wantsJson } from '../../forms/body.ts'
import type { Errors, Problems, Sent } from '../../forms/form-page.ts'
import { sessionJson } from '../../forms/session-json.ts'
import { changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import { type Submission, textOf, tickOf } from '../../forms/submission.ts'
import { type AdminContext, type AdminEnv, actorOf } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { auditEntryJson } from './audit-entry-json.ts'
import { type DONE, type Filled, UserView } from './user-view.tsx'
import { listedUserJson } from './users-page.tsx'

/** How many of the latest events are shown. */
const HISTORY = 10

const WORDS: Record<
  Exclude<ChangeRefusal, 'not_found' | 'not_allowed' | 'changed_meanwhile'>,
  readonly [field: string, string]
> = {
  email_taken: ['email', message('Another account uses this email address.')],
  own_rights: ['form', message('You can’t remove your own rights. Ask another superuser to do it.')],
  last_superuser: [
    'form',
    message('This is the last active superuser. Make another person a superuser first.'),
  ],
}

const NOT_REMOVED: Record<Exclude<AdminDeletionRefusal, 'not_found' | 'not_allowed'>, string> = {
  oneself: message('Delete your own account from your account page.'),
  last_superuser: WORDS.last_superuser[1],
}

/** Fields of the form for the name and address, and of a user. */
const DETAILS = { email: 'email', first_name: 'firstName', last_name: 'lastName' } as const
const RIGHTS = { is_active: 'isActive', is_staff: 'isStaff', is_superuser: 'isSuperuser' } as const

const NO_GROUP = message('There is no group with this name.')
const INACTIVE = message('This account is disabled. Enable it before you send a reset link.')
const NOT_TO_CONFIRM = message('This address is already confirmed, or the account is disabled.')
const OTHER_ADDRESS = message('This is not the person’s email address. Nothing was deleted.')

/** `/admin/people/:uuid`: a user with rights, sessions and history. */
export function userPage(web: Web): Hono<AdminEnv> {
  const { administration, audit, config, directory, formPage, groups, now, locate } = web
  const { passwordReset, adminDeletions, sessions, users, emailVerification, apiTokens } = web
  const { apps, appPermissions } = web

  async function show(
    c: AdminContext,
    status: ContentfulStatusCode,
    { user, fields }: Filled,
    problems: Problems = {},
  ) {
    const [live, history] = await Promise.all([sessionsOf(c, user), audit.historyOf(user.uuid, HISTORY)])
    const emails = await directory.emailsOf(history.flatMap(({ subject, actor }) => [subject, actor]))
    const { deletionGrace: grace } = config
    const tokens = await apiTokens.list(user)
    const defined = await appPermissions.list()
    const permissions = defined.length > 0 ? effectivePermissions(user, defined) : null
    const found = {
      sessions: live,
      tokens,
      permissions,
      apps: apps.list(),
      history,
      emails,
      grace,
      mails: sendsMail(config),
    }
    const seen = { c, user, fields, ...found, now: unixTime(now), locate }
    return page(c, status, <UserView {...seen} {...problems} />)
  }

  const sessionsOf = (c: Context, user: User) =>
    sessions.page(user.id, { after: c.req.query('sessions_after') || null })
  const findUser = (c: Context) => users.findByUuid(c.req.param('uuid') ?? '')

  const onSubmit = formPage<AdminContext, Filled>({
    async values(c) {
      const user = await findUser(c)
      return user ? { user } : refuse(c, 'not_found')
    },
    address: (_, { user }) => addressOf(user),
    show,
  })

  /** The same for actions that email an address: only to the one that was shown. */
  const onSubmitAsSeen: typeof onSubmit = (submit) =>
    onSubmit(async (c, sent) => {
      const { user } = sent.values
      const { email = user.email } = sent.fields
      return email === user.email ? submit(c, sent) : changedMeanwhile(user, {}, { email })
    })

  const done = (user: User, what: keyof typeof DONE) => ({ to: `${addressOf(user)}?done=${what}` })

  const wrong = ({ values: { user }, fields }: Form, errors: Errors) => ({
    errors,
    values: { user, fields },
  })

  /** Another administrator's changes; unsaved input stays in the form. */
  async function changedMeanwhile(user: User, fields: Submission['fields'], seen: Shown) {
    const now = (await users.findByUuid(user.uuid)) ?? user
    const changed = changedSince(seen, shownOf(now)) ?? { before: {}, after: {} }
    const edited = editedIn(fields, shownIn(fields), keysOf(DETAILS))
    const typed = Object.fromEntries(edited.map((name) => [name, fields[name]]))
    return { changed, values: { user: now, fields: typed } }
  }

  async function save(
    c: AdminContext,
    form: Form,
    patch: Record<string, unknown>,
    errors: Errors,
    seen: Shown,
  ) {
    const { fields, values } = form
    const { user } = values
    if (Object.values(errors).some(Boolean)) return wrong(form, withoutBlanks(errors))
    const expected = patchOf(seen) as PersonPatch
    const changed = await administration.change(
      user.uuid,
      patchOf(patch) as PersonPatch,
      actorOf(c),
      expected,
    )
    if (changed.ok) return { ...done(user, 'saved'), body: listedUserJson(changed.value) }
    if (changed.reason === 'not_found') return refuse(c, 'not_found')
    if (changed.reason === 'not_allowed') return refuse(c, 'superusers_only')
    if (changed.reason === 'changed_meanwhile') return changedMeanwhile(user, fields, seen)
    const [field, sentence] = WORDS[changed.reason]
    return wrong(form, { [field]: sentence })
  }

  function notRemoved(c: AdminContext, form: Form, reason: AdminDeletionRefusal) {
    if (reason === 'not_found') return refuse(c, 'not_found')
    if (reason === 'not_allowed') return refuse(c, 'superusers_only')
    return wrong(form, { form: NOT_REMOVED[reason] })
  }

  // Saves only changed fields, and rejects those that someone else changed, too.
  const saveDetails = onSubmit((c, form) => {
    const { fields, values } = form
    const shown = shownIn(fields)
    const edited = editedIn(fields, shown, keysOf(DETAILS))
    const errors = Object.fromEntries(
      edited.map((name) => [name, problemWith(detailsInput.entries[name])(fields[name])]),
    )
    const pick = (values: Shown) => Object.fromEntries(edited.map((name) => [name, values[name]]))
    const cleaned = ([name, value]: [string, unknown]) => {
      if (typeof value !== 'string') return [name, value]
      return [name, name === 'email' ? changedEmail(values.user, value) : cleanedName(value)]
    }
    const patch = Object.fromEntries(Object.entries(pick(fields)).map(cleaned))
    return save(c, form, patch, errors, pick(shown))
  })

  // Rights are decided together: a change to any of them by someone else needs another look.
  const saveRights = onSubmit((c, form) => {
    const shown = shownIn(form.fields)
    const flags = keysOf(RIGHTS).map((name) => {
      const value = tickOf(c, form.fields, name)
      return { name, value, error: problemWith(rightsInput.entries[name])(value) }
    })
    const edited = flags.filter(({ name, value }) => value !== undefined && value !== shown[name])
    const patch = Object.fromEntries(edited.map(({ name, value }) => [name, value]))
    const errors = Object.fromEntries(flags.map(({ name, error }) => [name, error]))
    const seen = Object.fromEntries(keysOf(RIGHTS).map((name) => [name, shown[name]]))
    return save(c, form, patch, errors, edited.length > 0 ? seen : {})
  })

  return new Hono<AdminEnv>()
    .get('/admin/people/:uuid', async (c) => {
      const user = await findUser(c)
      if (!user) return refuse(c, 'not_found')
      if (!wantsJson(c)) return show(c, 200, { user })
      const [live, history] = await Promise.all([sessionsOf(c, user), audit.historyOf(user.uuid, HISTORY)])
      return c.json({
        ...listedUserJson(user),
        groups: user.groups,
        deletion_due_at: user.deletionDueAt,
        sessions: live.rows.map((session) => sessionJson(session, apps.list(), locate)),
        sessions_next: live.next,
        api_tokens: (await apiTokens.list(user)).map(tokenJson),
        permissions: effectivePermissions(user, await appPermissions.list()).map(
          ({ appId: app, name, through }) => ({ app, name, through }),
        ),
        history: history.map(auditEntryJson),
      })
    })
    .post('/admin/people/:uuid/details', saveDetails)
    .post('/admin/people/:uuid/rights', saveRights)
    .post(
      '/admin/people/:uuid/groups',
      onSubmit(async (c, form) => {
        const { user } = form.values
        const group = await groups.named(form.fields.group)
        const added = group ? await groups.add(group, user, actorOf(c)) : failure(NO_GROUP)
        return added.ok ? done(user, 'joined') : wrong(form, { group: added.reason })
      }),
    )
    .post(
      '/admin/people/:uuid/groups/remove',
      onSubmit(async (c, { fields, values: { user } }) => {
        const group = await groups.named(fields.group)
        const dropped = group !== null && (await groups.drop(group, user, actorOf(c)))
        return dropped ? done(user, 'left') : refuse(c, 'not_found')
      }),
    )
    .post(
      '/admin/people/:uuid/reset-link',
      onSubmitAsSeen(async (c, form) => {
        const { user } = form.values
        if (!user.isActive) return wrong(form, { form: INACTIVE })
        if (!sendsMail(config)) return refuse(c, 'no_mail')
        await passwordReset.sendLink(user, actorOf(c))
        return done(user, 'link_sent')
      }),
    )
    .post(
      '/admin/people/:uuid/confirm-email',
      onSubmitAsSeen(async (c, { values: { user } }) => {
        if (user.emailVerifiedAt === null) await emailVerification.markVerified(user, actorOf(c))
        return done(user, 'confirmed')
      }),
    )
    .post(
      '/admin/people/:uuid/mail-confirmation',
      onSubmitAsSeen(async (c, form) => {
        const { user } = form.values
        if (user.emailVerifiedAt !== null || !user.isActive) return wrong(form, { form: NOT_TO_CONFIRM })
        if (!sendsMail(config)) return refuse(c, 'no_mail')
        await emailVerification.resend(user, actorOf(c))
        return done(user, 'confirmation_sent')
      }),
    )
    .post(
      '/admin/people/:uuid/deletion',
      onSubmit(async (c, form) => {
        const { user } = form.values
        const outcome = await adminDeletions.request(user, actorOf(c))
        if (!outcome.ok) return notRemoved(c, form, outcome.reason)
        return { ...done(user, 'deletion_planned'), body: { deletion_due_at: outcome.value } }
      }),
    )
    .post(
      '/admin/people/:uuid/deletion/cancel',
      onSubmit(async (c, form) => {
        const { user } = form.values
        const outcome = await adminDeletions.cancel(user, actorOf(c))
        return outcome.ok ? done(user, 'deletion_cancelled') : notRemoved(c, form, outcome.reason)
      }),
    )
    .post(
      '/admin/people/:uuid/delete-now',
      onSubmit(async (c, form) => {
        const { user } = form.values
        if (canonicalEmail(textOf(form.fields, 'confirm_email')) !== canonicalEmail(user.email))
          return wrong(form, { confirm_email: OTHER_ADDRESS })
        const outcome = await adminDeletions.atOnce(user, actorOf(c))
        return outcome.ok ? { to: '/admin/people?done=deleted' } : notRemoved(c, form, outcome.reason)
      }),
    )
    .post(
      '/admin/people/:uuid/sessions/end-all',
      onSubmit(async (c, { values: { user } }) => {
        await sessions.endAll(user.id, actorOf(c))
        return done(user, 'sessions_ended')
      }),
    )
    .post(
      '/admin/people/:uuid/sessions/:id/end',
      onSubmit(async (c, { values: { user } }) => {
        const ended = await sessions.endFor(user.id, c.req.param('id') as string, actorOf(c))
        return ended ? done(user, 'session_ended') : refuse(c, 'not_found')
      }),
    )
    .post(
      '/admin/people/:uuid/tokens/revoke-all',
      onSubmit(async (c, { values: { user } }) => {
        await apiTokens.revokeAll(user, actorOf(c))
        return done(user, 'tokens_revoked')
      }),
    )
    .post(
      '/admin/people/:uuid/tokens/:id/revoke',
      onSubmit(async (c, { values: { user } }) => {
        const revoked = await apiTokens.revoke(user, c.req.param('id') as string, actorOf(c))
        return revoked ? done(user, 'token_revoked') : refuse(c, 'not_found')
      }),
    )
}

type Form = Sent<Filled>

const addressOf = ({ uuid }: User) => `/admin/people/${uuid}`

/** Another spelling of the domain is no change. */
function changedEmail({ email }: User, typed: string): string {
  const given = normalizeEmail(typed)
  return given === normalizeEmail(email) ? email : given
}

const keysOf = <Name extends string>(names: Readonly<Record<Name, string>>): Name[] =>
  Object.keys(names) as Name[]

/** Values by the names of the form, of a user. */
const shownOf = (user: User): Shown =>
  Object.fromEntries(Object.entries({ ...DETAILS, ...RIGHTS }).map(([name, key]) => [name, user[key]]))

/** Values by the names of the form, as a change of a user. */
const patchOf = (values: Shown) =>
  Object.fromEntries(
    Object.entries({ ...DETAILS, ...RIGHTS })
      .filter(([name]) => values[name] !== undefined)
      .map(([name, key]) => [key, values[name]]),
  )
