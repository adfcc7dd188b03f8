import { isLocalName, readOrigin } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { readDatabaseUrl, readDirectUrl } from '../database/database-url.ts'
import { BRAND_NAME, readBrandCss, readBrandName, readFooterLinks, readLogo } from './brand-config.ts'
import { readCookieDomain, readCookiePrefix } from './cookie-scope.ts'
import { FORWARD_AUTH_PROXIES, readForwardAuthRules } from './forward-auth-rules.ts'
import { readMailFrom, readSmtpUrl } from './mail-config.ts'
import { PASSWORD_HASHERS, SHORTEST_MINIMUM } from './password-config.ts'
import { readPreviousCookies } from './previous-cookies.ts'
import { readSecretKey, readSecretKeyFallbacks } from './secret-key.ts'
import { choice, choiceOrNone, readBy, seconds, setting, whole, wholeOrNone } from './setting.ts'
import { readTrustedProxies } from './trusted-proxies.ts'

/** Environment variables; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
/** The maximum lifetime of cookies in browsers (RFC 6265bis, section 5.5). */
const LONGEST = 400 * DAY
const PORTS = [0, 65_535] as const
const DEFAULT_PORT = 4000
/** The port of http addresses without one. */
const HTTP_PORT = 80

const AUTH_URL = setting(
  {
    name: 'AUTH_URL',
    text: 'the public origin of the auth service, and the issuer of its tokens',
    values: '`https://auth.example.com`',
    default: 'required',
  },
  readBy((text) => readOrigin('AUTH_URL', text, 'https://auth.example.com')),
)

const BRAND = setting(
  {
    name: 'BRAND_NAME',
    text: 'shown in the top bar, page titles and invitations, and as the sender of emails',
    values: '1 to 40 characters',
    default: `\`${BRAND_NAME}\``,
  },
  readBy(readBrandName),
)

/** On a developer's own machine no proxy is in front, so that browsers must find the service at the port in AUTH_URL. */
function defaultPort(authUrl: string): number {
  const { protocol, hostname, port } = URL.parse(authUrl) ?? {}
  const isDirect = protocol === 'http:' && isLocalName(hostname ?? '')
  return isDirect ? Number(port) || HTTP_PORT : DEFAULT_PORT
}

/** The output of a schema, or a substitute while the setting is invalid. */
function outputOr<Output>(
  schema: v.GenericSchema<string | undefined, Output>,
  text: string | undefined,
  fallback: Output,
): Output {
  const result = v.safeParse(schema, text || undefined)
  return result.success ? result.output : fallback
}

/**
 * The settings of the auth service by their names in the code, each with its purpose, default, check, and problem with
 * remedy. Some depend on others in the same environment. Problems are reported in this order.
 */
