import { failure } from '@latchkey/jwt-middleware'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AuditRecord } from '../../../events/audit-log.ts'
import { sendsMail } from '../../../platform/config/mail-config.ts'
import type { PageOf } from '../../../platform/database/pagination.ts'
import { message } from '../../../platform/i18n/message.ts'
import { canonicalEmail, normalizeEmail } from '../../../platform/validation/email-address.ts'
import { withoutBlanks } from '../../../platform/validation/field-errors.ts'
import { cleanedName, emailProblem, nameProblem } from '../../../platform/validation/validators.ts'
import type { Service } from '../../../service.ts'
import type { Session } from '../../../tokens/sessions/sessions.ts'
import type { RemovalRefusal } from '../../../users/admin-deletion.ts'
import type { ChangeRefusal, PersonPatch } from '../../../users/administration.ts'
import { createDirectory } from '../../../users/directory.ts'
import type { User } from '../../../users/users.ts'
import { invalid, refusal, refuse } from '../../components/error-page.tsx'
import { FormError } from '../../components/form.tsx'
import { page } from '../../components/layout.tsx'
import { useTranslation } from '../../components/translate.tsx'
import { wantsJson } from '../../forms/negotiation.ts'
import { type Changed, changedSince, editedIn, type Shown, shownIn } from '../../forms/stale-form.ts'
import { createForms, isOutdated, type Submission, textOf, tickOf } from '../../forms/submission.ts'
import { returningTo } from '../../middleware/accept-language.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../middleware/require-staff.ts'
import { AdminLayout, Done, ReadOnly } from './admin-layout.tsx'
import { AuditEntries } from './audit-entries.tsx'
import { auditEntryJson } from './audit-entry-json.ts'
import { ChangedMeanwhile, changedProblem } from './changed-meanwhile.tsx'
import type { Errors } from './form-handler.ts'
import { DetailsCard, FactsCard, PasswordCard, RightsCard } from './user-cards.tsx'
import { UserDeletionCard } from './user-deletion-card.tsx'
import { UserEmailCard } from './user-email-card.tsx'
import { UserGroupsCard } from './user-groups-card.tsx'
import { sessionJson, UserSessionsCard } from './user-sessions-card.tsx'
import { listedUserJson, nameOf } from './users-page.tsx'

/** How many of the latest events are told. */
const HISTORY = 10

const DONE = {
  saved: message('Saved. The apps know within a second.'),
  joined: message('Added to the group. The apps know within a second.'),
  left: message('Taken out of the group. The apps know within a second.'),
  link_sent: message('A link to choose a new password is on its way to their address.'),
  confirmed: message('The address counts as confirmed.'),
  confirmation_sent: message('A link to confirm their address is on its way to it.'),
  deletion_planned: message('They are signed out everywhere, and will be deleted.'),
  deletion_cancelled: message('Nothing is deleted.'),
  session_ended: message('That session is over.'),
  sessions_ended: message('All sessions of this person are over.'),
}

const WORDS: Record<
  Exclude<ChangeRefusal, 'not_found' | 'not_allowed' | 'changed_meanwhile'>,
  readonly [field: string, string]
> = {
  email_taken: ['email', message('Somebody else has this e-mail address.')],
  own_rights: ['form', message('You can’t take rights from yourself. Ask another superuser to do it.')],
  last_superuser: ['form', message('This is the last active superuser. Make somebody else one first.')],
}

const NOT_REMOVED: Record<Exclude<RemovalRefusal, 'not_found' | 'not_allowed'>, string> = {
  oneself: message('Your own account you delete on your account page.'),
  last_superuser: WORDS.last_superuser[1],
}

/** Fields of the form for the name and address, and of a person. */
const DETAILS = { email: 'email', first_name: 'firstName', last_name: 'lastName' } as const
const RIGHTS = { is_active: 'isActive', is_staff: 'isStaff', is_superuser: 'isSuperuser' } as const

const NO_GROUP = message('There is no group of this name.')
const OTHER_ADDRESS = message('This is not their address. Nothing was deleted.')

