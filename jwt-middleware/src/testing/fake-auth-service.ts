import { randomBytes, randomUUID } from 'node:crypto'
import { ACCESS_TOKEN_TYPE, REFRESH_TOKEN_TYPE } from '../contract/claims.ts'
import { type CookieNames, readCookies, serializeCookie } from '../contract/cookies.ts'
import { readFormat } from '../contract/jws-format.ts'
import { looksOpaque, OPAQUE_BYTES, opaqueToken } from '../contract/opaque-token.ts'
import { problemResponse } from '../contract/problem.ts'
import type { RevocationSource } from '../contract/revocation.ts'
import { secondOf } from '../contract/seconds.ts'
import { createFakeFeed } from './fake-feed.ts'
import type { TestKeys } from './test-keys.ts'
import { type CompletePerson, claimsOf } from './test-person.ts'

/** Lifetimes of the tokens in seconds, as the auth service's defaults have them. */
const ACCESS_TTL = 300
const REFRESH_TTL = 432_000
/** How long the feed tells of a deletion, in seconds. */
const DELETION_TTL = 2_592_000

/** How long the feed tells of API tokens, in seconds. */
const API_TOKEN_FEED = 900

interface IssuedApiToken {
  readonly id: string
  readonly iat: number
  readonly exp: number | null
  readonly name: string
  readonly scopes: readonly string[]
  readonly app: string | null
  /** Of its user; an app's own token has none. */
  readonly uuid: string | undefined
}

export interface FakeAuthServiceOptions {
  readonly issuer: string
  readonly cookieDomain: string
  readonly cookies: CookieNames
  readonly keys: TestKeys
  /** The clock, in ms. */
  readonly now: () => number
}

/** One sign-in. */
export interface FakeSession {
  readonly id: string
  readonly uuid: string
}

/** An API token to issue. */
export interface NewApiToken {
  readonly person: CompletePerson | null
  readonly app: string | null
  readonly name: string
  readonly scopes: readonly string[]
  readonly maxAge: number | null
}

/** An API token. */
export interface FakeApiToken {
  readonly id: string
  readonly token: string
}

/** An auth service in this process: it renews, answers about tokens, ends sessions, and publishes what happened. */
export interface FakeAuthService {
  /** Answers as the auth service would. Throws as `fetch` does while the service is stopped. */
  readonly fetch: typeof globalThis.fetch
  readonly revocations: RevocationSource
  /** Begins a session; a user of that uuid has these properties from then on. */
  signIn(person: CompletePerson): FakeSession
  /** The `Set-Cookie` values of a session: a new access token and a new refresh token. */
  setCookies(session: FakeSession): readonly string[]
  /** An access token of a session, with these claims instead of its own. */
  accessToken(session: FakeSession, claims: Readonly<Record<string, unknown>>): string
  /** How often this path was answered, for example `/refresh`. */
  requests(path: string): number
  /** Ends a session; apps hear of it at once. */
  end(session: FakeSession): void
  /** Issues an API token; its user has these properties from then on. */
  issueToken(token: NewApiToken): FakeApiToken
  /** Revokes an API token; apps hear of it at once. */
  revokeToken(token: FakeApiToken): void
  /** The properties of a user. */
  read(uuid: string): CompletePerson
  /** Changes a user; apps renew the tokens that they have at the next request. */
  change(person: CompletePerson): void
  /** Deletes a user, whose sessions end. */
  remove(uuid: string): void
  /** From now on the service cannot be reached. */
  stop(): void
  start(): void
}

