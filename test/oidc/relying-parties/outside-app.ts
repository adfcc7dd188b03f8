import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetchFor } from '@latchkey/jwt-middleware/contract'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import type { AtEnd } from '../../support/proxies.ts'

/** The client of an app, as the provider knows it. */
export interface Registered {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

/**
 * An app off the domain. `/` greets its user or a stranger, `/login` signs in, `/refresh` takes its refresh token, and
 * `/logout` signs out here and at the provider. `/token` shows the access token in the header `x-token`.
 */
export interface OutsideApp {
  readonly url: string
  readonly redirectUri: string
  /** Where it hears of sign-outs; `null` if it can't. */
  readonly backChannelLogoutUri: string | null
  /** Begins to serve as this client. */
  connect(client: Registered): Promise<void>
}

/** What an app keeps of a sign-in. */
export interface AppTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string
  readonly email: string
  readonly sid: string | undefined
}

/** What an app keeps until its user is back. */
export interface Begun {
  readonly url: URL
  readonly verifier: string
  readonly state: string
  readonly nonce: string
}

/** What a library of OpenID Connect does for an app. */
export interface Protocol {
  begin(redirectUri: string): Promise<Begun>
  /** @throws if the answer is not the one to what was begun */
  finish(callback: URL, begun: Begun, redirectUri: string): Promise<AppTokens>
  /** @throws if the sign-in has ended */
  refresh(tokens: AppTokens): Promise<AppTokens>
  signOutUrl(tokens: AppTokens, after: string): URL
}

interface Visit {
  readonly begun?: Begun
  readonly tokens?: AppTokens
}

/** An app in this process whose sign-ins are those of a library. Logout tokens are verified by jose. */
export async function startOutsideApp(
  host: string,
  connect: (client: Registered) => Promise<Protocol>,
  atEnd: AtEnd,
): Promise<OutsideApp> {
  const visits = new Map<string, Visit>()
  let protocol: Protocol | undefined
  let client: Registered | undefined
  const server = createServer((req, res) => {
    answer(req, res).catch((error) => {
      res.statusCode = 500
      res.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const url = `http://${host}:${port}`
  const redirectUri = `${url}/callback`

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!protocol) throw new Error('not connected')
    const asked = new URL(req.url ?? '/', url)
    if (asked.pathname === '/told') return hear(req, res)
    const id = /visit=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? randomUUID()
    res.setHeader('set-cookie', `visit=${id}; HttpOnly; SameSite=Lax; Path=/`)
    const to = (location: string) => void res.writeHead(302, { location }).end()
    const { begun, tokens } = visits.get(id) ?? {}
    switch (asked.pathname) {
      case '/login': {
        const fresh = await protocol.begin(redirectUri)
        visits.set(id, { begun: fresh })
        return to(fresh.url.href)
      }
      case '/callback':
        if (!begun) return to('/')
        visits.set(id, { tokens: await protocol.finish(asked, begun, redirectUri) })
        return to('/')
      case '/refresh':
        if (!tokens) return to('/')
        try {
          visits.set(id, { tokens: await protocol.refresh(tokens) })
        } catch {
          visits.delete(id)
        }
        return to('/token')
      case '/logout':
        visits.delete(id)
        return to(tokens ? protocol.signOutUrl(tokens, `${url}/`).href : '/')
    }
    if (asked.pathname === '/token') res.setHeader('x-token', tokens?.accessToken ?? '')
    res.setHeader('content-type', 'text/html')
    res.end(
      `<!doctype html><html lang="en"><title>App</title><h1>Hello, ${tokens?.email ?? 'a stranger'}</h1>`,
    )
  }

  /** Ends the visits of a session that has ended. */
  async function hear(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of req) body += chunk
    const { issuer = '', clientId = '' } = client ?? {}
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
      [customFetch]: fetchFor(issuer),
    })
    const token = new URLSearchParams(body).get('logout_token') ?? ''
    const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId, typ: 'logout+jwt' })
    for (const [id, { tokens }] of visits) if (tokens?.sid === payload.sid) visits.delete(id)
    res.end()
  }

  return {
    url,
    redirectUri,
    backChannelLogoutUri: `http://127.0.0.1:${port}/told`,
    async connect(given) {
      client = given
      protocol = await connect(given)
    },
  }
}