/** `/admin/people/:uuid`: one person, their rights, sessions and history. */
export function userPage(service: Service): Hono<AdminEnv> {
  const { administration, audit, config, database, groups, now, placeOf } = service
  const { recovery, removals, sessions, users, verification } = service
  const forms = createForms(config)
  const directory = createDirectory(database)

  /** What was typed stays in the form, with what is wrong with it. */
  interface Retry {
    readonly fields?: Submission['fields']
    readonly errors?: Errors
    readonly changed?: Changed
  }

  async function show(c: AdminContext, status: ContentfulStatusCode, person: User, retry: Retry = {}) {
    const [live, history] = await Promise.all([sessionsOf(c, person), audit.historyOf(person.uuid, HISTORY)])
    const emails = await directory.emailsOf(history.flatMap(({ subject, actor }) => [subject, actor]))
    const csrf = forms.token(c, c.var.account.current)
    const { deletionGrace: grace } = config
    const found = { sessions: live, history, emails, grace, mails: sendsMail(config) }
    const seen = { c, person, csrf, ...found, now: Math.floor(now() / 1000), placeOf }
    return page(c, status, <UserPage {...seen} {...retry} />)
  }

  const sessionsOf = (c: Context, person: User) =>
    sessions.page(person.id, { after: c.req.query('sessions_after') || null })
  const personOf = (c: Context) => users.findByUuid(c.req.param('uuid') ?? '')
  const addressOf = ({ uuid }: User) => `/admin/people/${uuid}`

  /** Takes a form of this page, or the same as JSON. */
  const takes =
    (act: (c: AdminContext, person: User, submission: Submission) => Promise<Response>) =>
    async (c: AdminContext) => {
      const submission = await forms.read(c, c.var.account.current)
      const { refused, json } = submission
      const person = await personOf(c)
      if (!person) return refuse(c, 'not_found')
      returningTo(c, addressOf(person))
      if (isOutdated(refused) && !json)
        return show(c, 403, person, { errors: { form: refusal(refused).detail } })
      return refused ? refuse(c, refused) : act(c, person, submission)
    }

  /** The same for what goes by an address: not to another one than was seen. */
  const takesAsSeen: typeof takes = (act) =>
    takes(async (c, person, submission) => {
      const { email = person.email } = submission.fields
      if (email !== person.email) {
        return changedMeanwhile(c, person, { ...submission, fields: {} }, { email })
      }
      return act(c, person, submission)
    })

  const done = (c: AdminContext, person: User, json: boolean, what: keyof typeof DONE) =>
    json ? c.body(null, 204) : c.redirect(`${addressOf(person)}?done=${what}`, 303)

  const wrong = async (c: AdminContext, person: User, { fields, json }: Submission, errors: Errors) =>
    json ? invalid(422, errors) : show(c, 422, person, { fields, errors })

  /** Says what somebody else changed; what was typed and is not stored stays in the form. */
  async function changedMeanwhile(c: AdminContext, person: User, { fields, json }: Submission, seen: Shown) {
    const now = (await users.findByUuid(person.uuid)) ?? person
    const changed = changedSince(seen, shownOf(now)) ?? { before: {}, after: {} }
    const edited = editedIn(fields, shownIn(fields), keysOf(DETAILS))
    const typed = Object.fromEntries(edited.map((name) => [name, fields[name]]))
    return json ? changedProblem(changed) : show(c, 409, now, { fields: typed, changed })
  }

  async function save(
    c: AdminContext,
    person: User,
    submission: Submission,
    patch: Record<string, unknown>,
    errors: Errors,
    seen: Shown,
  ) {
    if (Object.values(errors).some(Boolean)) return wrong(c, person, submission, withoutBlanks(errors))
    const { json } = submission
    const expected = patchOf(seen) as PersonPatch
    const changed = await administration.change(
      person.uuid,
      patchOf(patch) as PersonPatch,
      actorOf(c),
      expected,
    )
    if (changed.ok) return json ? c.json(listedUserJson(changed.value)) : done(c, person, json, 'saved')
    if (changed.reason === 'not_found') return refuse(c, 'not_found')
    if (changed.reason === 'not_allowed') return refuse(c, 'superusers_only')
    if (changed.reason === 'changed_meanwhile') return changedMeanwhile(c, person, submission, seen)
    const [field, sentence] = WORDS[changed.reason]
    return wrong(c, person, submission, { [field]: sentence })
  }

  function notRemoved(c: AdminContext, person: User, submission: Submission, reason: RemovalRefusal) {
    if (reason === 'not_found') return refuse(c, 'not_found')
    if (reason === 'not_allowed') return refuse(c, 'superusers_only')
    return wrong(c, person, submission, { form: NOT_REMOVED[reason] })
  }

  // Only what was typed over is written, and refused where somebody else changed the same.
  const saveDetails = takes((c, person, submission) => {
    const { fields } = submission
    const shown = shownIn(fields)
    const edited = editedIn(fields, shown, keysOf(DETAILS))
    const errors = Object.fromEntries(
      edited.map((name) => [name, name === 'email' ? emailProblem(fields.email) : nameProblem(fields[name])]),
    )
    const pick = (values: Shown) => Object.fromEntries(edited.map((name) => [name, values[name]]))
    const cleaned = ([name, value]: [string, unknown]) => {
      if (typeof value !== 'string') return [name, value]
      return [name, name === 'email' ? changedEmail(person, value) : cleanedName(value)]
    }
    const patch = Object.fromEntries(Object.entries(pick(fields)).map(cleaned))
    return save(c, person, submission, patch, errors, pick(shown))
  })

  // Rights are decided on together: any of them that somebody else changed is a reason to look again.
  const saveRights = takes((c, person, submission) => {
    const shown = shownIn(submission.fields)
    const flags = keysOf(RIGHTS).map((name) => {
      const value = tickOf(c, submission.fields, name)
      const right = value === undefined || typeof value === 'boolean'
      return { name, value, error: right ? undefined : message('Must be true or false, or left out.') }
    })
    const edited = flags.filter(({ name, value }) => value !== undefined && value !== shown[name])
    const patch = Object.fromEntries(edited.map(({ name, value }) => [name, value]))
    const errors = Object.fromEntries(flags.map(({ name, error }) => [name, error]))
    const seen = Object.fromEntries(keysOf(RIGHTS).map((name) => [name, shown[name]]))
    return save(c, person, submission, patch, errors, edited.length > 0 ? seen : {})
  })

  return new Hono<AdminEnv>()
    .get('/admin/people/:uuid', async (c) => {
      const person = await personOf(c)
      if (!person) return refuse(c, 'not_found')
      if (!wantsJson(c)) return show(c, 200, person)
      const [live, history] = await Promise.all([
        sessionsOf(c, person),
        audit.historyOf(person.uuid, HISTORY),
      ])
      return c.json({
        ...listedUserJson(person),
        groups: person.groups,
        deletion_due_at: person.deletionDueAt,
        sessions: live.rows.map((session) => sessionJson(session, placeOf)),
        sessions_next: live.next,
        history: history.map(auditEntryJson),
      })
    })
    .post('/admin/people/:uuid/details', saveDetails)
    .post('/admin/people/:uuid/rights', saveRights)
    .post(
      '/admin/people/:uuid/groups',
      takes(async (c, person, submission) => {
        const group = await groups.named(submission.fields.group)
        const added = group ? await groups.add(group, person, actorOf(c)) : failure(NO_GROUP)
        if (added.ok) return done(c, person, submission.json, 'joined')
        return wrong(c, person, submission, { group: added.reason })
      }),
    )
    .post(
      '/admin/people/:uuid/groups/remove',
      takes(async (c, person, { fields, json }) => {
        const group = await groups.named(fields.group)
        const dropped = group !== null && (await groups.drop(group, person, actorOf(c)))
        return dropped ? done(c, person, json, 'left') : refuse(c, 'not_found')
      }),
    )
    .post(
      '/admin/people/:uuid/reset-link',
      takesAsSeen(async (c, person, submission) => {
        if (!person.isActive) {
          const form = message('This person is switched off, and could not sign in with another password.')
          return wrong(c, person, submission, { form })
        }
        if (!sendsMail(config)) return refuse(c, 'no_mail')
        await recovery.sendLink(person, actorOf(c))
        return done(c, person, submission.json, 'link_sent')
      }),
    )
    .post(
      '/admin/people/:uuid/confirm-email',
      takesAsSeen(async (c, person, submission) => {
        if (person.emailVerifiedAt === null) await verification.vouch(person, actorOf(c))
        return done(c, person, submission.json, 'confirmed')
      }),
    )
    .post(
      '/admin/people/:uuid/mail-confirmation',
      takesAsSeen(async (c, person, submission) => {
        if (person.emailVerifiedAt !== null || !person.isActive) {
          const form = message('This person has nothing to confirm, or is switched off and could not.')
          return wrong(c, person, submission, { form })
        }
        if (!sendsMail(config)) return refuse(c, 'no_mail')
        await verification.remind(person, actorOf(c))
        return done(c, person, submission.json, 'confirmation_sent')
      }),
    )
    .post(
      '/admin/people/:uuid/deletion',
      takes(async (c, person, submission) => {
        const outcome = await removals.request(person, actorOf(c))
        if (!outcome.ok) return notRemoved(c, person, submission, outcome.reason)
        if (submission.json) return c.json({ deletion_due_at: outcome.value })
        return done(c, person, false, 'deletion_planned')
      }),
    )
    .post(
      '/admin/people/:uuid/deletion/cancel',
      takes(async (c, person, submission) => {
        const outcome = await removals.cancel(person, actorOf(c))
        if (!outcome.ok) return notRemoved(c, person, submission, outcome.reason)
        return done(c, person, submission.json, 'deletion_cancelled')
      }),
    )
    .post(
      '/admin/people/:uuid/delete-now',
      takes(async (c, person, submission) => {
        const { json, fields } = submission
        if (canonicalEmail(textOf(fields, 'confirm_email')) !== canonicalEmail(person.email))
          return wrong(c, person, submission, { confirm_email: OTHER_ADDRESS })
        const outcome = await removals.atOnce(person, actorOf(c))
        if (!outcome.ok) return notRemoved(c, person, submission, outcome.reason)
        return json ? c.body(null, 204) : c.redirect('/admin/people?done=deleted', 303)
      }),
    )
    .post(
      '/admin/people/:uuid/sessions/end-all',
      takes(async (c, person, { json }) => {
        await sessions.endAll(person.id, actorOf(c))
        return done(c, person, json, 'sessions_ended')
      }),
    )
    .post(
      '/admin/people/:uuid/sessions/:id/end',
      takes(async (c, person, { json }) => {
        const ended = await sessions.endFor(person.id, c.req.param('id') as string, actorOf(c))
        return ended ? done(c, person, json, 'session_ended') : refuse(c, 'not_found')
      }),
    )
}

