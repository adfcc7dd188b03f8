import {
  cookieNames,
  isCookiePrefix,
  isWithinDomain,
  type RefreshCookieScope,
  type Result,
  readOrigin,
  type SigningAlgorithm,
} from '@latchkey/jwt-middleware'
import { getPublicSuffix } from 'tldts'
import { readDatabaseUrl, readDirectUrl } from '../database/database-url.ts'
import { quoted } from '../validation/redact.ts'
import { type Brand, readBrandCss, readBrandName, readFooterLinks, readLogo } from './brand-config.ts'
import { hasMailbox, type MailSender, readMailFrom, readSmtpUrl, type SmtpServer } from './mail-config.ts'
import { PASSWORD_HASHERS, type PasswordHasher, SHORTEST_MINIMUM } from './password-config.ts'
import { type PreviousCookies, readPreviousCookies } from './previous-cookies.ts'
import { readTrustedProxies, type TrustedRange } from './trusted-proxies.ts'

/** The service's settings, checked. Durations in seconds. */
export interface Config {
  /** AUTH_URL: the service's public origin and the tokens' issuer. Required. */
  readonly authUrl: string
  /** Whether AUTH_URL is https. */
  readonly https: boolean
  /** COOKIE_DOMAIN: the family, AUTH_URL's host or above it. Required. */
  readonly cookieDomain: string
  /** DATABASE_URL: `file:…` (SQLite) or `postgres://…`. Default: `file:latchkey.sqlite`. */
  readonly databaseUrl: string
  /** DATABASE_URL_DIRECT: past a pooler in DATABASE_URL, for migrations and notifications. Default: DATABASE_URL. */
  readonly databaseUrlDirect: string | undefined
  /** SECRET_KEY: at least 32 characters; encrypts the signing keys and waiting mails. Required. */
  readonly secretKey: string
  /** SECRET_KEY_FALLBACKS: earlier ones, separated by commas, while SECRET_KEY is replaced. Default: none. */
  readonly secretKeyFallbacks: readonly string[]
  /** HOST: address to listen on. Default: 127.0.0.1, for a proxy in front. */
  readonly host: string
  /** PORT: default 4000; 0 takes a free one. */
  readonly port: number
  /** INTERNAL_PORT: of a second listener for apps alone, which no proxy publishes; 0 takes a free one. Default: none. */
  readonly internalPort: number | undefined
  /** INTERNAL_HOST: address that it listens on. Default: 127.0.0.1. */
  readonly internalHost: string
  /** ACCESS_TTL: lifetime of an access token. Default: 300. */
  readonly accessTtl: number
  /** REFRESH_TTL: lifetime of a refresh token, each renewal a new one. Default: 432000, 5 days. */
  readonly refreshTtl: number
  /** SESSION_MAX_AGE: the longest a session lasts, however busy. Default: 2592000, 30 days. */
  readonly sessionMaxAge: number
  /**
   * REGISTRATION: whether people may register themselves. Whom a superuser invites may anyhow; `invite` tells strangers
   * to ask for that, and `closed` that accounts are made for them. Default: `open`.
   */
  readonly registration: 'open' | 'invite' | 'closed'
  /** PASSWORD_HASHER: what passwords are hashed with from now on; older hashes are renewed at sign-in. Default: `bcrypt_sha256`. */
  readonly passwordHasher: PasswordHasher
  /** PASSWORD_MIN_LENGTH: fewest characters of a new password. Default: 8; better 15 (NIST SP 800-63B-4). */
  readonly passwordMinLength: number
  /** DELETION_GRACE: how long people can come back who deleted their account. Default: 1209600, 14 days. */
  readonly deletionGrace: number
  /** UNCONFIRMED_TTL: how long a registration waits for its confirmation, where that is required. Default: 604800, 7 days. */
  readonly unconfirmedTtl: number
  /**
   * EMAIL_VERIFICATION: whether new people show that the e-mail is theirs before they sign in, or when they like.
   * Default: `required` with SMTP_URL, else `optional`. Without SMTP_URL, `required` is for one's own machine alone.
   */
  readonly emailVerification: 'required' | 'optional'
  /** SIGN_IN_BY_MAIL: whether a mailed link or code signs in, too. Default: `off`; `on` needs SMTP_URL, as above. */
  readonly signInByMail: 'on' | 'off'
  /** REFRESH_COOKIE: who sees the refresh cookie. Default: `family`. */
  readonly refreshCookie: RefreshCookieScope
  /** COOKIE_PREFIX: default `__Secure-jwt` over https and `jwt` over http. */
  readonly cookiePrefix: string | undefined
  /** PREVIOUS_COOKIES: other names and domains that the cookies had before, which are cleared too. Default: none. */
  readonly previousCookies: readonly PreviousCookies[]
  /** SIGNING_ALG: of keys made from now on. Default: `ES256`. */
  readonly signingAlg: SigningAlgorithm
  /** SMTP_URL: the mail server, `smtp://…` or `smtps://…`. Without one, mail is kept and not sent. */
  readonly smtp: SmtpServer | undefined
  /** MAIL_FROM: whom mails are from, `Name <address>`, or `address` and BRAND_NAME. Required with SMTP_URL. */
  readonly mailFrom: MailSender | undefined
  /** KEY_MAX_AGE: how long a key signs before the next one does. Default: 7776000, 90 days. */
  readonly keyMaxAge: number
  /** PLACES_DATABASE: path of a database of places (.mmdb), for the list of devices. Default: none. */
  readonly placesDatabase: string | undefined
  /** BRAND_NAME, BRAND_LOGO, BRAND_CSS and FOOTER_LINKS. Default: Latchkey's own look, and no links. */
  readonly brand: Brand
  /** TRUSTED_PROXIES: addresses of proxies whose X-Forwarded-For and X-Request-Id count. Default: none. */
  readonly trustedProxies: readonly TrustedRange[]
  /** LOG_LEVEL: pino's. Default: `info`. */
  readonly logLevel: string
}

