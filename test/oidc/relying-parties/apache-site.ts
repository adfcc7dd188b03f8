import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deadPort } from '../../support/dead-port.ts'
import { type AtEnd, runApache } from '../../support/proxies.ts'
import type { OutsideApp, Registered } from './outside-app.ts'

/** A site that greets the name in a header, as wikis and dashboards behind a proxy do. */
async function startGreetingSite(atEnd: AtEnd): Promise<number> {
  const server = createServer((req, res) => {
    const name = req.headers['x-user'] ?? 'a stranger'
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

const siteOf = ({ issuer, clientId, clientSecret }: Registered, { url, port, upstream }: Site): string => `
Listen 127.0.0.1:${port}
OIDCProviderMetadataURL ${issuer}/.well-known/openid-configuration
OIDCClientID ${clientId}
OIDCClientSecret ${clientSecret}
OIDCRedirectURI ${url}/callback
OIDCCryptoPassphrase ${randomBytes(16).toString('hex')}
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCRemoteUserClaim email

<VirtualHost 127.0.0.1:${port}>
  ServerName wiki.localhost
  RedirectMatch 302 ^/logout$ ${url}/callback?logout=${encodeURIComponent(`${url}/`)}
  ProxyPass /callback !
  ProxyPass /logout !
  ProxyPass / http://127.0.0.1:${upstream}/
  <Location />
    AuthType openid-connect
    Require valid-user
    # Strangers may read; /login is where they sign in.
    OIDCUnAuthAction pass
    RequestHeader unset X-User
    RequestHeader set X-User "expr=%{REMOTE_USER}" "expr=-n %{REMOTE_USER}"
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
</VirtualHost>
`
