import { readCookies } from '../contract/cookies.ts'
import { readFormat } from '../contract/jws-format.ts'
import type { WarnLimited } from '../contract/limited-log.ts'
import { loggableHost, NO_HOST, SOME_ADDRESS } from '../contract/loggable-host.ts'
import type { HeaderReader } from '../contract/same-origin.ts'

/** The app's settings. */
export interface HintedSettings {
  readonly ownOrigin: string
  readonly issuer: string
  readonly cookies: { readonly access: string; readonly refresh: string }
  /** Whether apps see the refresh cookie. */
  readonly renewsInLine: boolean
}

/** Warns of settings that contradict what browsers send. The headers decide nothing, since any client can send them. */
export interface SettingHints {
  /** A request without an access token of ours: it may have one under another name. */
  noToken(cookies: string, now: number): void
  /** A user was recognised by their cookie: the refresh cookie should be there, or should not. */
  recognised(cookies: string, refreshTokens: number): void
  /** A visitor is redirected to the login page, which leads back to `OWN_URL`. */
  sentToLogin(header: HeaderReader): void
}

const EVENT = 'settings_differ'
/** How many other cookies are examined. */
const MOST_COOKIES = 4
const ACCESS_COOKIE = /(?:^|;)[ \t]*([!#$%&'*+\-.0-9A-Z^_`a-z|~]{1,64})\.access=([^;\s]{20,4096})/g

export function createSettingHints(settings: HintedSettings, warn: WarnLimited): SettingHints {
  const { ownOrigin, issuer, cookies, renewsInLine } = settings
  const own = new URL(ownOrigin)
  const familyRefresh = cookies.access.replace(/\.access$/, '.refresh')

  function lookAt(name: string, iss: URL): void {
    if (iss.origin === issuer) {
      warn(
        {
          event: EVENT,
          cause: 'cookie_prefix',
          found: `${name}.access`,
          expected: cookies.access,
          setting: 'COOKIE_PREFIX',
        },
        'a browser sent an access token under another cookie name: set COOKIE_PREFIX to the same value as at the auth service',
      )
    } else if (iss.hostname === new URL(issuer).hostname) {
      warn(
        { event: EVENT, cause: 'issuer_origin', found: iss.origin, expected: issuer, setting: 'LOGIN_URL' },
        'a browser sent an access token of the same host with another scheme or port: set LOGIN_URL to the AUTH_URL of the auth service, with /login',
      )
    }
  }

  return {
    noToken(header, now) {
      if (!header.includes('.access=')) return
      const others = [...header.matchAll(ACCESS_COOKIE)].filter(
        ([, name]) => `${name}.access` !== cookies.access,
      )
      for (const [, name = '', token = ''] of others.slice(0, MOST_COOKIES)) {
        const { iss, exp } = payloadOf(token, 'at+jwt')
        // An expired token is left over from other settings.
        const url = typeof iss === 'string' && Number(exp) > now ? URL.parse(iss) : null
        if (url) lookAt(name, url)
      }
    },
    recognised(header, refreshTokens) {
      if (renewsInLine && refreshTokens === 0) {
        warn(
          { event: EVENT, cause: 'no_refresh_cookie', expected: cookies.refresh, setting: 'REFRESH_COOKIE' },
          'an access token came without a refresh cookie: if the auth service has REFRESH_COOKIE=auth, set it here as well',
        )
      } else if (
        !renewsInLine &&
        readCookies(header, familyRefresh).some((token) => payloadOf(token, 'rt+jwt').iss === issuer)
      ) {
        warn(
          { event: EVENT, cause: 'refresh_cookie', found: familyRefresh, setting: 'REFRESH_COOKIE' },
          'a refresh cookie reached this app, which has REFRESH_COOKIE=auth: set it to the same value as at the auth service',
        )
      }
    },
    sentToLogin(header) {
      const host = publicHost(header('x-forwarded-host') ?? header('host'))
      const scheme = header('x-forwarded-proto')?.split(',', 1)[0]?.trim().toLowerCase()
      const port = header('x-forwarded-host') === undefined ? localPort(header('host')) : null
      if (host !== null && host !== own.hostname) {
        warn(
          { event: EVENT, cause: 'own_url_host', host, expected: own.hostname, setting: 'OWN_URL' },
          'this app was opened at a host other than that of OWN_URL: after sign-in, users return to OWN_URL',
        )
      } else if (own.protocol === 'http:' && scheme === 'https') {
        warn(
          { event: EVENT, cause: 'own_url_scheme', host: own.hostname, setting: 'OWN_URL' },
          'this app is opened over https, but OWN_URL is http: set OWN_URL to the https address',
        )
      } else if (own.protocol === 'https:' && scheme === 'http') {
        warn(
          { event: EVENT, cause: 'own_url_scheme', host: own.hostname, setting: 'OWN_URL' },
          'this app is opened over http, but OWN_URL is https: let the proxy redirect http to https, or set OWN_URL to the http address',
        )
      } else if (host !== null && port !== null && port !== portOf(own)) {
        warn(
          { event: EVENT, cause: 'own_url_port', host, port, expected: portOf(own), setting: 'OWN_URL' },
          'this app was opened at a port other than that of OWN_URL: after sign-in, users return to OWN_URL',
        )
      }
    },
  }
}

function payloadOf(token: string, type: string): Readonly<Record<string, unknown>> {
  const format = readFormat(token)
  return format.ok && format.value.header.typ === type ? format.value.payload : {}
}

/** The host in a browser's address bar; `null` for hosts that only machines use. */
function publicHost(header: string | undefined): string | null {
  const host = loggableHost(header?.split(',')[0]?.trim())
  const isInternal = host === NO_HOST || host === SOME_ADDRESS || !host.includes('.') || /^127\./.test(host)
  return isInternal || /\.(local|internal|svc|lan|docker)$/.test(host) ? null : host
}

const portOf = ({ protocol, port }: URL): number => Number(port) || (protocol === 'https:' ? 443 : 80)

/** The port of a name under localhost, which browsers reach without a proxy; `null` for every other host. */
function localPort(host: string | undefined): number | null {
  const url = URL.parse(`http://${host ?? ''}`)
  return url && /\.localhost$/.test(url.hostname) ? portOf(url) : null
}