/** The settings can't be used. Its message lists every problem and how to mend it; it never holds a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'invalid_config'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const fit = problems.map(withoutPasswords)
    super(["The auth service can't start:", ...fit].join('\n  - '))
    this.problems = fit
  }
}

/** Without user and password in addresses: any setting may have been given what belongs to another one. */
const withoutPasswords = (text: string): string => text.replace(/:\/\/(?!user:password@)[^\s"]*@/g, '://…@')

export type Environment = Readonly<Record<string, string | undefined>>

const MINUTE = 60
const DAY = 24 * 60 * MINUTE
/** Browsers keep no cookie for longer (RFC 6265bis, section 5.5). */
const LONGEST = 400 * DAY

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/**
 * Reads the settings from the environment; an empty variable counts as not set.
 * @throws ConfigError listing all problems at once
 */
export function readConfig(env: Environment): Config {
  const problems: string[] = []
  const take = <Value>(read: Result<Value, string>, fallback: Value): Value => {
    if (read.ok) return read.value
    problems.push(read.reason)
    return fallback
  }
  const among = <const Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice) =>
    take(readChoice(name, env[name], choices, fallback), fallback)
  const seconds = (name: string, fallback: number, least: number, most: number) =>
    take(readWhole(name, env[name], fallback, least, most), fallback)

  const authUrl = take(readOrigin('AUTH_URL', env.AUTH_URL, 'https://auth.example.com'), '')
  const https = authUrl.startsWith('https:')
  const cookieDomain = take(readCookieDomain(env.COOKIE_DOMAIN, authUrl), '')
  const host = authUrl && new URL(authUrl).hostname
  const brandName = take(readBrandName(env.BRAND_NAME), '')
  const config: Config = {
    authUrl,
    https,
    cookieDomain,
    databaseUrl: take(readDatabaseUrl(env.DATABASE_URL), ''),
    databaseUrlDirect: take(readDirectUrl(env.DATABASE_URL_DIRECT, env.DATABASE_URL), undefined),
    secretKey: take(readSecret(env.SECRET_KEY), ''),
    secretKeyFallbacks: take(readFallbacks(env.SECRET_KEY_FALLBACKS), []),
    host: env.HOST || '127.0.0.1',
    port: take(readWhole('PORT', env.PORT, 4000, 0, 65_535), 0),
    internalPort: env.INTERNAL_PORT
      ? take(readWhole('INTERNAL_PORT', env.INTERNAL_PORT, 0, 0, 65_535), 0)
      : undefined,
    internalHost: env.INTERNAL_HOST || '127.0.0.1',
    accessTtl: seconds('ACCESS_TTL', 5 * MINUTE, 2, 60 * MINUTE),
    refreshTtl: seconds('REFRESH_TTL', 5 * DAY, MINUTE, LONGEST),
    sessionMaxAge: seconds('SESSION_MAX_AGE', 30 * DAY, 2, LONGEST),
    registration: among('REGISTRATION', ['open', 'invite', 'closed'], 'open'),
    passwordHasher: among('PASSWORD_HASHER', PASSWORD_HASHERS, 'bcrypt_sha256'),
    passwordMinLength: take(
      readWhole('PASSWORD_MIN_LENGTH', env.PASSWORD_MIN_LENGTH, SHORTEST_MINIMUM, SHORTEST_MINIMUM, 64),
      SHORTEST_MINIMUM,
    ),
    deletionGrace: seconds('DELETION_GRACE', 14 * DAY, 0, LONGEST),
    unconfirmedTtl: seconds('UNCONFIRMED_TTL', 7 * DAY, DAY, LONGEST),
    emailVerification: among(
      'EMAIL_VERIFICATION',
      ['required', 'optional'],
      env.SMTP_URL ? 'required' : 'optional',
    ),
    signInByMail: among('SIGN_IN_BY_MAIL', ['on', 'off'], 'off'),
    refreshCookie: among('REFRESH_COOKIE', ['family', 'auth'], 'family'),
    cookiePrefix: take(readCookiePrefix(env.COOKIE_PREFIX, https), undefined),
    previousCookies: take(readPreviousCookies(env.PREVIOUS_COOKIES, { host, https, cookieDomain }), []),
    signingAlg: among('SIGNING_ALG', ['ES256', 'RS256', 'EdDSA'], 'ES256'),
    smtp: take(readSmtpUrl(env.SMTP_URL), undefined),
    mailFrom: take(readMailFrom(env.MAIL_FROM, Boolean(env.SMTP_URL), brandName), undefined),
    keyMaxAge: seconds('KEY_MAX_AGE', 90 * DAY, DAY, LONGEST),
    placesDatabase: env.PLACES_DATABASE || undefined,
    brand: {
      name: brandName,
      logo: take(readLogo(env.BRAND_LOGO), undefined),
      css: take(readBrandCss(env.BRAND_CSS), undefined),
      links: take(readFooterLinks(env.FOOTER_LINKS), []),
    },
    trustedProxies: take(readTrustedProxies(env.TRUSTED_PROXIES), []),
    logLevel: among('LOG_LEVEL', LOG_LEVELS, 'info'),
  }
  problems.push(...contradictions(config))
  if (env.INTERNAL_HOST && config.internalPort === undefined) {
    problems.push(
      'INTERNAL_HOST is set, but INTERNAL_PORT is not. Set INTERNAL_PORT, e.g. to 4001, or leave both out',
    )
  }
  if (authUrl && !env.SMTP_URL && !hasMailbox(config)) problems.push(...mailsThatNobodyGets(config))
  if (problems.length > 0) throw new ConfigError(problems)
  return config
}

/** The names of the two cookies of this service. */
export const configuredCookieNames = ({ https, cookiePrefix, refreshCookie }: Config) =>
  cookieNames({ https, prefix: cookiePrefix, refreshScope: refreshCookie })

const good = <Value>(value: Value) => ({ ok: true, value }) as const
const bad = (reason: string) => ({ ok: false, reason }) as const

function readChoice<Choice extends string>(
  name: string,
  value: string | undefined,
  choices: readonly Choice[],
  fallback: Choice,
): Result<Choice, string> {
  if (!value) return good(fallback)
  const choice = choices.find((known) => known === value)
  return choice === undefined
    ? bad(
        `${name} is ${quoted(value)}. Set it to one of: ${choices.join(', ')}; or leave it out for ${fallback}`,
      )
    : good(choice)
}

function readWhole(
  name: string,
  value: string | undefined,
  fallback: number,
  least: number,
  most: number,
): Result<number, string> {
  if (!value) return good(fallback)
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
  return number >= least && number <= most
    ? good(number)
    : bad(
        `${name} is ${quoted(value)}. Set it to a whole number from ${least} to ${most}; or leave it out for ${fallback}`,
      )
}

const SHORTEST_SECRET = 32

function readSecret(value: string | undefined): Result<string, string> {
  const remedy = 'Make one with: openssl rand -base64 48'
  if (!value) return bad(`SECRET_KEY is not set. ${remedy}`)
  if (value.includes(',') || value.trim() !== value) {
    return bad(
      `SECRET_KEY has a comma, or white space around it, so that SECRET_KEY_FALLBACKS could not name it one day. ${remedy}`,
    )
  }
  return value.length >= SHORTEST_SECRET
    ? good(value)
    : bad(`SECRET_KEY has ${value.length} characters and needs at least ${SHORTEST_SECRET}. ${remedy}`)
}

function readFallbacks(value: string | undefined): Result<readonly string[], string> {
  const secrets = value ? value.split(',').map((secret) => secret.trim()) : []
  const short = secrets.findIndex((secret) => secret.length < SHORTEST_SECRET)
  return short === -1
    ? good(secrets)
    : bad(
        `SECRET_KEY_FALLBACKS holds ${secrets[short]?.length} characters as number ${short + 1}, and none shorter than ` +
          `${SHORTEST_SECRET} was ever a SECRET_KEY. Give earlier ones, whole and separated by commas, or leave it out`,
      )
}

function readCookiePrefix(value: string | undefined, https: boolean): Result<string | undefined, string> {
  if (!value) return good(undefined)
  if (!isCookiePrefix(value)) {
    return bad(
      `COOKIE_PREFIX is ${quoted(value)}. Use 1 to 64 letters, digits and -._~, and not __Host-, which no domain can share`,
    )
  }
  return !https && /^__secure-/i.test(value)
    ? bad(
        'COOKIE_PREFIX starts with __Secure-, which browsers refuse over http. Choose another, or use https',
      )
    : good(value)
}

function readCookieDomain(value: string | undefined, authUrl: string): Result<string, string> {
  const example = 'e.g. example.com for https://auth.example.com'
  if (!value)
    return bad(`COOKIE_DOMAIN is not set. Set it to the domain that all apps are at or below, ${example}`)
  const domain = hostname(value)
  if (domain !== value) {
    const meant = domain ?? hostname(value.replace(/^\./, ''))
    return bad(
      `COOKIE_DOMAIN is ${quoted(value)}. Give a bare domain in lower case, without dot in front, scheme or port${meant ? `: ${meant}` : `, ${example}`}`,
    )
  }
  if (/^[\d.]+$|^\[/.test(domain)) {
    return bad(
      `COOKIE_DOMAIN is ${domain}: addresses have no subdomains to share cookies with. Use a name, ${example}`,
    )
  }
  // Private suffixes too: under github.io everybody is a stranger.
  if (getPublicSuffix(domain, { allowPrivateDomains: true }) === domain) {
    return bad(
      `COOKIE_DOMAIN is ${domain}, a public suffix: browsers refuse cookies for it. Use a domain below it, ` +
        (domain === 'localhost'
          ? 'e.g. demo.localhost for http://auth.demo.localhost'
          : `e.g. yours.${domain}`),
    )
  }
  const host = authUrl && new URL(authUrl).hostname
  return host && !isWithinDomain(host, domain)
    ? bad(
        `COOKIE_DOMAIN is ${domain}, but AUTH_URL's host ${host} is neither that nor below it. Set it to ${parent(host)}`,
      )
    : good(domain)
}

/** The host as URL parsers write it, or `null` where the text is more, or less, than a host. */
function hostname(text: string): string | null {
  if (!/^[^\s/?#@\\:.][^\s/?#@\\:]*$/.test(text) || !URL.canParse(`http://${text}`)) return null
  return new URL(`http://${text}`).hostname
}

/** What the family's domain most likely is: without the first label, unless only a public suffix is left. */
function parent(host: string): string {
  const above = host.slice(host.indexOf('.') + 1)
  return getPublicSuffix(above, { allowPrivateDomains: true }) === above ? host : above
}

/** What would wait for a mail where none is sent, and none shown. */
function mailsThatNobodyGets({ emailVerification, signInByMail }: Config): string[] {
  return [
    emailVerification === 'required' &&
      'EMAIL_VERIFICATION is required, but SMTP_URL is not set: nobody could confirm an address, and sign in. ' +
        'Set SMTP_URL to your mail server, or EMAIL_VERIFICATION to optional',
    signInByMail === 'on' &&
      'SIGN_IN_BY_MAIL is on, but SMTP_URL is not set: no link or code would reach anybody. ' +
        'Set SMTP_URL to your mail server, or leave SIGN_IN_BY_MAIL out',
  ].filter((problem) => problem !== false)
}

function contradictions(config: Config): string[] {
  const { accessTtl, refreshTtl, sessionMaxAge, host, port, internalHost, internalPort } = config
  return [
    internalPort !== undefined &&
      internalPort !== 0 &&
      internalPort === port &&
      internalHost === host &&
      `INTERNAL_PORT is ${internalPort}, as PORT is, at the same address. Choose another one, which your proxy does not publish`,
    accessTtl > refreshTtl &&
      `ACCESS_TTL (${accessTtl}) is longer than REFRESH_TTL (${refreshTtl}). Make it shorter: what is signed can't be taken back`,
    refreshTtl > sessionMaxAge &&
      `REFRESH_TTL (${refreshTtl}) is longer than SESSION_MAX_AGE (${sessionMaxAge}). Make it at most that`,
  ].filter((problem) => problem !== false)
}
