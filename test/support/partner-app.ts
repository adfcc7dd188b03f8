import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fetchFor } from '@latchkey/jwt-middleware/contract'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as oidc from 'openid-client'

/** A sign-in at the partner, by its cookie. */
interface Visit {
  readonly verifier: string
  readonly state: string
  readonly user?: { readonly email: string; readonly sid: string | undefined; readonly idToken: string }
}

export interface PartnerApp {
  /** Its origin, which is not under the cookie domain. */
  readonly url: string
  readonly callback: string
  /** Where it hears of sign-outs. */
  readonly logoutUri: string
  /** Begins to serve, as this client of that issuer. */
  connect(issuer: string, clientId: string, clientSecret: string): Promise<void>
  close(): Promise<void>
}

/** An app off the domain that signs its users in by openid-client, and keeps a session of its own. */
export async function startPartner(): Promise<PartnerApp> {
  const visits = new Map<string, Visit>()
  let config: oidc.Configuration | undefined
  let issuer = ''
  const server: Server = createServer((req, res) => {
    answer(req, res).catch((error) => {
      res.statusCode = 500
      res.end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://partner.localhost:${(server.address() as AddressInfo).port}`
  const callback = `${url}/callback`

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (!config) throw new Error('not connected')
    const asked = new URL(req.url ?? '/', url)
    const id = /visit=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? randomUUID()
    res.setHeader('set-cookie', `visit=${id}; HttpOnly; SameSite=Lax; Path=/`)
    const to = (location: string) => res.writeHead(302, { location }).end()
    const visit = visits.get(id)
    switch (asked.pathname) {
      case '/login': {
        const verifier = oidc.randomPKCECodeVerifier()
        const state = oidc.randomState()
        visits.set(id, { verifier, state })
        const target = oidc.buildAuthorizationUrl(config, {
          redirect_uri: callback,
          scope: 'openid profile email',
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          state,
          ...Object.fromEntries(asked.searchParams),
        })
        return void to(target.href)
      }
      case '/callback': {
        if (!visit) return void to('/')
        if (asked.searchParams.has('error')) return void to(`/?refused=${asked.searchParams.get('error')}`)
        const { verifier: pkceCodeVerifier, state: expectedState } = visit
        const tokens = await oidc.authorizationCodeGrant(config, asked, { pkceCodeVerifier, expectedState })
        const { email, sid } = tokens.claims() as { email?: string; sid?: string }
        visits.set(id, { ...visit, user: { email: email ?? '', sid, idToken: tokens.id_token ?? '' } })
        return void to('/')
      }
      case '/logout': {
        visits.delete(id)
        const target = oidc.buildEndSessionUrl(config, {
          id_token_hint: visit?.user?.idToken ?? '',
          post_logout_redirect_uri: `${url}/`,
        })
        return void to(target.href)
      }
      case '/told': {
        let body = ''
        for await (const chunk of req) body += chunk
        const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
          [customFetch]: fetchFor(issuer),
        })
        const token = new URLSearchParams(body).get('logout_token') ?? ''
        const { payload } = await jwtVerify(token, keys, { issuer, typ: 'logout+jwt' })
        for (const [key, { user }] of visits) if (user?.sid === payload.sid) visits.delete(key)
        return void res.writeHead(200).end()
      }
    }
    const refused = asked.searchParams.get('refused')
    res.setHeader('content-type', 'text/html')
    res.end(
      `<!doctype html><html lang="en"><title>Partner</title><link rel="icon" href="data:,"><h1>${
        visit?.user ? `Hello, ${visit.user.email}` : refused ? `Refused: ${refused}` : 'Hello, stranger'
      }</h1><a href="/login">Sign in</a> <a href="/logout">Sign out</a>`,
    )
  }

  return {
    url,
    callback,
    logoutUri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`,
    async connect(at, clientId, clientSecret) {
      issuer = at
      config = await oidc.discovery(new URL(at), clientId, clientSecret, undefined, {
        execute: [oidc.allowInsecureRequests],
        [oidc.customFetch]: ((input: string, init: RequestInit) => fetchFor(at)(input, init)) as never,
      })
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
