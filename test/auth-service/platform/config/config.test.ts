import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type Config,
  ConfigError,
  configuredCookieNames,
  readConfig,
} from '../../../../auth-service/src/platform/config/config.ts'
import { settingsRead } from '../../support/settings.ts'

const SECRET_KEY = 'only the tests know this secret of theirs'
const OLD_SECRET = 'what the tests had for a secret before'
const REQUIRED = { AUTH_URL: 'https://auth.example.com', COOKIE_DOMAIN: 'example.com', SECRET_KEY }

/** Every problem with the settings. */
function problemsOf(changes: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig({ ...REQUIRED, ...changes })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('The settings', () => {
  it('have three required values, and defaults for the rest', () => {
    expect(readConfig(REQUIRED)).toEqual({
      authUrl: 'https://auth.example.com',
      https: true,
      cookieDomain: 'example.com',
      databaseUrl: 'file:latchkey.sqlite',
      databaseUrlDirect: undefined,
      secretKey: SECRET_KEY,
      secretKeyFallbacks: [],
      host: '127.0.0.1',
      internalPort: undefined,
      internalHost: '127.0.0.1',
      port: 4000,
      accessTtl: 300,
      refreshTtl: 432_000,
      sessionMaxAge: 2_592_000,
      registration: 'open',
      passwordHasher: 'bcrypt_sha256',
      passwordMinLength: 8,
      deletionGrace: 1_209_600,
      refreshCookie: 'family',
      cookiePrefix: undefined,
      previousCookies: [],
      emailVerification: 'optional',
      signInByMail: 'off',
      signingAlg: 'ES256',
      smtp: undefined,
      mailFrom: undefined,
      apiTokenMaxAge: undefined,
      keyMaxAge: 7_776_000,
      unconfirmedTtl: 604_800,
      placesDatabase: undefined,
      brand: { name: 'Latchkey', logo: undefined, css: undefined, links: [] },
      trustedProxies: [],
      forwardAuthProxy: undefined,
      forwardAuthRules: { rules: [], permissions: {} },
      oidc: undefined,
      oidcClientMetadata: 'off',
      logLevel: 'info',
    } satisfies Config)
  })

  it('come from the environment', () => {
    const config = readConfig({
      AUTH_URL: 'http://auth.demo.localhost:4000/',
      COOKIE_DOMAIN: 'demo.localhost',
      SECRET_KEY,
      SECRET_KEY_FALLBACKS: `${OLD_SECRET}, ${OLD_SECRET}!`,
      DATABASE_URL: 'postgres://somebody:secret@db.internal:5432/auth?sslmode=require',
      DATABASE_URL_DIRECT: 'postgres://somebody:secret@db.internal:5433/auth',
      HOST: '::1',
      PORT: '0',
      INTERNAL_HOST: '10.0.0.7',
      INTERNAL_PORT: '4001',
      ACCESS_TTL: '60',
      REFRESH_TTL: '600',
      SESSION_MAX_AGE: '6000',
      REGISTRATION: 'closed',
      PASSWORD_HASHER: 'argon2id',
      PASSWORD_MIN_LENGTH: '15',
      DELETION_GRACE: '3600',
      SIGN_IN_BY_MAIL: 'on',
      REFRESH_COOKIE: 'auth',
      COOKIE_PREFIX: 'org.breakthesystem.jwt',
      PREVIOUS_COOKIES: 'jwt, old.jwt@auth.demo.localhost',
      SIGNING_ALG: 'EdDSA',
      SMTP_URL: 'smtp://mailer:secret@mail.internal',
      MAIL_FROM: 'Example <no-reply@example.com>',
      KEY_MAX_AGE: '86400',
      PLACES_DATABASE: '/var/lib/places.mmdb',
      BRAND_NAME: 'Example',
      BRAND_LOGO: 'auth-service/assets/icon.svg',
      BRAND_CSS: 'auth-service/assets/theme.css',
      FOOTER_LINKS: 'Imprint=/imprint',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      FORWARD_AUTH_PROXY: 'caddy',
      OIDC_CLIENT_METADATA: 'on',
      LOG_LEVEL: 'debug',
      PATH: '/usr/bin',
    })
    expect(config).toEqual({
      authUrl: 'http://auth.demo.localhost:4000',
      https: false,
      cookieDomain: 'demo.localhost',
      databaseUrl: 'postgres://somebody:secret@db.internal:5432/auth?sslmode=require',
      databaseUrlDirect: 'postgres://somebody:secret@db.internal:5433/auth',
      secretKey: SECRET_KEY,
      secretKeyFallbacks: [OLD_SECRET, `${OLD_SECRET}!`],
      host: '::1',
      port: 0,
      internalHost: '10.0.0.7',
      internalPort: 4001,
      accessTtl: 60,
      refreshTtl: 600,
      sessionMaxAge: 6000,
      registration: 'closed',
      passwordHasher: 'argon2id',
      passwordMinLength: 15,
      deletionGrace: 3600,
      emailVerification: 'required',
      signInByMail: 'on',
      refreshCookie: 'auth',
      cookiePrefix: 'org.breakthesystem.jwt',
      previousCookies: [
        { prefix: 'jwt', domain: 'demo.localhost' },
        { prefix: 'old.jwt', domain: 'auth.demo.localhost' },
      ],
      signingAlg: 'EdDSA',
      smtp: {
        host: 'mail.internal',
        port: 587,
        security: 'starttls',
        credentials: { user: 'mailer', password: 'secret' },
      },
      mailFrom: { name: 'Example', address: 'no-reply@example.com' },
      keyMaxAge: 86_400,
      unconfirmedTtl: 604_800,
      placesDatabase: '/var/lib/places.mmdb',
      brand: {
        name: 'Example',
        logo: { type: 'image/svg+xml', body: readFileSync('auth-service/assets/icon.svg') },
        css: readFileSync('auth-service/assets/theme.css', 'utf8'),
        links: [{ label: 'Imprint', href: '/imprint' }],
      },
      trustedProxies: [
        { address: '10.0.0.0', prefix: 8 },
        { address: '::1', prefix: 128 },
      ],
      forwardAuthProxy: 'caddy',
      forwardAuthRules: { rules: [], permissions: {} },
      oidcClientMetadata: 'on',
      logLevel: 'debug',
    })
    expect(configuredCookieNames(config)).toEqual({
      access: 'org.breakthesystem.jwt.access',
      refresh: 'org.breakthesystem.jwt.refresh',
    })
  })

  it.each([
    ['http://auth.demo.localhost:4100', undefined, 4100],
    ['http://auth.demo.localhost:4100', '4200', 4200],
    ['http://auth.demo.localhost', undefined, 80],
    ['http://auth.demo.localhost', '4000', 4000],
    ['https://auth.demo.localhost:4100', undefined, 4000],
    ['http://auth.example.com:4100', undefined, 4000],
  ])('%s with PORT=%s lets the service listen on %i', (AUTH_URL, PORT, port) => {
    const COOKIE_DOMAIN = new URL(AUTH_URL).hostname.replace('auth.', '')
    expect(readConfig({ ...REQUIRED, AUTH_URL, COOKIE_DOMAIN, PORT }).port).toBe(port)
  })

  it('count as unset when empty', () => {
    const empty = { PORT: '', DATABASE_URL: '', COOKIE_PREFIX: '', REGISTRATION: '', HOST: '', LOG_LEVEL: '' }
    expect(readConfig({ ...REQUIRED, ...empty })).toEqual(readConfig(REQUIRED))
  })

  it.each([
    [{ INTERNAL_PORT: '70000' }, /INTERNAL_PORT is "70000"\. Set it to a whole number from 0 to 65535/],
    [{ INTERNAL_HOST: '10.0.0.7' }, /INTERNAL_HOST is set, but INTERNAL_PORT is not/],
    [{ PORT: '4001', INTERNAL_PORT: '4001' }, /INTERNAL_PORT and PORT are both 4001/],
  ])('of the listener for apps are checked: %o', (settings, problem) => {
    expect(() => readConfig({ ...REQUIRED, ...settings })).toThrow(problem)
  })

  it('of the listener for apps may name the same port at another address', () => {
    const settings = { PORT: '4001', INTERNAL_PORT: '4001', INTERNAL_HOST: '10.0.0.7' }
    expect(readConfig({ ...REQUIRED, ...settings })).toMatchObject({ port: 4001, internalPort: 4001 })
  })

  it('are all requested at once when all are missing', () => {
    const read = () => readConfig({})
    expect(read).toThrow(ConfigError)
    expect(read).toThrow(/AUTH_URL is not set\..*\n.*COOKIE_DOMAIN is not set\..*\n.*SECRET_KEY is not set\./)
    expect(read).toThrow(expect.objectContaining({ code: 'invalid_config' }))
    expect(read).toThrow('Set it to the public origin, for example https://auth.example.com')
  })

  it('report all invalid values at once, each with a remedy', () => {
    const problems = problemsOf({
      AUTH_URL: 'auth.example.com',
      COOKIE_DOMAIN: '.example.com',
      SECRET_KEY: 'short',
      SECRET_KEY_FALLBACKS: `${OLD_SECRET},shorter`,
      DATABASE_URL: 'mysql://localhost',
      PORT: '99999',
      ACCESS_TTL: '5m',
      REFRESH_TTL: '-1',
      SESSION_MAX_AGE: '1e6',
      REGISTRATION: 'opne',
      REFRESH_COOKIE: 'Family',
      COOKIE_PREFIX: 'a b',
      SIGNING_ALG: 'HS256',
      SMTP_URL: 'mail.example.com',
      MAIL_FROM: 'nobody',
      KEY_MAX_AGE: '90d',
      BRAND_NAME: 'Ex<ample',
      BRAND_LOGO: 'missing.svg',
      BRAND_CSS: 'missing.css',
      FOOTER_LINKS: 'Imprint',
      TRUSTED_PROXIES: 'proxy.internal',
      LOG_LEVEL: 'verbose',
    })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'AUTH_URL',
      'COOKIE_DOMAIN',
      'BRAND_NAME',
      'DATABASE_URL',
      'SECRET_KEY',
      'SECRET_KEY_FALLBACKS',
      'PORT',
      'ACCESS_TTL',
      'REFRESH_TTL',
      'SESSION_MAX_AGE',
      'REGISTRATION',
      'REFRESH_COOKIE',
      'COOKIE_PREFIX',
      'SIGNING_ALG',
      'SMTP_URL',
      'MAIL_FROM',
      'KEY_MAX_AGE',
      'BRAND_LOGO',
      'BRAND_CSS',
      'FOOTER_LINKS',
      'TRUSTED_PROXIES',
      'LOG_LEVEL',
    ])
    for (const problem of problems)
      expect(problem).toMatch(/ (Set|Include|Use|Make|Write|List|Create|Choose|Remove) /)
  })

  it.each([
    { SECRET_KEY: 'hush' },
    { SECRET_KEY: ' hush that is long enough for a secret key' },
    { SECRET_KEY_FALLBACKS: 'hush' },
    { DATABASE_URL: 'postgress://somebody:hush@db.internal/auth' },
    { DATABASE_URL: 'postgres://somebody:hu/sh@db.internal/hush' },
    { DATABASE_URL: 'postgres://somebody:12?hush=@db.internal/auth' },
    { DATABASE_URL: 'postgres://somebody:12#hush@db.internal/auth' },
    {
      DATABASE_URL: 'postgres://db.internal/auth',
      DATABASE_URL_DIRECT: 'postgress://somebody:hush@db.internal/auth',
    },
    { SMTP_URL: 'mail.internal?hush' },
    { SMTP_URL: 'smtp://somebody:hush@mail.internal/hush?hush' },
    { SMTP_URL: 'smtp://somebody:100%hush@mail.internal' },
  ])('never reveal a possible secret: %o', (changes) => {
    const problems = problemsOf({ MAIL_FROM: 'no-reply@example.com', ...changes })
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.join()).not.toMatch(/hu\/?sh/)
  })

  it('never reveal the password in a URL, for any setting', () => {
    const addresses = [
      'https://somebody:hush@app.example.com/x',
      'postgres://somebody:hu@sh/hush@db/x y',
      'postgres://somebody:my hush@db/x',
      'postgres://somebody:"hush"@db/x',
      'somebody:hush@db',
    ]
    const told = settingsRead().flatMap((name) =>
      addresses.map((address) => problemsOf({ [name]: address }).join()),
    )
    expect(told.filter((problems) => /hush|hu@sh/.test(problems))).toEqual([])
    // Gives this test something to check: most messages quote the value.
    const quoting = settingsRead().filter((name) =>
      problemsOf({ [name]: 'no /such "thing' })
        .join()
        .includes('no /such'),
    )
    expect(quoting.length).toBeGreaterThan(15)
  })

  it.each([
    [{ EMAIL_VERIFICATION: 'required' }, /^EMAIL_VERIFICATION is required.* Set SMTP_URL .*or.* optional$/],
    [{ SIGN_IN_BY_MAIL: 'on' }, /^SIGN_IN_BY_MAIL is on.* Set SMTP_URL .*or leave SIGN_IN_BY_MAIL out$/],
  ])('that need email, such as %o, are rejected when email is off', (changes, problem) => {
    expect(problemsOf(changes)).toEqual([expect.stringMatching(problem)])
    expect(problemsOf({ ...changes, AUTH_URL: 'http://auth.example.com' })).toHaveLength(1)
    const mail = { SMTP_URL: 'smtp://mail.internal', MAIL_FROM: 'no-reply@example.com' }
    expect(problemsOf({ ...changes, ...mail })).toEqual([])
    // An unreadable URL is the only problem to fix then.
    expect(problemsOf({ ...changes, ...mail, SMTP_URL: 'mail' })).toEqual([
      expect.stringMatching(/^SMTP_URL/),
    ])
  })

  it("that need email are accepted when the dev inbox shows it on a developer's machine", () => {
    const here = { AUTH_URL: 'http://auth.demo.localhost:4000', COOKIE_DOMAIN: 'demo.localhost' }
    expect(problemsOf({ ...here, EMAIL_VERIFICATION: 'required', SIGN_IN_BY_MAIL: 'on' })).toEqual([])
  })

  it.each([
    { ACCESS_TTL: '3601' },
    { ACCESS_TTL: '1' },
    { REFRESH_TTL: '34560001', SESSION_MAX_AGE: '34560000' },
    { ACCESS_TTL: '30', REFRESH_TTL: '59' },
    { ACCESS_TTL: '600', REFRESH_TTL: '300' },
    { REFRESH_TTL: '600', SESSION_MAX_AGE: '300' },
    { SECRET_KEY: `${SECRET_KEY}, and a fallback could not say it` },
    { SECRET_KEY: ` ${SECRET_KEY}` },
    { SECRET_KEY_FALLBACKS: ',' },
    { SECRET_KEY_FALLBACKS: `${OLD_SECRET},` },
    { KEY_MAX_AGE: '86399' },
    { KEY_MAX_AGE: '34560001' },
    { PORT: '4000.5' },
    { PORT: ' 4000' },
    { AUTH_URL: 'https://auth.example.com/login' },
    { AUTH_URL: 'https://user:password@auth.example.com' },
    { AUTH_URL: 'ftp://auth.example.com' },
    { DATABASE_URL: 'latchkey.sqlite' },
    { DATABASE_URL: 'file:' },
    { DATABASE_URL: 'postgres://' },
    { COOKIE_PREFIX: '__Host-jwt' },
    { AUTH_URL: 'http://auth.example.com', COOKIE_PREFIX: '__Secure-jwt' },
  ])('%o are rejected', (changes) => {
    expect(problemsOf(changes).length).toBeGreaterThan(0)
  })

  it('that contradict each other are reported together with all other problems', () => {
    const problems = problemsOf({
      PORT: '4001',
      INTERNAL_PORT: '4001',
      ACCESS_TTL: '600',
      REFRESH_TTL: '300',
      SESSION_MAX_AGE: '200',
      SIGN_IN_BY_MAIL: 'on',
      LOG_LEVEL: 'verbose',
    })
    const names = ['LOG_LEVEL', 'INTERNAL_PORT', 'ACCESS_TTL', 'REFRESH_TTL', 'SIGN_IN_BY_MAIL']
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(names)
  })

  it('that are unreadable contradict no other', () => {
    const problems = problemsOf({ REFRESH_TTL: '5m', SESSION_MAX_AGE: '300' })
    expect(problems).toEqual([expect.stringMatching(/^REFRESH_TTL is "5m"/)])
  })

  it.each([
    'file:latchkey.sqlite',
    'file:///var/lib/latchkey.sqlite',
    ':memory:',
    'postgresql://localhost/x',
  ])('accept the database %s', (DATABASE_URL) => {
    expect(problemsOf({ DATABASE_URL })).toEqual([])
  })
})

