import { failure } from '@latchkey/jwt-middleware'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ChangeRefusal, PersonPatch } from '../../administration.ts'
import type { AuditRecord } from '../../audit.ts'
import { createDirectory } from '../../directory.ts'
import { returningTo } from '../../http/language.ts'
import { type AdminContext, type AdminEnv, actorOf, mayWrite } from '../../http/live-admin.ts'
import { wantsJson } from '../../http/negotiation.ts'
import { createForms, isOutdated, type Submission, textOf, tickOf } from '../../http/submission.ts'
import { emailProblem, nameProblem } from '../../input.ts'
import { message, type Words } from '../../languages/message.ts'
import type { Service } from '../../service.ts'
import type { Session } from '../../sessions.ts'
import type { User } from '../../users.ts'
import { Checkbox, Field, FormError, PostForm } from '../form.tsx'
import { page } from '../layout.tsx'
import { invalid, refusal, refuse } from '../refusals.tsx'
import { When } from '../when.tsx'
import { useWords } from '../words.tsx'
import { entryOf } from './entry.ts'
import { EntryList } from './entry-list.tsx'
import { AdminFrame, Done, ReadOnly } from './frame.tsx'
import { Badges, listedOf, nameOf } from './people.tsx'
import { PersonGroups } from './person-groups.tsx'
import { PersonSessions, sessionOf } from './person-sessions.tsx'

/** How many of the latest events are told. */
const HISTORY = 10

const DONE = {
  saved: message('Saved. The apps know within a second.'),
  joined: message('Added to the group. The apps know within a second.'),
  left: message('Taken out of the group. The apps know within a second.'),
  link_sent: message('A link to choose a new password is on its way to their address.'),
  session_ended: message('That session is over.'),
  sessions_ended: message('All sessions of this person are over.'),
}

const WORDS: Record<Exclude<ChangeRefusal, 'not_found' | 'not_allowed'>, readonly [field: string, string]> = {
  email_taken: ['email', message('Somebody else has this e-mail address.')],
  own_rights: ['form', message('You can’t take rights from yourself. Ask another superuser to do it.')],
  last_superuser: ['form', message('This is the last active superuser. Make somebody else one first.')],
}

const NO_GROUP = message('There is no group of this name.')

type Errors = Readonly<Record<string, Words | undefined>>