/** Another spelling of the domain is no change. */
function changedEmail({ email }: User, typed: string): string {
  const given = normalizeEmail(typed)
  return given === normalizeEmail(email) ? email : given
}

const keysOf = <Name extends string>(names: Readonly<Record<Name, string>>): Name[] =>
  Object.keys(names) as Name[]

/** Values by the names of the form, of a person. */
const shownOf = (person: User): Shown =>
  Object.fromEntries(Object.entries({ ...DETAILS, ...RIGHTS }).map(([name, key]) => [name, person[key]]))

/** Values by the names of the form, as a change of a person. */
const patchOf = (values: Shown) =>
  Object.fromEntries(
    Object.entries({ ...DETAILS, ...RIGHTS })
      .filter(([name]) => values[name] !== undefined)
      .map(([name, key]) => [key, values[name]]),
  )

interface UserPageProps {
  readonly c: AdminContext
  readonly person: User
  readonly csrf: string
  readonly sessions: PageOf<Session>
  readonly history: readonly AuditRecord[]
  readonly emails: ReadonlyMap<string, string>
  /** Seconds from a deletion until it is for good. */
  readonly grace: number
  readonly mails: boolean
  /** The time of the request in seconds. */
  readonly now: number
  readonly placeOf: Service['placeOf']
  readonly fields?: Submission['fields']
  readonly errors?: Errors
  readonly changed?: Changed
}

