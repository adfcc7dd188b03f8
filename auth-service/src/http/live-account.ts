import { anonymous } from '@latchkey/jwt-middleware'
import { auth } from '@latchkey/jwt-middleware/hono'
import type { MiddlewareHandler } from 'hono'
import { configuredCookieNames } from '../config.ts'
import type { Service } from '../service.ts'
import type { Session } from '../sessions.ts'
import type { User } from '../users.ts'

/** Whom a request of the account pages comes from, as the database has it now. */
export interface Account {
  readonly person: User
  /** Live ones, the latest used first. */
  readonly sessions: readonly Session[]
  /** Id of the session that this request belongs to. */
  readonly current: string
}

/**
 * The middleware of the apps, with the keys, the revocations and the renewal of this very process; and then what
 * only this service can do: a session that was ended elsewhere is over here at once, not when its access token ends.
 */
export function liveAccount(service: Service): [MiddlewareHandler, MiddlewareHandler] {
  const { sessions, users } = service
  const onlyLive: MiddlewareHandler = async (c, next) => {
    const user = c.get('user')
    if (!user.isAuthenticated) return next()
    const person = await users.findByUuid(user.uuid)
    const live = person?.isActive ? await sessions.list(person.id) : []
    if (person && live.some(({ id }) => id === user.sessionId)) {
      c.set('account', { person, sessions: live, current: user.sessionId } satisfies Account)
    } else {
      c.set('user', anonymous('session_over'))
    }
    await next()
  }
  return [sharedMiddleware(service), onlyLive]
}

function sharedMiddleware({
  config,
  keys,
  log,
  now,
  revocations,
  sessions,
  users,
}: Service): MiddlewareHandler {
  const { authUrl, refreshCookie } = config
  return auth({
    users: { sync: async ({ uuid }) => users.findByUuid(uuid) },
    // Everything is given: what is left out, the middleware would look for in an app's environment.
    loginUrl: `${authUrl}/login`,
    ownUrl: authUrl,
    authInternalUrl: authUrl,
    refreshCookie,
    cookiePrefix: configuredCookieNames(config).access.replace(/\.access$/, ''),
    keys,
    revocations,
    now,
    log,
    async renew(refreshToken) {
      const renewed = await sessions.renew(refreshToken)
      if (!renewed.ok) return { ok: false, reason: 'session_over', setCookies: sessions.clearCookies() }
      const { accessToken, cookies } = renewed.value
      return { ok: true, accessToken, setCookies: cookies }
    },
  })
}