/** `/admin/people/:uuid`: one person, their rights, sessions and history. */
export function personPage(service: Service): Hono<AdminEnv> {
  const { administration, audit, config, database, groups, now, placeOf, recovery, sessions, users } = service
  const forms = createForms(config)
  const directory = createDirectory(database)

  /** What was typed stays in the form, with what is wrong with it. */
  interface Retry {
    readonly fields?: Submission['fields']
    readonly errors?: Errors
  }

  async function show(c: AdminContext, status: ContentfulStatusCode, person: User, retry: Retry = {}) {
    const [live, history] = await Promise.all([
      sessions.list(person.id),
      audit.historyOf(person.uuid, HISTORY),
    ])
    const emails = await directory.emailsOf(history.flatMap(({ subject, actor }) => [subject, actor]))
    const csrf = forms.token(c, c.var.account.current)
    const seen = { c, person, csrf, sessions: live, history, emails, now: Math.floor(now() / 1000), placeOf }
    return page(c, status, <Person {...seen} {...retry} />)
  }

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

  const done = (c: AdminContext, person: User, json: boolean, what: keyof typeof DONE) =>
    json ? c.body(null, 204) : c.redirect(`${addressOf(person)}?done=${what}`, 303)

  async function save(
    c: AdminContext,
    person: User,
    { fields, json }: Submission,
    patch: Record<string, unknown>,
    errors: Errors,
  ) {
    const wrong = (all: Errors) => (json ? invalid(422, all) : show(c, 422, person, { fields, errors: all }))
    if (Object.values(errors).some(Boolean)) return wrong(withoutBlanks(errors))
    const changed = await administration.change(person.uuid, patch as PersonPatch, actorOf(c))
    if (changed.ok) return json ? c.json(listedOf(changed.value)) : done(c, person, json, 'saved')
    if (changed.reason === 'not_found') return refuse(c, 'not_found')
    if (changed.reason === 'not_allowed') return refuse(c, 'superusers_only')
    const [field, sentence] = WORDS[changed.reason]
    return wrong({ [field]: sentence })
  }

  const saveDetails = takes((c, person, submission) => {
    const {
      email = person.email,
      first_name = person.firstName,
      last_name = person.lastName,
    } = submission.fields
    const errors = {
      email: emailProblem(email),
      first_name: nameProblem(first_name),
      last_name: nameProblem(last_name),
    }
    return save(c, person, submission, { email, firstName: first_name, lastName: last_name }, errors)
  })

  const saveRights = takes((c, person, submission) => {
    const flags = ['is_active', 'is_staff', 'is_superuser'].map((name) => {
      const value = tickOf(c, submission.fields, name)
      const right = value === undefined || typeof value === 'boolean'
      return { name, value, error: right ? undefined : message('Say true or false, or leave this out.') }
    })
    const [isActive, isStaff, isSuperuser] = flags.map(({ value }) => value)
    const errors = Object.fromEntries(flags.map(({ name, error }) => [name, error]))
    return save(c, person, submission, { isActive, isStaff, isSuperuser }, errors)
  })

  return new Hono<AdminEnv>()
    .get('/admin/people/:uuid', async (c) => {
      const person = await personOf(c)
      if (!person) return refuse(c, 'not_found')
      if (!wantsJson(c)) return show(c, 200, person)
      const [live, history] = await Promise.all([
        sessions.list(person.id),
        audit.historyOf(person.uuid, HISTORY),
      ])
      return c.json({
        ...listedOf(person),
        groups: person.groups,
        deletion_due_at: person.deletionDueAt,
        sessions: live.map((session) => sessionOf(session, placeOf)),
        history: history.map(entryOf),
      })
    })
    .post('/admin/people/:uuid/details', saveDetails)
    .post('/admin/people/:uuid/rights', saveRights)
    .post(
      '/admin/people/:uuid/groups',
      takes(async (c, person, { fields, json }) => {
        const group = await groups.named(fields.group)
        const added = group ? await groups.add(group, person, actorOf(c)) : failure(NO_GROUP)
        if (added.ok) return done(c, person, json, 'joined')
        const errors = { group: added.reason }
        return json ? invalid(422, errors) : show(c, 422, person, { fields, errors })
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
      takes(async (c, person, { fields, json }) => {
        if (!person.isActive) {
          const errors = {
            form: message('This person is switched off, and could not sign in with another password.'),
          }
          return json ? invalid(422, errors) : show(c, 422, person, { fields, errors })
        }
        await recovery.sendLink(person, actorOf(c))
        return done(c, person, json, 'link_sent')
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

const withoutBlanks = (errors: Errors): Errors =>
  Object.fromEntries(Object.entries(errors).filter(([, sentence]) => sentence !== undefined))

interface PersonProps {
  readonly c: AdminContext
  readonly person: User
  readonly csrf: string
  readonly sessions: readonly Session[]
  readonly history: readonly AuditRecord[]
  readonly emails: ReadonlyMap<string, string>
  /** The time of the request in seconds. */
  readonly now: number
  readonly placeOf: Service['placeOf']
  readonly fields?: Submission['fields']
  readonly errors?: Errors
}

const Person = ({
  c,
  person,
  csrf,
  sessions,
  history,
  emails,
  now,
  placeOf,
  fields,
  errors: given,
}: PersonProps) => {
  const t = useWords()
  const errors = given ?? {}
  const changeable = mayWrite(c)
  return (
    <AdminFrame c={c} title={nameOf(person) || person.email} section="/admin/people">
      <Done c={c} texts={DONE} />
      <FormError words={errors.form} />
      {!changeable && <ReadOnly />}
      <div class="columns">
        <div class="stack">
          <Facts person={person} now={now} />
          <PersonGroups {...{ person, csrf, fields, errors, changeable }} />
          <PersonSessions {...{ person, sessions, csrf, now, placeOf, changeable }} />
        </div>
        <div class="stack">
          {changeable && <Details person={person} csrf={csrf} fields={fields} errors={errors} />}
          {changeable && <Rights person={person} csrf={csrf} />}
          {changeable && person.isActive && <Password person={person} csrf={csrf} />}
        </div>
      </div>
      <section class="stack" aria-labelledby="history">
        <div class="spread">
          <h2 id="history">{t('History')}</h2>
          <a href={`/admin/audit?${new URLSearchParams({ person: person.uuid })}`}>{t('All of it')}</a>
        </div>
        <EntryList entries={history} emails={emails} now={now} />
      </section>
    </AdminFrame>
  )
}

const Facts = ({ person, now }: { person: User; now: number }) => {
  const t = useWords()
  return (
    <section class="card" aria-labelledby="about">
      <h2 id="about">{t('About')}</h2>
      <dl class="facts">
        <dt>{t('E-mail')}</dt>
        <dd>{person.email}</dd>
        <dt>{t('Name')}</dt>
        <dd>{nameOf(person) || '—'}</dd>
        <dt>{t('Status')}</dt>
        <dd>
          <Badges person={person} />
        </dd>
        <dt>{t('Verified')}</dt>
        <dd>{person.emailVerifiedAt === null ? t('Not yet') : <When at={person.emailVerifiedAt} />}</dd>
        <dt>{t('Member since')}</dt>
        <dd>
          <When at={person.createdAt} />
        </dd>
        <dt>{t('Last sign-in')}</dt>
        <dd>{person.lastLoginAt === null ? t('Never') : <When at={person.lastLoginAt} now={now} />}</dd>
        {person.deletionDueAt !== null && (
          <>
            <dt>{t('Will be deleted')}</dt>
            <dd>
              <When at={person.deletionDueAt} />
            </dd>
          </>
        )}
        <dt>{t('Id')}</dt>
        <dd>{person.uuid}</dd>
      </dl>
    </section>
  )
}

interface DetailsProps {
  readonly person: User
  readonly csrf: string
  readonly fields?: Submission['fields'] | undefined
  readonly errors: Errors
}

const Details = ({ person, csrf, fields, errors }: DetailsProps) => {
  const t = useWords()
  const typed = (name: string, value: string) =>
    fields && Object.hasOwn(fields, name) ? textOf(fields, name) : value
  return (
    <section class="card" aria-labelledby="details">
      <h2 id="details">{t('Name and e-mail')}</h2>
      <PostForm action={`/admin/people/${person.uuid}/details`} csrf={csrf}>
        <Field
          name="first_name"
          label={t('First name')}
          value={typed('first_name', person.firstName)}
          error={errors.first_name}
          autocomplete="off"
          optional
        />
        <Field
          name="last_name"
          label={t('Last name')}
          value={typed('last_name', person.lastName)}
          error={errors.last_name}
          autocomplete="off"
          optional
        />
        <Field
          name="email"
          type="email"
          label={t('E-mail')}
          hint={t('A new address counts as unverified.')}
          value={typed('email', person.email)}
          error={errors.email}
          autocomplete="off"
        />
        <button class="button" type="submit">
          {t('Save')}
        </button>
      </PostForm>
    </section>
  )
}

const Rights = ({ person, csrf }: { person: User; csrf: string }) => {
  const t = useWords()
  return (
    <section class="card" aria-labelledby="rights">
      <h2 id="rights">{t('Rights')}</h2>
      <PostForm action={`/admin/people/${person.uuid}/rights`} csrf={csrf}>
        <Checkbox
          name="is_active"
          label={t('Active')}
          hint={t('Switched off, nobody can sign in as this person, and all their sessions end.')}
          checked={person.isActive}
        />
        <Checkbox
          name="is_staff"
          label={t('Staff')}
          hint={t('May look at this administration; apps may have pages for staff.')}
          checked={person.isStaff}
        />
        <Checkbox
          name="is_superuser"
          label={t('Superuser')}
          hint={t('May do everything, here and in the apps.')}
          checked={person.isSuperuser}
        />
        <button class="button" type="submit">
          {t('Save rights')}
        </button>
      </PostForm>
    </section>
  )
}

const Password = ({ person, csrf }: { person: User; csrf: string }) => {
  const t = useWords()
  return (
    <section class="card" aria-labelledby="password">
      <h2 id="password">{t('Password')}</h2>
      <p class="muted">
        {t('Nobody chooses a password for somebody else. A mailed link lets them choose a new one.')}
      </p>
      <PostForm action={`/admin/people/${person.uuid}/reset-link`} csrf={csrf}>
        <button class="button quiet" type="submit">
          {t('Send reset link')}
        </button>
      </PostForm>
    </section>
  )
}
