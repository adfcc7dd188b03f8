import { type AnonymousReason, anonymous, createAuthCore } from '@latchkey/jwt-middleware'
import { isSafeMethod } from '@latchkey/jwt-middleware/contract'
import type { Context, MiddlewareHandler } from 'hono'
import { configuredCookieNames } from '../../platform/config/config.ts'
import type { Service } from '../../service.ts'
import type { Session, SignedIn } from '../../tokens/sessions/sessions.ts'
import type { User } from '../../users/users.ts'
import { problem } from '../problems.ts'
import { noteRefusal } from './refusal-log.ts'

/** The user of a request to the account pages, from the database. */
export interface Account {
  readonly user: User
  /** The session of this request. */
  readonly session: Session
  /** Its id. */
  readonly current: string
  /** Whether the user has recently confirmed their identity: see reauthentication.ts. */
  readonly isProved: boolean
}

/** The context of handlers behind {@link requireSession}. */
export type AccountEnv = { Variables: { account: Account } }

/**
 * Lets in users with a live session, and renews the family's two cookies. It requires the refresh cookie, since every
 * app of the family has copies of access tokens. Apps may also see the refresh cookie, so the request must contain the
 * secret of the session, too, which only the auth service receives. Without it the login page asks for the password,
 * and the apps stay signed in. A request that `endsSession` renews nothing.
 */
export function requireSession(
  service: Service,
  endsSession: (c: Context) => boolean = () => false,
): MiddlewareHandler<AccountEnv> {
  const { log, reauthentication, sessions, users } = service

  /** Cookies that reflect changes of the request, if any. */
  async function cookiesAfter(c: Context, before: User): Promise<readonly string[] | null> {
    if (isSafeMethod(c.req.method)) return null
    const now = await users.findByUuid(before.uuid)
    if (!now || now.version === before.version) return null
    const renewed = await sessions.renewFrom(c.var.device.cookies, c.var.device)
    return renewed.ok ? renewed.value.cookies : null
  }

  const { guard } = middlewareOfApps(service)

  function refuse(c: Context, reason: AnonymousReason): Response {
    const { pathname, search } = new URL(c.req.url)
    const header = (name: string) => c.req.header(name)
    return guard({ method: c.req.method, target: pathname + search, header }, anonymous(reason)) as Response
  }

  function setAccount(c: Context<AccountEnv>, { user, session }: Pick<SignedIn, 'user' | 'session'>): void {
    const isProved = reauthentication.isRecent(session.authenticatedAt)
    c.set('account', { user, session, current: session.id, isProved })
  }

  return async (c, next) => {
    const ending = endsSession(c) ? await sessions.find(c.var.device.cookies) : null
    if (ending?.hasSecret) {
      setAccount(c, ending)
      return next()
    }
    const renewed = await sessions.renewFrom(c.var.device.cookies, c.var.device)
    if (!renewed.ok) {
      noteRefusal(c, renewed.reason)
      const refusal = refuse(c, renewed.reason)
      if (renewed.reason === 'session_over')
        setUnlessSet(refusal, sessions.clearCookies(c.var.device.cookies))
      return refusal
    }
    const { user, session, cookies, hasSecret } = renewed.value
    if (!hasSecret) {
      log.info(
        { event: 'session_cookie_missing', sid: session.id, userId: user.id },
        'asked a user to sign in again: only the cookie of the auth service is missing, as after an upgrade or a theft',
      )
      const refusal = await explained(refuse(c, 'missing'))
      setUnlessSet(refusal, cookies)
      return refusal
    }
    setAccount(c, renewed.value)
    await next()
    setUnlessSet(c.res, (await cookiesAfter(c, user)) ?? cookies)
  }
}

/** Tells programs why they are not signed in here, although they are at the apps. The login form tells users. */
async function explained(refusal: Response): Promise<Response> {
  if (!refusal.headers.get('content-type')?.startsWith('application/problem+json')) return refusal
  const { 'content-type': _, ...headers } = Object.fromEntries(refusal.headers)
  const { login_url } = (await refusal.json()) as { login_url: string }
  const detail =
    "The cookies of the apps don't open these pages. Sign in at the auth service again, keep all of its cookies, " +
    'then repeat the request.'
  return problem('session_cookie_missing', { title: 'Sign in again', detail, login_url }, headers)
}

/** Sets those cookies that the page has not set itself: it may just have ended this session. */
function setUnlessSet({ headers }: Response, cookies: readonly string[]): void {
  const present = new Set(headers.getSetCookie().map(cookieName))
  for (const cookie of cookies) if (!present.has(cookieName(cookie))) headers.append('set-cookie', cookie)
}

const cookieName = (line: string): string => line.split('=', 1)[0] as string

/** The apps' middleware, for its responses to anonymous requests. */
function middlewareOfApps({ config, keys, log, now }: Service) {
  const { authUrl, refreshCookie } = config
  return createAuthCore({
    // Every option is given, since the middleware would read missing ones from an app's environment.
    loginUrl: `${authUrl}/login`,
    ownUrl: authUrl,
    authInternalUrl: authUrl,
    refreshCookie,
    cookiePrefix: configuredCookieNames(config).access.replace(/\.access$/, ''),
    keys,
    now,
    log,
  })
}