export function settingsFor(env: Environment) {
  const authUrl = outputOr(AUTH_URL, env.AUTH_URL, '')
  const https = authUrl.startsWith('https:')
  const host = authUrl && new URL(authUrl).hostname
  const brandName = outputOr(BRAND, env.BRAND_NAME, '')
  const cookieDomainSetting = setting(
    {
      name: 'COOKIE_DOMAIN',
      text: 'the domain that covers all apps; not a public suffix',
      values: '`example.com`',
      default: 'required',
    },
    readBy((text) => readCookieDomain(text, authUrl)),
  )
  const cookieDomain = outputOr(cookieDomainSetting, env.COOKIE_DOMAIN, '')

  return {
    authUrl: AUTH_URL,
    cookieDomain: cookieDomainSetting,
    brandName: BRAND,
    databaseUrl: setting(
      {
        name: 'DATABASE_URL',
        text: 'the database: SQLite or Postgres. `:memory:` loses all data at exit',
        values: '`file:…`, `postgres://…`, `:memory:`',
        default: '`file:latchkey.sqlite`',
      },
      readBy(readDatabaseUrl),
    ),
    databaseUrlDirect: setting(
      {
        name: 'DATABASE_URL_DIRECT',
        text: 'the address of Postgres itself, if `DATABASE_URL` is a pooler: for migrations and notifications',
        values: '`postgres://…`',
      },
      readBy((text) => readDirectUrl(text, env.DATABASE_URL)),
    ),
    secretKey: setting(
      {
        name: 'SECRET_KEY',
        text: 'encrypts the signing keys and the waiting emails',
        values: 'at least 32 characters, no comma',
        default: 'required',
      },
      readBy(readSecretKey),
    ),
    secretKeyFallbacks: setting(
      {
        name: 'SECRET_KEY_FALLBACKS',
        text: 'previous secrets, needed while data is still encrypted with them',
        values: 'separated by commas',
      },
      readBy(readSecretKeyFallbacks),
    ),
    host: setting(
      {
        name: 'HOST',
        text: 'the address to listen on; the default suits a proxy on the same machine',
        values: 'an address',
      },
      v.undefinedable(v.string(), '127.0.0.1'),
    ),
    port: whole(
      {
        name: 'PORT',
        text: 'the port to listen on; port 0 chooses a free one',
        default: '`4000`; over http on `*.localhost`, the port in `AUTH_URL`, which is 80 if it has none',
      },
      PORTS,
      defaultPort(authUrl),
    ),
    internalPort: wholeOrNone(
      {
        name: 'INTERNAL_PORT',
        text:
          'a second listener, for apps only; port 0 chooses a free one. See ' +
          '[A listener for apps](deployment.md#a-listener-for-apps)',
      },
      PORTS,
    ),
    internalHost: setting(
      {
        name: 'INTERNAL_HOST',
        text: 'the address of the second listener; apps use it in `AUTH_INTERNAL_URL`. Needs `INTERNAL_PORT`',
        values: 'an address',
      },
      v.undefinedable(v.string(), '127.0.0.1'),
    ),
    accessTtl: seconds(
      {
        name: 'ACCESS_TTL',
        text:
          'lifetime of an access token: the longest delay before a change reaches an app that does not follow the ' +
          'feed. At most `REFRESH_TTL`',
      },
      [2, 60 * MINUTE],
      5 * MINUTE,
    ),
    refreshTtl: seconds(
      {
        name: 'REFRESH_TTL',
        text: 'how long an unused session lasts. At most `SESSION_MAX_AGE`',
      },
      [MINUTE, LONGEST],
      5 * DAY,
    ),
    sessionMaxAge: seconds(
      { name: 'SESSION_MAX_AGE', text: 'the longest lifetime of a session, even if it is used' },
      [2, LONGEST],
      30 * DAY,
    ),
    apiTokenMaxAge: wholeOrNone(
      {
        name: 'API_TOKEN_MAX_AGE',
        text: 'the longest lifetime of an [API token](api-tokens.md), in seconds. Without it, tokens may live for ever. Tokens for which none is chosen live for 90 days, and those of devices for a year, or for this if it is shorter',
      },
      [MINUTE, 3650 * DAY],
    ),
    registration: choice(
      {
        name: 'REGISTRATION',
        text: 'who may register: everyone (`open`), people with an invitation (`invite`), or only people invited by a superuser (`closed`)',
      },
      ['open', 'invite', 'closed'],
      'open',
    ),
    passwordHasher: choice(
      {
        name: 'PASSWORD_HASHER',
        text: 'hash algorithm of new passwords; other hashes are replaced at the next sign-in',
      },
      PASSWORD_HASHERS,
      'bcrypt_sha256',
    ),
    passwordMinLength: whole(
      { name: 'PASSWORD_MIN_LENGTH', text: 'minimum length of a new password; 15 is better' },
      [SHORTEST_MINIMUM, 64],
      SHORTEST_MINIMUM,
    ),
    deletionGrace: seconds(
      { name: 'DELETION_GRACE', text: 'how long a deleted account can be restored by signing in' },
      [0, LONGEST],
      14 * DAY,
    ),
    unconfirmedTtl: seconds(
      {
        name: 'UNCONFIRMED_TTL',
        text: 'if `EMAIL_VERIFICATION` is `required`: when an unconfirmed account is deleted',
      },
      [DAY, LONGEST],
      7 * DAY,
    ),
    emailVerification: choice(
      {
        name: 'EMAIL_VERIFICATION',
        text:
          'whether users must confirm their address before they can sign in. `required` needs `SMTP_URL` or the dev ' +
          'inbox, and never reveals whether an address has an account; `optional` signs users in at once, and ' +
          'does reveal it',
        default: '`required` with `SMTP_URL`, else `optional`',
      },
      ['required', 'optional'],
      env.SMTP_URL ? 'required' : 'optional',
    ),
    signInByMail: choice(
      {
        name: 'SIGN_IN_BY_MAIL',
        text: '`on` offers sign-in by an emailed link or code instead of a password; it needs `SMTP_URL` or the dev inbox',
      },
      ['on', 'off'],
      'off',
    ),
    refreshCookie: choice(
      {
        name: 'REFRESH_COOKIE',
        text:
          'who receives the refresh cookie: all apps (`family`), or the auth service only (`auth`). See ' +
          '[Who sees the refresh cookie](concepts.md#who-sees-the-refresh-cookie)',
      },
      ['family', 'auth'],
      'family',
    ),
    cookiePrefix: setting(
      {
        name: 'COOKIE_PREFIX',
        text: "prefix of both cookies' names",
        values: '1 to 64 letters, digits and `-._~`',
        default: '`__Secure-jwt`; `jwt` over http',
      },
      readBy((text) => readCookiePrefix(text, https)),
    ),
    previousCookies: setting(
      {
        name: 'PREVIOUS_COOKIES',
        text: 'previous prefixes and domains of the cookies; signing out clears these cookies',
        values: '`prefix@domain` or `prefix`, separated by commas',
      },
      readBy((text) => readPreviousCookies(text, { host, https, cookieDomain })),
    ),
    signingAlg: choice(
      { name: 'SIGNING_ALG', text: 'algorithm of new keys' },
      ['ES256', 'RS256', 'EdDSA'],
      'ES256',
    ),
    smtp: setting(
      {
        name: 'SMTP_URL',
        text: 'the mail server; special characters percent-encoded',
        values: '`smtp://user:password@host:587`, `smtps://host`',
        default: 'none: emails are stored and not sent',
      },
      readBy(readSmtpUrl),
    ),
    mailFrom: setting(
      {
        name: 'MAIL_FROM',
        text: 'the sender of emails; the default name is `BRAND_NAME`; bounces go there',
        values: '`no-reply@example.com`, or `Example <no-reply@example.com>`',
        default: 'required with `SMTP_URL`',
      },
      readBy((text) => readMailFrom(text, Boolean(env.SMTP_URL), brandName)),
    ),
    keyMaxAge: seconds(
      { name: 'KEY_MAX_AGE', text: 'how long a signing key is used before it is replaced' },
      [DAY, LONGEST],
      90 * DAY,
    ),
    placesDatabase: setting(
      {
        name: 'PLACES_DATABASE',
        text: 'an unpacked database of cities or countries (MaxMind, DB-IP), for locations in the list of devices; it is kept in memory',
        values: 'path of an `.mmdb`',
      },
      v.undefinedable(v.string()),
    ),
    logo: setting(
      {
        name: 'BRAND_LOGO',
        text: 'the logo beside the name, also used as the icon of the pages',
        values: 'path of an SVG, PNG or WebP file of at most 64 KiB',
        default: 'a key',
      },
      readBy(readLogo),
    ),
    css: setting(
      {
        name: 'BRAND_CSS',
        text: 'overrides the tokens of `assets/theme.css`. See [Branding](deployment.md#branding)',
        values: 'path of a style sheet of at most 64 KiB',
      },
      readBy(readBrandCss),
    ),
    links: setting(
      {
        name: 'FOOTER_LINKS',
        text: 'up to eight links at the bottom of all pages, to http(s) URLs or paths',
        values: '`Imprint=https://example.com/imprint,Privacy=/privacy`',
      },
      readBy(readFooterLinks),
    ),
    trustedProxies: setting(
      {
        name: 'TRUSTED_PROXIES',
        text: 'the proxies whose `X-Forwarded-For` and `X-Request-Id` are trusted',
        values: 'addresses and ranges: `10.0.0.0/8, ::1`',
      },
      readBy(readTrustedProxies),
    ),
    forwardAuthProxy: choiceOrNone(
      {
        name: 'FORWARD_AUTH_PROXY',
        text:
          'the proxy that may ask at `/forward-auth` who is signed in, for sites without a middleware. Needs ' +
          '`TRUSTED_PROXIES`. See [Forward auth](forward-auth.md)',
      },
      FORWARD_AUTH_PROXIES,
    ),
    forwardAuthRules: setting(
      {
        name: 'FORWARD_AUTH_RULES',
        text:
          'who may open which hosts and paths behind that proxy; without rules, every user may open all. Read at the ' +
          'start. See [Rules](forward-auth.md#rules)',
        values: 'path of a JSON file',
      },
      readBy(readForwardAuthRules),
    ),
    oidc: choiceOrNone(
      {
        name: 'OIDC',
        text:
          '`on` serves [OpenID Connect](openid-connect.md) even without a client, `off` never does. Without this setting, ' +
          'it is served once an app is a client',
      },
      ['on', 'off'],
    ),
    oidcClientMetadata: choice(
      {
        name: 'OIDC_CLIENT_METADATA',
        text:
          '`on` lets apps that no administrator registered sign users in by OpenID Connect, such as MCP clients: their ' +
          'client ID is the URL of a document, which is fetched. See ' +
          '[Apps that describe themselves](openid-connect.md#apps-that-describe-themselves)',
      },
      ['on', 'off'],
      'off',
    ),
    logLevel: choice(
      { name: 'LOG_LEVEL', text: 'the lowest level that is logged' },
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
    ),
  }
}
