import { readOrigin } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { readDatabaseUrl, readDirectUrl } from '../database/database-url.ts'
import { BRAND_NAME, readBrandCss, readBrandName, readFooterLinks, readLogo } from './brand-config.ts'
import { readCookieDomain, readCookiePrefix } from './cookie-scope.ts'
import { hasMailbox, readMailFrom, readSmtpUrl } from './mail-config.ts'
import { PASSWORD_HASHERS, SHORTEST_MINIMUM } from './password-config.ts'
import { readPreviousCookies } from './previous-cookies.ts'
import { readSecretKey, readSecretKeyFallbacks } from './secret-key.ts'
import { choice, readBy, seconds, setting, whole, wholeOrNone } from './setting.ts'
import { readTrustedProxies } from './trusted-proxies.ts'

/** Environment variables; an empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
/** The maximum lifetime of cookies in browsers (RFC 6265bis, section 5.5). */
const LONGEST = 400 * DAY
const PORTS = [0, 65_535] as const

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
    text: 'shown in the top bar, page titles, invitations, and as the sender of mails',
    values: '1 to 40 characters',
    default: `\`${BRAND_NAME}\``,
  },
  readBy(readBrandName),
)

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
      text: 'the domain that all apps are at or below; not a public suffix',
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
        text: 'the database: SQLite or Postgres. `:memory:` keeps nothing',
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
        text: 'encrypts the signing keys, and the mails that wait to be sent',
        values: 'at least 32 characters, no comma',
        default: 'required',
      },
      readBy(readSecretKey),
    ),
    secretKeyFallbacks: setting(
      {
        name: 'SECRET_KEY_FALLBACKS',
        text: 'former secrets, as long as something is encrypted with them',
        values: 'separated by commas',
      },
      readBy(readSecretKeyFallbacks),
    ),
    host: setting(
      { name: 'HOST', text: 'where to listen; the default is for a proxy in front', values: 'an address' },
      v.undefinedable(v.string(), '127.0.0.1'),
    ),
    port: whole({ name: 'PORT', text: 'where to listen; port 0 takes a free one' }, PORTS, 4000),
    internalPort: wholeOrNone(
      {
        name: 'INTERNAL_PORT',
        text:
          'a second listener, for apps alone; port 0 takes a free one. See ' +
          '[A listener for apps](deployment.md#a-listener-for-apps)',
      },
      PORTS,
    ),
    internalHost: setting(
      {
        name: 'INTERNAL_HOST',
        text: 'where that listens: apps set it as `AUTH_INTERNAL_URL`. Needs `INTERNAL_PORT`',
        values: 'an address',
      },
      v.undefinedable(v.string(), '127.0.0.1'),
    ),
    accessTtl: seconds(
      {
        name: 'ACCESS_TTL',
        text:
          'lifetime of an access token: the longest that a change stays unnoticed by an app that does not follow the ' +
          'feed. At most `REFRESH_TTL`',
      },
      [2, 60 * MINUTE],
      5 * MINUTE,
    ),
    refreshTtl: seconds(
      {
        name: 'REFRESH_TTL',
        text: 'how long a session lasts without being used. At most `SESSION_MAX_AGE`',
      },
      [MINUTE, LONGEST],
      5 * DAY,
    ),
    sessionMaxAge: seconds(
      { name: 'SESSION_MAX_AGE', text: 'how long a session lasts, however busy' },
      [2, LONGEST],
      30 * DAY,
    ),
    registration: choice(
      {
        name: 'REGISTRATION',
        text: 'who may register: everybody, invited people only, or only those whom a superuser invited',
      },
      ['open', 'invite', 'closed'],
      'open',
    ),
    passwordHasher: choice(
      {
        name: 'PASSWORD_HASHER',
        text: 'hashes new passwords. Other hashes are renewed at the next sign-in',
      },
      PASSWORD_HASHERS,
      'bcrypt_sha256',
    ),
    passwordMinLength: whole(
      { name: 'PASSWORD_MIN_LENGTH', text: 'characters a new password must have; 15 is better' },
      [SHORTEST_MINIMUM, 64],
      SHORTEST_MINIMUM,
    ),
    deletionGrace: seconds(
      { name: 'DELETION_GRACE', text: 'how long signing in still brings back a deleted account' },
      [0, LONGEST],
      14 * DAY,
    ),
    unconfirmedTtl: seconds(
      {
        name: 'UNCONFIRMED_TTL',
        text: 'if confirmation is `required`: how long an account stays without it; then it is deleted',
      },
      [DAY, LONGEST],
      7 * DAY,
    ),
    emailVerification: choice(
      {
        name: 'EMAIL_VERIFICATION',
        text:
          'whether users must confirm their address before they are signed in. `required` needs `SMTP_URL`, or the dev ' +
          'mailbox, and never tells that an address has an account already; `optional` signs users in at once, and ' +
          'does tell',
        default: '`required` with `SMTP_URL`, else `optional`',
      },
      ['required', 'optional'],
      env.SMTP_URL ? 'required' : 'optional',
    ),
    signInByMail: choice(
      {
        name: 'SIGN_IN_BY_MAIL',
        text: '`on` offers a mailed link or six digits instead of a password; it needs `SMTP_URL`, or the dev mailbox',
      },
      ['on', 'off'],
      'off',
    ),
    refreshCookie: choice(
      {
        name: 'REFRESH_COOKIE',
        text:
          'who sees the refresh cookie: the `family`, or `auth` alone. See ' +
          '[Who sees the refresh cookie](concepts.md#who-sees-the-refresh-cookie)',
      },
      ['family', 'auth'],
      'family',
    ),
    cookiePrefix: setting(
      {
        name: 'COOKIE_PREFIX',
        text: "start of both cookies' names",
        values: '1 to 64 letters, digits and `-._~`',
        default: '`__Secure-jwt`; `jwt` over http',
      },
      readBy((text) => readCookiePrefix(text, https)),
    ),
    previousCookies: setting(
      {
        name: 'PREVIOUS_COOKIES',
        text: 'former names and domains of the cookies; signing out clears them',
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
        default: 'none: mail is kept',
      },
      readBy(readSmtpUrl),
    ),
    mailFrom: setting(
      {
        name: 'MAIL_FROM',
        text: 'whom mails are from; without a name it is `BRAND_NAME`; bounces go there',
        values: '`no-reply@example.com`, or `Example <no-reply@example.com>`',
        default: 'required with `SMTP_URL`',
      },
      readBy((text) => readMailFrom(text, Boolean(env.SMTP_URL), brandName)),
    ),
    keyMaxAge: seconds(
      { name: 'KEY_MAX_AGE', text: 'how long a key signs before the next one does' },
      [DAY, LONGEST],
      90 * DAY,
    ),
    placesDatabase: setting(
      {
        name: 'PLACES_DATABASE',
        text: 'an unpacked database of cities or countries (MaxMind, DB-IP): shows places in the list of devices; kept in memory',
        values: 'path of an `.mmdb`',
      },
      v.undefinedable(v.string()),
    ),
    logo: setting(
      {
        name: 'BRAND_LOGO',
        text: "beside the name, and as the pages' icon",
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
        text: 'at most eight links at the foot of all pages, to http(s) URLs or paths',
        values: '`Imprint=https://example.com/imprint,Privacy=/privacy`',
      },
      readBy(readFooterLinks),
    ),
    trustedProxies: setting(
      {
        name: 'TRUSTED_PROXIES',
        text: 'the proxies whose `X-Forwarded-For` and `X-Request-Id` count',
        values: 'addresses and ranges: `10.0.0.0/8, ::1`',
      },
      readBy(readTrustedProxies),
    ),
    logLevel: choice(
      { name: 'LOG_LEVEL', text: 'the least important lines that are logged' },
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'info',
    ),
  }
}