const UserPage = ({
  c,
  person,
  csrf,
  sessions,
  history,
  emails,
  grace,
  mails,
  now,
  placeOf,
  fields,
  errors: given,
  changed,
}: UserPageProps) => {
  const t = useTranslation()
  const errors = given ?? {}
  const changeable = mayWrite(c)
  return (
    <AdminLayout c={c} title={nameOf(person) || person.email} section="/admin/people">
      <Done c={c} texts={DONE} />
      <FormError words={errors.form} />
      <ChangedMeanwhile changed={changed} />
      {!changeable && <ReadOnly />}
      <div class="columns">
        <div class="stack">
          <FactsCard person={person} now={now} />
          <UserGroupsCard {...{ person, csrf, fields, errors, changeable }} />
          <UserSessionsCard {...{ person, sessions, csrf, now, placeOf, changeable }} />
        </div>
        <div class="stack">
          {changeable && <DetailsCard person={person} csrf={csrf} fields={fields} errors={errors} />}
          {changeable && person.emailVerifiedAt === null && <UserEmailCard {...{ person, csrf, mails }} />}
          {changeable && <RightsCard person={person} csrf={csrf} />}
          {changeable && person.isActive && <PasswordCard {...{ person, csrf, mails }} />}
          {changeable && <UserDeletionCard {...{ c, person, csrf, grace, errors }} />}
        </div>
      </div>
      <section class="stack" aria-labelledby="history">
        <div class="spread">
          <h2 id="history">{t('History')}</h2>
          <a href={`/admin/audit?${new URLSearchParams({ person: person.uuid })}`}>{t('All of it')}</a>
        </div>
        <AuditEntries entries={history} emails={emails} now={now} />
      </section>
    </AdminLayout>
  )
}
