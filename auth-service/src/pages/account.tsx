import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Actor } from '../audit.ts'
import { deviceName } from '../device.ts'
import { deviceOf } from '../http/device.ts'
import { type Account, liveAccount } from '../http/live-account.ts'
import { wantsJson } from '../http/negotiation.ts'
import { createNextReader, type Notice } from '../http/next.ts'
import { personOf } from '../http/person.ts'
import { privately } from '../http/private.ts'
import { createForms, isOutdated } from '../http/submission.ts'
import type { Service } from '../service.ts'
import type { Session } from '../sessions.ts'
import type { User } from '../users.ts'
import { Alert, PostForm } from './form.tsx'
import { Layout, page } from './layout.tsx'
import { Notices } from './notices.tsx'
import { refusal, refuse } from './refusals.tsx'
import { When } from './when.tsx'

type AccountEnv = { Variables: { account: Account } }

/** `/account`: who you are and where you are signed in. */
export function accountPage(service: Service): Hono<AccountEnv> {
  const { config, now, sessions } = service
  const nexts = createNextReader(config)
  const forms = createForms(config)

  function show(c: Context<AccountEnv>, status: ContentfulStatusCode, error?: string) {
    const csrf = forms.token(c, c.var.account.current)
    const content = { c, csrf, now: Math.floor(now() / 1000), error, ...c.var.account }
    return page(c, status, <AccountPage {...content} />)
  }

  function done(c: Context<AccountEnv>, notice: Notice, json: boolean) {
    if (json) return c.body(null, 204)
    const landing = notice === 'signed_out' || notice === 'all_ended' ? '/login' : '/account'
    return c.redirect(nexts.landing(nexts.read(''), landing, notice), 303)
  }

  function signOut(c: Context<AccountEnv>): void {
    for (const cookie of sessions.clearCookies()) c.header('Set-Cookie', cookie, { append: true })
  }

  /** Takes a form of this page, or the same as JSON, and does what it asks; `null` when there is no such thing. */
  const takes =
    (act: (c: Context<AccountEnv>) => Promise<Notice | null>) => async (c: Context<AccountEnv>) => {
      const { refused, json } = await forms.read(c, c.var.account.current)
      if (isOutdated(refused) && !json) return show(c, 403, refusal(refused).detail)
      if (refused) return refuse(c, refused)
      const notice = await act(c)
      return notice === null ? refuse(c, 'not_found') : done(c, notice, json)
    }

  const actorOf = (c: Context<AccountEnv>): Actor => ({
    uuid: c.var.account.person.uuid,
    device: deviceOf(c),
  })

  const endOthers = takes(async (c) => {
    const { person, current } = c.var.account
    await sessions.endOthers(person.id, current, actorOf(c))
    return 'others_ended'
  })

  const endAll = takes(async (c) => {
    await sessions.endAll(c.var.account.person.id, actorOf(c))
    signOut(c)
    return 'all_ended'
  })

  const endOne = takes(async (c) => {
    const { person, current } = c.var.account
    const id = c.req.param('id') as string
    if (!(await sessions.endFor(person.id, id, actorOf(c)))) return null
    if (id !== current) return 'session_ended'
    signOut(c)
    return 'signed_out'
  })

  const app = new Hono<AccountEnv>()
  app.use('/account/*', privately, liveAccount(service))
  app.get('/account', (c) => {
    if (!wantsJson(c)) return show(c, 200)
    const { person, sessions, current } = c.var.account
    return c.json({ ...personOf(person), sessions: sessions.map((session) => sessionOf(session, current)) })
  })
  app.post('/account/sessions/end-others', endOthers)
  app.post('/account/sessions/end-all', endAll)
  app.post('/account/sessions/:id/end', endOne)
  return app
}

const sessionOf = (session: Session, current: string) => ({
  id: session.id,
  user_agent: session.userAgent,
  address: session.address,
  created_at: session.createdAt,
  last_used_at: session.lastUsedAt,
  expires_at: session.expiresAt,
  current: session.id === current,
})

interface AccountPageProps extends Account {
  readonly c: Context
  readonly csrf: string
  readonly now: number
  readonly error?: string | undefined
}

const AccountPage = ({ c, csrf, now, error, person, sessions, current }: AccountPageProps) => (
  <Layout title="Your account" wide nav={<SignOut />}>
    <h1>{person.firstName ? `Hello, ${person.firstName}` : 'Your account'}</h1>
    <Notices c={c} />
    {error && <Alert>{error}</Alert>}
    <Person person={person} />
    <section class="card" aria-labelledby="sessions">
      <div class="heading">
        <h2 id="sessions">Where you are signed in</h2>
        <p class="muted">Sign out whatever you don’t recognise.</p>
      </div>
      <ul class="rows">
        {currentFirst(sessions, current).map((session) => (
          <SessionRow session={session} isCurrent={session.id === current} csrf={csrf} now={now} />
        ))}
      </ul>
      {sessions.length > 1 && (
        <div class="spread">
          <PostForm action="/account/sessions/end-others" csrf={csrf}>
            <button class="button quiet" type="submit">
              Sign out all other devices
            </button>
          </PostForm>
          <PostForm action="/account/sessions/end-all" csrf={csrf}>
            <button class="button quiet" type="submit">
              Sign out everywhere
            </button>
          </PostForm>
        </div>
      )}
    </section>
  </Layout>
)

const currentFirst = (sessions: readonly Session[], current: string): Session[] =>
  [...sessions].sort((a, b) => Number(b.id === current) - Number(a.id === current))

const SignOut = () => (
  <nav aria-label="Account">
    <a class="button quiet small" href="/logout">
      Sign out
    </a>
  </nav>
)

const Person = ({ person }: { person: User }) => (
  <section class="card" aria-labelledby="person">
    <h2 id="person">About you</h2>
    <dl class="facts">
      <dt>Name</dt>
      <dd>{[person.firstName, person.lastName].filter(Boolean).join(' ') || '—'}</dd>
      <dt>E-mail</dt>
      <dd>{person.email}</dd>
      <dt>Member since</dt>
      <dd>
        <When at={person.createdAt} />
      </dd>
      <dt>Id</dt>
      <dd>{person.uuid}</dd>
      {(person.isStaff || person.isSuperuser) && (
        <>
          <dt>Role</dt>
          <dd>{person.isSuperuser ? 'Superuser' : 'Staff'}</dd>
        </>
      )}
    </dl>
  </section>
)

interface SessionRowProps {
  readonly session: Session
  readonly isCurrent: boolean
  readonly csrf: string
  readonly now: number
}

const SessionRow = ({ session, isCurrent, csrf, now }: SessionRowProps) => {
  const name = deviceName(session.userAgent)
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong> {isCurrent && <span class="badge">This device</span>}
        </p>
        <p class="muted small">
          Last used <When at={session.lastUsedAt} now={now} />
          {session.address && ` from ${session.address}`}
        </p>
        <p class="muted small">
          Signed in on <When at={session.createdAt} />
        </p>
        <p class="muted small clamp" title={session.userAgent}>
          {session.userAgent}
        </p>
      </div>
      {!isCurrent && (
        <PostForm action={`/account/sessions/${encodeURIComponent(session.id)}/end`} csrf={csrf}>
          <button class="button quiet small" type="submit" aria-label={`Sign out ${name}`}>
            Sign out
          </button>
        </PostForm>
      )}
    </li>
  )
}