/** All settings together: checks across settings, and the resulting values. */
export const configSchema = (env: Environment) =>
  v.pipe(
    v.object(settingsFor(env)),
    // Each problem is assigned to a setting, since an unassigned one would skip later checks.
    v.forward(
      v.partialCheck(
        [['host'], ['port'], ['internalHost'], ['internalPort']],
        ({ host, port, internalHost, internalPort }) =>
          !internalPort || internalPort !== port || internalHost !== host,
        ({ input }) =>
          `INTERNAL_PORT is ${input.internalPort}, as PORT is, at the same address. Choose another one, which your proxy does not publish`,
      ),
      ['internalPort'],
    ),
    v.forward(
      v.partialCheck(
        [['accessTtl'], ['refreshTtl']],
        ({ accessTtl, refreshTtl }) => accessTtl <= refreshTtl,
        ({ input: { accessTtl, refreshTtl } }) =>
          `ACCESS_TTL (${accessTtl}) is longer than REFRESH_TTL (${refreshTtl}). Make it shorter: what is signed can't be taken back`,
      ),
      ['accessTtl'],
    ),
    v.forward(
      v.partialCheck(
        [['refreshTtl'], ['sessionMaxAge']],
        ({ refreshTtl, sessionMaxAge }) => refreshTtl <= sessionMaxAge,
        ({ input: { refreshTtl, sessionMaxAge } }) =>
          `REFRESH_TTL (${refreshTtl}) is longer than SESSION_MAX_AGE (${sessionMaxAge}). Make it at most that`,
      ),
      ['refreshTtl'],
    ),
    v.forward(
      v.partialCheck(
        [['internalPort']],
        ({ internalPort }) => internalPort !== undefined || !env.INTERNAL_HOST,
        'INTERNAL_HOST is set, but INTERNAL_PORT is not. Set INTERNAL_PORT, e.g. to 4001, or leave both out',
      ),
      ['internalHost'],
    ),
    v.forward(
      v.partialCheck(
        [['authUrl'], ['emailVerification']],
        ({ authUrl, emailVerification }) => emailVerification !== 'required' || reachesPeople(env, authUrl),
        'EMAIL_VERIFICATION is required, but SMTP_URL is not set: nobody could confirm an address, and sign in. ' +
          'Set SMTP_URL to your mail server, or EMAIL_VERIFICATION to optional',
      ),
      ['emailVerification'],
    ),
    v.forward(
      v.partialCheck(
        [['authUrl'], ['signInByMail']],
        ({ authUrl, signInByMail }) => signInByMail !== 'on' || reachesPeople(env, authUrl),
        'SIGN_IN_BY_MAIL is on, but SMTP_URL is not set: no link or code would reach anybody. ' +
          'Set SMTP_URL to your mail server, or leave SIGN_IN_BY_MAIL out',
      ),
      ['signInByMail'],
    ),
    v.transform(({ brandName: name, logo, css, links, ...settings }) => ({
      ...settings,
      /** Whether AUTH_URL is https. */
      https: settings.authUrl.startsWith('https:'),
      brand: { name, logo, css, links },
    })),
  )

/** Whether email is sent, even by an otherwise invalid server, or shown in the dev inbox. */
const reachesPeople = (env: Environment, authUrl: string): boolean =>
  Boolean(env.SMTP_URL) || hasMailbox({ smtp: undefined, authUrl, https: authUrl.startsWith('https:') })
