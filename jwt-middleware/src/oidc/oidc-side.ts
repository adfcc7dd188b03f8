import { singleFlight } from '#process-or-worker/contract/flights'
import { failure, success } from '../contract/result.ts'
import { secondOf } from '../contract/seconds.ts'
import type { Activity } from '../session/introspection.ts'
import type { Renewal } from '../session/renewal.ts'
import type { TokenVerifier } from '../verify/verifier.ts'
import { createEndedSessions, type EndedKey } from './ended-sessions.ts'
import { createLazyProviderClient } from './lazy-provider-client.ts'
import { createLogoutTokens } from './logout-token.ts'
import { createOidcEndpoints } from './oidc-addresses.ts'
import type { OidcSettings, OidcSide, OidcSideOptions } from './oidc-part.ts'
import type { OidcPaths } from './oidc-paths.ts'
import type { IssuedTokens } from './provider-client.ts'
import { createSeal, type SealOptions } from './seal.ts'
import { accessClaimsOf, type OidcSession } from './sealed-session.ts'
import { createSessionCookie } from './session-cookie.ts'
import { createSignInAttempts } from './sign-in-attempt.ts'

/** Seconds after which a session is renewed: the longest delay before a change of its user arrives. */
export const FRESH = 300
/** Seconds for which an end is kept, since a cookie may be accepted for so long: {@link FRESH}, and what clocks differ. */
const KEPT = FRESH + 120

/** Everything behind the option `oidc`. */
export function createOidcSide(
  options: OidcSideOptions,
  { cookies }: OidcSettings,
  paths: OidcPaths,
  signInCookie: string,
): OidcSide {
  const { issuer, ownOrigin, keys, clockTolerance, now, warn } = options
  const { clientId, clientSecret } = options.client as NonNullable<typeof options.client>
  const secure = ownOrigin.startsWith('https:')
  const sealFor = (purpose: SealOptions['purpose']) =>
    createSeal({ clientSecret, context: `${issuer} ${clientId}`, purpose })
  const host = new URL(ownOrigin).hostname
  const provider = createLazyProviderClient({
    ...options,
    clientId,
    clientSecret,
    callbackUrl: ownOrigin + paths.callback,
    signedOutUrl: ownOrigin + paths.signedOut,
  })
  const ended = createEndedSessions({ ...options, most: options.cacheSize })

  const sessions = createSessionCookie({ name: cookies.access, secure, seal: sealFor('session'), warn })

  const seconds = (): number => secondOf(now())

  const claimsOf = (session: OidcSession) => accessClaimsOf(session, issuer, host)

  const verifier: TokenVerifier = {
    async access(cookie) {
      const session = await sessions.open(cookie)
      if (!session) return failure('not_sealed')
      // An end outlives its cookie: past that, a renewal tells.
      const isFresh = session.freshUntil > seconds() && session.issuedAt <= seconds() + clockTolerance
      return isFresh && !(await ended.has(session)) ? success(claimsOf(session)) : failure('expired')
    },
    async refresh(cookie) {
      const session = await sessions.open(cookie)
      if (!session) return failure('not_sealed')
      const { iss, aud, sub, sid, jti, iat, exp } = claimsOf(session)
      return success({ iss, aud, sub, sid, jti, iat, exp, token_type: 'refresh' })
    },
  }

  const over = (): Renewal => ({ ok: false, reason: 'session_over', setCookies: [sessions.deletion] })

  const renewOne = singleFlight(async (cookie): Promise<Renewal> => {
    const session = await sessions.open(cookie)
    if (!session?.refreshToken || (await ended.has(session))) return over()
    const next = await provider.refresh(session.refreshToken, session.sub)
    if (!next.ok) {
      return next.reason === 'ended' ? over() : { ok: false, reason: 'unavailable', setCookies: [] }
    }
    const written = await sessions.write(renewed(session, next.value, seconds()))
    if (written === null) return over()
    return { ok: true, accessToken: written.value, setCookies: [written.line] }
  })

  async function ask(cookie: string) {
    const session = await sessions.open(cookie)
    if (!session || (await ended.has(session))) return 'inactive'
    const user = await provider.userinfo(session.accessToken, session.sub)
    if (!user.ok) return user.reason === 'ended' ? 'inactive' : 'unavailable'
    return { ...session, user: user.value, issuedAt: seconds(), freshUntil: seconds() + FRESH }
  }

  return {
    verifier,
    async renew(all) {
      const found = await Promise.all(all.map(sessions.open))
      const subs = new Set(found.map((session) => session?.sub))
      if (subs.size > 1) return { ok: false, reason: 'conflicting', setCookies: [] }
      // Browsers have one; over http, another port of the host may have set a second.
      const newest = found.reduce(
        (best, one, at) => ((one?.issuedAt ?? 0) > (found[best]?.issuedAt ?? 0) ? at : best),
        0,
      )
      return renewOne(all[newest] as string)
    },
    introspect: {
      async access(cookie): Promise<Activity> {
        const answer = await ask(cookie)
        return typeof answer === 'string' ? answer : 'active'
      },
      async session(cookie) {
        const answer = await ask(cookie)
        return typeof answer === 'string' ? answer : claimsOf(answer)
      },
    },
    ...createOidcEndpoints({
      ...options,
      paths,
      provider,
      sessions,
      attempts: createSignInAttempts({ seal: sealFor('sign-in'), cookie: signInCookie, secure, now }),
      signOuts: sealFor('sign-out'),
      begin: (id, tokens) => begun(id, tokens, seconds()),
      isOver: ended.has,
      endOwn: (session) => ended.end([`own:${session.id}`], session.began, seconds() + KEPT),
      readLogoutToken: createLogoutTokens({ keys, issuer, clientId, clockTolerance, now }),
      async endByToken({ sid, sub, iat, exp, jti }) {
        if (ended.wasUsed(jti)) return false
        // With both, the token is about that one session.
        const key: EndedKey = sid === null ? `sub:${sub}` : `sid:${sid}`
        await ended.end([key], iat, Math.max(seconds() + KEPT, exp + clockTolerance), jti)
        return true
      },
    }),
    close: ended.close,
  }
}

/** The session that a sign-in begins. */
function begun(id: string, tokens: IssuedTokens, time: number): OidcSession {
  const { sub, providerSid, issuedAt } = tokens
  return renewed({ id, sub, providerSid, began: issuedAt, refreshToken: null }, tokens, time)
}

type Lasting = Pick<OidcSession, 'id' | 'sub' | 'providerSid' | 'began' | 'refreshToken'>

function renewed(
  { id, sub, providerSid, began, refreshToken }: Lasting,
  next: IssuedTokens,
  time: number,
): OidcSession {
  return {
    id,
    sub,
    providerSid: next.providerSid ?? providerSid,
    began,
    issuedAt: next.issuedAt,
    freshUntil: time + Math.min(FRESH, next.expiresIn || FRESH),
    accessToken: next.accessToken,
    // A provider that does not rotate refresh tokens sends none (RFC 6749, section 6).
    refreshToken: next.refreshToken ?? refreshToken,
    user: next.user,
  }
}
