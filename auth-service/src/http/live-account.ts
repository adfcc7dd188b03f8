import { anonymous, createAuth } from '@latchkey/jwt-middleware'
import type { MiddlewareHandler } from 'hono'
import { configuredCookieNames } from '../config.ts'
import type { Service } from '../service.ts'
import type { Session } from '../sessions.ts'
import type { User } from '../users.ts'
import { deviceOf } from './device.ts'
import { noteRefusal } from './refusal-log.ts'

/** Whom a request of the account pages comes from, as the database has it now. */
export interface Account {
  readonly person: User
  /** Live ones, the latest used first. */
  readonly sessions: readonly Session[]
  /** Id of the session that this request belongs to. */
  readonly current: string
}

/** What handlers behind {@link liveAccount} are given. */
export type AccountEnv = { Variables: { account: Account } }

/**
 * Lets in whoever has a live session by the refresh cookie alone, and renews both cookies. Every app of the family
 * holds copies of access tokens, so that one is no authority here, neither as a cookie nor as `Authorization`; and a
 * session that was ended elsewhere is over here at once.
 */
export function liveAccount(service: Service): MiddlewareHandler<AccountEnv> {
  const { sessions } = service
  const { guard } = middlewareOfApps(service)
  return async (c, next) => {
    const renewed = await sessions.renewFrom(c.req.header('cookie'), deviceOf(c))
    if (!renewed.ok) {
      noteRefusal(c, renewed.reason)
      const { pathname, search } = new URL(c.req.url)
      const header = (name: string) => c.req.header(name)
      const request = { method: c.req.method, target: pathname + search, header }
      const refusal = guard(request, anonymous(renewed.reason)) as Response
      if (renewed.reason === 'session_over')
        setUnlessSet(refusal, sessions.clearCookies(c.req.header('cookie')))
      return refusal
    }
    const { user: person, session, cookies } = renewed.value
    c.set('account', { person, sessions: await sessions.list(person.id), current: session.id })
    await next()
    setUnlessSet(c.res, cookies)
  }
}

/** Sets those cookies that the page has not set itself: it may just have ended this very session. */
function setUnlessSet({ headers }: Response, cookies: readonly string[]): void {
  const present = new Set(headers.getSetCookie().map(cookieName))
  for (const cookie of cookies) if (!present.has(cookieName(cookie))) headers.append('set-cookie', cookie)
}

const cookieName = (line: string): string => line.split('=', 1)[0] as string

/** What the apps use, for the answers it gives to strangers. */
function middlewareOfApps({ config, keys, log, now }: Service) {
  const { authUrl, refreshCookie } = config
  return createAuth({
    // Everything is given: what is left out, the middleware would look for in an app's environment.
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