describe('The cookie domain', () => {
  const domainProblems = (AUTH_URL: string, COOKIE_DOMAIN: string) => problemsOf({ AUTH_URL, COOKIE_DOMAIN })

  it.each([
    ['https://auth.example.com', 'example.com'],
    ['https://auth.example.com', 'auth.example.com'],
    ['https://example.com', 'example.com'],
    ['https://a.b.example.co.uk', 'example.co.uk'],
    ['https://auth.yours.github.io', 'yours.github.io'],
    ['http://auth.demo.localhost:4000', 'demo.localhost'],
    ['https://auth.intra.corp', 'intra.corp'],
    ['https://auth.b\u00FCcher.example', 'xn--bcher-kva.example'],
  ])("for %s can be %s: the service's host or above it", (authUrl, domain) => {
    expect(domainProblems(authUrl, domain)).toEqual([])
  })

  it.each([
    ['https://auth.example.com', 'com', /public suffix/],
    ['https://auth.example.co.uk', 'co.uk', /public suffix/],
    ['https://auth.github.io', 'github.io', /public suffix.*yours\.github\.io/],
    ['http://auth.localhost:4000', 'localhost', /public suffix.*demo\.localhost/],
    ['https://auth.corp', 'corp', /public suffix/],
    ['https://auth.example.com', 'example.org', /is not at or under it\. Set it to example\.com/],
    ['https://auth.example.com', 'xample.com', /is not at or under it/],
    ['https://example.com', 'auth.example.com', /is not at or under it\. Set it to example\.com/],
    ['https://auth.example.com', '.example.com', /without leading dot, scheme or port: example\.com/],
    ['https://auth.example.com', 'Example.com', /in lower case.*: example\.com/],
    ['https://auth.example.com', 'https://example.com', /bare domain/],
    ['https://auth.example.com', 'example.com:443', /bare domain/],
    ['https://auth.example.com', 'example.com/', /bare domain/],
    ['https://auth.b\u00FCcher.example', 'b\u00FCcher.example', /: xn--bcher-kva\.example/],
    ['http://127.0.0.1:4000', '127.0.0.1', /an IP address has no subdomains/],
    ['http://[::1]:4000', '[::1]', /bare domain|addresses/],
    ['https://auth.example.com', 'exa mple.com', /bare domain/],
  ])('for %s cannot be %s', (authUrl, domain, why) => {
    expect(domainProblems(authUrl, domain)).toEqual([expect.stringMatching(why)])
  })
})