export function createFakeAuthService(options: FakeAuthServiceOptions): FakeAuthService {
  const { issuer, cookieDomain, cookies, keys, now } = options
  const feed = createFakeFeed()
  const people = new Map<string, { person: CompletePerson; version: number }>()
  const sessions = new Map<string, FakeSession>()
  const apiTokens = new Map<string, IssuedApiToken>()
  const answered = new Map<string, number>()
  let isUp = true

  const seconds = () => secondOf(now())
  const feedEnd = () => seconds() + ACCESS_TTL + 60

  function store(person: CompletePerson): void {
    people.set(person.uuid, { person, version: (people.get(person.uuid)?.version ?? 0) + 1 })
  }

  function known(uuid: string) {
    const user = people.get(uuid)
    if (!user) throw new Error(`There is no test user ${uuid}. It was deleted.`)
    return user
  }

  const common = ({ id, uuid }: FakeSession, lifetime: number) => ({
    iss: issuer,
    sub: uuid,
    sid: id,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + lifetime,
  })

  function accessClaims(session: FakeSession) {
    const { person, version } = known(session.uuid)
    return {
      ...common(session, ACCESS_TTL),
      ...claimsOf(person, version),
      aud: cookieDomain,
      token_type: 'access',
    }
  }

  function setCookies(session: FakeSession): string[] {
    const access = keys.sign(ACCESS_TOKEN_TYPE, accessClaims(session))
    const refreshClaims = { ...common(session, REFRESH_TTL), aud: issuer, token_type: 'refresh' }
    const refresh = keys.sign(REFRESH_TOKEN_TYPE, refreshClaims)
    return [cookie(cookies.access, access, ACCESS_TTL), cookie(cookies.refresh, refresh, REFRESH_TTL)]
  }

  const cookie = (name: string, value: string, maxAge: number) =>
    serializeCookie(name, value, {
      domain: domainOf(cookieDomain),
      secure: issuer.startsWith('https:'),
      maxAge,
    })

  const clearCookies = () => [cookie(cookies.access, '', 0), cookie(cookies.refresh, '', 0)]

  /** The live session of a token that has not ended; the middleware has verified the signature. */
  function sessionOf(token = ''): FakeSession | undefined {
    const format = readFormat(token)
    const { sid, exp } = format.ok ? format.value.payload : {}
    return Number(exp) > seconds() ? sessions.get(String(sid)) : undefined
  }

  function refresh(request: Request): Response {
    const tokens = readCookies(request.headers.get('cookie') ?? '', cookies.refresh)
    const session = tokens.map(sessionOf).find((found) => found !== undefined)
    if (session) return withCookies(Response.json({ expires_in: ACCESS_TTL }), setCookies(session))
    return withCookies(problemResponse({ status: 401, title: 'Not signed in' }), clearCookies())
  }

  function introspectApiToken(token: string): Response {
    const issued = apiTokens.get(token)
    const user = issued?.uuid === undefined ? undefined : people.get(issued.uuid)
    const isOver = !issued || (issued.exp !== null && issued.exp <= seconds())
    if (isOver || (issued.uuid !== undefined && !user)) return Response.json({ active: false })
    const { id, iat, exp, name, scopes, app } = issued
    return Response.json({
      active: true,
      token_type: 'api_token',
      iss: issuer,
      jti: id,
      iat,
      ...(exp !== null && { exp }),
      scope: scopes.join(' '),
      token_name: name,
      ...(user ? claimsOf(user.person, user.version) : { sub: `app:${app}`, app }),
    })
  }

  async function introspect(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text())
    const asked = form.get('token') ?? ''
    if (looksOpaque('api_token', asked)) return introspectApiToken(asked)
    const session = sessionOf(asked)
    if (!session) return Response.json({ active: false })
    const isRefresh = form.get('token_type_hint') === 'refresh_token'
    return Response.json({ active: true, ...(isRefresh && { access_claims: accessClaims(session) }) })
  }

  function signOut(request: Request): Response {
    const header = request.headers.get('cookie') ?? ''
    const tokens = [cookies.access, cookies.refresh].flatMap((name) => readCookies(header, name))
    const live = tokens.map(sessionOf).filter((session) => session !== undefined)
    for (const session of live) end(session)
    const response = Response.json({ sessions: [...new Set(live.map(({ id }) => id))] })
    return withCookies(response, clearCookies())
  }

  const routes: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {
    '/refresh': refresh,
    '/introspect': introspect,
    '/permissions': () => new Response(null, { status: 204 }),
    '/logout': signOut,
    '/.well-known/jwks.json': () => Response.json({ keys: [keys.jwk] }),
    '/revocations': async ({ url }) =>
      Response.json(await feed.source.since(Number(new URL(url).searchParams.get('since')))),
  }

  function end(session: FakeSession): void {
    if (sessions.delete(session.id)) feed.publish({ sid: session.id, exp: feedEnd() })
  }

  return {
    async fetch(input, init) {
      if (!isUp) throw new TypeError('fetch failed', { cause: new Error('the fake auth service is stopped') })
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      const answer = routes[pathname]
      answered.set(pathname, (answered.get(pathname) ?? 0) + 1)
      return answer ? answer(request) : problemResponse({ status: 404, title: 'Not found' })
    },
    revocations: feed.source,
    signIn(person) {
      store(person)
      const session = { id: randomUUID(), uuid: person.uuid }
      sessions.set(session.id, session)
      return session
    },
    setCookies,
    accessToken: (session, claims) => keys.sign(ACCESS_TOKEN_TYPE, { ...accessClaims(session), ...claims }),
    requests: (path) => answered.get(path) ?? 0,
    end,
    issueToken({ person, app, name, scopes, maxAge }) {
      if (person) store(person)
      const token = opaqueToken('api_token', randomBytes(OPAQUE_BYTES))
      const exp = maxAge === null ? null : seconds() + maxAge
      const issued = { id: randomUUID(), iat: seconds(), exp, name, scopes, app, uuid: person?.uuid }
      apiTokens.set(token, issued)
      return { id: issued.id, token }
    },
    revokeToken({ id, token }) {
      if (apiTokens.delete(token)) feed.publish({ token: id, exp: seconds() + API_TOKEN_FEED })
    },
    read: (uuid) => known(uuid).person,
    change(person) {
      store(person)
      const { version } = known(person.uuid)
      for (const { id, uuid } of sessions.values()) {
        if (uuid === person.uuid) feed.publish({ sid: id, before: seconds(), version, exp: feedEnd() })
      }
      feed.publish({ sub: person.uuid, tokens: 'changed', exp: seconds() + API_TOKEN_FEED })
    },
    remove(uuid) {
      for (const { id, uuid: owner } of [...sessions.values()]) if (owner === uuid) sessions.delete(id)
      people.delete(uuid)
      feed.publish({ sub: uuid, deleted: true, exp: seconds() + DELETION_TTL })
    },
    stop() {
      isUp = false
    },
    start() {
      isUp = true
    },
  }
}

/** Browsers accept no `Domain` for a single label and for an address. */
export const domainOf = (host: string): string | undefined =>
  host.includes('.') && !/^[\d.]+$|:/.test(host) ? host : undefined

function withCookies(response: Response, setCookies: readonly string[]): Response {
  for (const cookie of setCookies) response.headers.append('set-cookie', cookie)
  return response
}
