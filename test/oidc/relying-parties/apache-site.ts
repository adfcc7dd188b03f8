import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { blocksOf } from '../../docs/pages.ts'
import { deadPort } from '../../support/dead-port.ts'
import { type AtEnd, runApache } from '../../support/proxies.ts'
import type { OutsideApp, Registered } from './outside-app.ts'

/** A site that greets the name in a header, as wikis and dashboards behind a proxy do. */
async function startGreetingSite(atEnd: AtEnd): Promise<number> {
  const server = createServer((req, res) => {
    const name = req.headers['x-user'] || 'a stranger'
    res.setHeader('content-type', 'text/html')
    res.end(
      `<!doctype html><html lang="en"><title>Wiki</title><link rel="icon" href="data:,"><h1>Hello, ${name}</h1>` +
        '<a href="/login">Sign in</a> <a href="/logout">Sign out</a>',
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** Apache with Debian's mod_auth_openidc in front of a site that knows nothing of sign-ins. */
export async function startApacheSite(atEnd: AtEnd): Promise<OutsideApp> {
  const [port, upstream] = await Promise.all([deadPort(), startGreetingSite(atEnd)])
  const url = `http://wiki.localhost:${port}`
  const redirectUri = `${url}/callback`
  return {
    url,
    redirectUri,
    backChannelLogoutUri: `http://127.0.0.1:${port}/callback?logout=backchannel`,
    connect: (client) => runApache(siteOf(client, { url, port, upstream }), port, {}, MODULES, atEnd),
  }
}

const MODULES = ['authn_core', 'authz_user', 'auth_openidc']

interface Site {
  readonly url: string
  readonly port: number
  readonly upstream: number
}

/** Strangers may read; `/login` is where they sign in. */
const FOR_THE_TESTS = `
  <Location />
    OIDCUnAuthAction pass
  </Location>
  <Location /login>
    OIDCUnAuthAction auth
  </Location>
  <Location /refresh>
    # Always, since access tokens live for an hour.
    OIDCRefreshAccessTokenBeforeExpiry 3700 logout_on_error
  </Location>
  <LocationMatch "^/(token|refresh)$">
    Header set X-Token "expr=%{HTTP:OIDC_access_token}"
  </LocationMatch>
`

/** The configuration in docs/openid-connect.md, without TLS. */
function siteOf({ issuer, clientId, clientSecret }: Registered, { url, port, upstream }: Site): string {
  const [block] = blocksOf('docs/openid-connect.md').filter(({ language }) => language === 'apache')
  const site = (block?.code ?? '')
    .replaceAll('https://auth.example.com', issuer)
    .replaceAll('https%3A%2F%2Fhandbook.example.org', encodeURIComponent(url))
    .replaceAll('https://handbook.example.org', url)
    .replace('AUTH_CLIENT_ID', clientId)
    .replace('AUTH_CLIENT_SECRET', clientSecret)
    .replace('RANDOM_TEXT', randomBytes(16).toString('hex'))
    .replace('*:443', `127.0.0.1:${port}`)
    .replace('ServerName handbook.example.org', 'ServerName wiki.localhost')
    .replace(/^ *SSL.*$/gm, '')
    .replace('127.0.0.1:8080', `127.0.0.1:${upstream}`)
    .replace('</VirtualHost>', `${FOR_THE_TESTS}</VirtualHost>`)
  return `Listen 127.0.0.1:${port}\n${site}`
}
