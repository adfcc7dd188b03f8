import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AuthOptions } from '@latchkey/jwt-middleware'
import { oidc } from '@latchkey/jwt-middleware/oidc'
import type { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import { openBrowser } from '../../auth-service/support/browser.ts'
import { fetchOf, openOidcSite, registerClient } from '../../auth-service/support/relying-party.ts'
import { send } from '../../support/http.ts'
import { revocationSource } from '../../support/revocation-source.ts'

/** With exactly these headers, as browsers send them. */
async function overSocket(url: string, { method = 'GET', headers, body }: RequestInit): Promise<Response> {
  const answer = await send(url, {
    method,
    headers: Object.fromEntries(new Headers(headers as Record<string, string>)),
    ...(typeof body === 'string' && { body }),
  })
  const given = new Headers()
  for (const [name, value] of Object.entries(answer.headers))
    for (const line of [value ?? []].flat()) given.append(name, line)
  return new Response(answer.status === 204 ? null : answer.text, { status: answer.status, headers: given })
}

/** An app with these options. */
export type MakeApp = (options: AuthOptions) => RequestListener | Promise<RequestListener>

/** The auth service in this process, and the app behind a socket, until the test ends. Ada is signed in to the family. */
export async function openOidcApp(make: MakeApp) {
  const site = await openOidcSite()
  const handler: { current: RequestListener } = { current: (_, res) => void res.writeHead(503).end() }
  const server: Server = createServer((req, res) => handler.current(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const ownUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { clientId, clientSecret } = await registerClient(site.service, {
    redirect_uris: [`${ownUrl}/auth/callback`],
    post_logout_redirect_uris: [`${ownUrl}/auth/signed-out`],
    back_channel_logout_uri: `${ownUrl}/auth/back-channel-logout`,
    first_party: true,
  })
  const logged: Record<string, unknown>[] = []
  const log = (fields: Readonly<Record<string, unknown>>) => void logged.push(fields)
  handler.current = await make({
    loginUrl: `${site.origin}/login`,
    ownUrl,
    oidc: oidc({ clientId, clientSecret }),
    fetch: fetchOf(site),
    revocations: revocationSource(),
    log: { debug: log, warn: log },
  })
  const router = {
    request: ((url: string, init: RequestInit) =>
      String(url).startsWith(ownUrl)
        ? overSocket(url, init)
        : site.app.request(url, init)) as Hono['request'],
  }
  const family = await site.signedIn()
  const ada = openBrowser(router, { origin: ownUrl })
  for (const cookie of await family.jar.getCookies(site.origin)) await ada.jar.setCookie(cookie, site.origin)
  site.service.oidc.start()

  async function visit(path: string) {
    let url = ownUrl + path
    for (let step = 0; step < 12; step++) {
      const page = await ada.get(url)
      if (page.location === null) return { url, page }
      url = new URL(page.location, url).href
    }
    throw new Error('Too many redirects.')
  }
  return { site, ada, ownUrl, visit, logged }
}
