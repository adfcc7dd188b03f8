import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { RULES } from '../../auth-service/src/accounts/rate-limit-rules.ts'
import {
  type Config,
  configuredCookieNames,
  readConfig,
} from '../../auth-service/src/platform/config/config.ts'
import { middlewareOptions, serviceSettings, withSettingsTables } from '../../scripts/settings-tables.ts'
import { settingsRead } from '../auth-service/support/settings.ts'

const SETTINGS = readFileSync('docs/settings.md', 'utf8')
const SECURITY = readFileSync('docs/security.md', 'utf8')
const REQUIRED = {
  AUTH_URL: 'https://auth.example.com',
  COOKIE_DOMAIN: 'example.com',
  SECRET_KEY: 'only the tests know this secret of theirs',
}
const MAIL = { SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'no-reply@example.com' }

/** The cells of the first table after a line, without its headings. */
function tableAfter(line: string, page = SETTINGS): string[][] {
  const [, after = ''] = page.split(`\n${line}`)
  const [table = ''] = /^\|.*\n\|[-|]+\n(?:\|.*\n)+/m.exec(after) ?? []
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.trim()),
    )
}

/** The default of each setting, according to the page. */
const defaults = new Map(
  tableAfter('## Settings of the auth service').map(([name = '', fallback = '']): [string, string] => [
    name.replaceAll('`', ''),
    fallback,
  ]),
)

const withDefault = (name: string, value: string, more = {}) =>
  readConfig({ ...REQUIRED, ...more, [name]: value })

/** `` `open` `` and `` `432000` (5 days) ``, without explanations. */
const valueIn = (text: string): string | undefined => /^`([^`]+)`(?: \(.+\))?$/.exec(text)?.[1]

/** The text for a setting without a default. */
const UNSET: Readonly<Record<string, (config: Config) => unknown>> = {
  DATABASE_URL_DIRECT: ({ databaseUrlDirect }) => databaseUrlDirect,
  SECRET_KEY_FALLBACKS: ({ secretKeyFallbacks }) => secretKeyFallbacks,
  SMTP_URL: ({ smtp }) => smtp,
  PREVIOUS_COOKIES: ({ previousCookies }) => previousCookies,
  PLACES_DATABASE: ({ placesDatabase }) => placesDatabase,
  BRAND_LOGO: ({ brand }) => brand.logo,
  BRAND_CSS: ({ brand }) => brand.css,
  FOOTER_LINKS: ({ brand }) => brand.links,
  INTERNAL_PORT: ({ internalPort }) => internalPort,
  TRUSTED_PROXIES: ({ trustedProxies }) => trustedProxies,
  API_TOKEN_MAX_AGE: ({ apiTokenMaxAge }) => apiTokenMaxAge,
  OIDC: ({ oidc }) => oidc,
  FORWARD_AUTH_PROXY: ({ forwardAuthProxy }) => forwardAuthProxy,
  FORWARD_AUTH_RULES: ({ forwardAuthRules }) => forwardAuthRules.rules,
}
const CONDITIONAL = ['COOKIE_PREFIX', 'EMAIL_VERIFICATION', 'MAIL_FROM', 'INTERNAL_HOST', 'PORT']

it('docs/settings.md has the tables that npm run docs makes', () => {
  expect(withSettingsTables(SETTINGS)).toBe(SETTINGS)
})

it('every setting and option describes its purpose and its values', () => {
  const settings = serviceSettings()
  expect(settings.map(({ name }) => name).sort()).toEqual(settingsRead().sort())
  for (const { name, text, values, default: fallback } of settings) {
    expect([text, values, fallback], name).not.toContain('')
  }
  expect(middlewareOptions().map(({ name }) => name)).toContain('loginUrl')
})

describe('docs/settings.md lists for the auth service', () => {
  it('every setting, and no other', () => {
    expect([...defaults.keys()].sort()).toEqual(settingsRead().sort())
  })

  it('the required settings', () => {
    const required = [...defaults].filter(([, text]) => text === 'required').map(([name]) => name)
    expect(required.sort()).toEqual(Object.keys(REQUIRED).sort())
    for (const name of required) {
      expect(() => readConfig({ ...REQUIRED, [name]: '' })).toThrow(`${name} is not set.`)
    }
  })

  it('the default of every other setting', () => {
    const rest = [...defaults].filter(([name, text]) => text !== 'required' && !CONDITIONAL.includes(name))
    const stated = rest.filter(([, text]) => valueIn(text) !== undefined)
    for (const [name, text] of stated) {
      expect(withDefault(name, valueIn(text) ?? ''), name).toEqual(readConfig(REQUIRED))
    }
    const none = rest.filter(([, text]) => valueIn(text) === undefined).map(([name]) => name)
    expect(none.sort()).toEqual(Object.keys(UNSET).sort())
    for (const [name, read] of Object.entries(UNSET)) {
      expect([undefined, []], name).toContainEqual(read(readConfig(REQUIRED)))
    }
  })

  it('the settings that depend on another', () => {
    expect(valueIn(defaults.get('INTERNAL_HOST') ?? '')).toBe(
      withDefault('INTERNAL_PORT', '4001').internalHost,
    )
    expect(defaults.get('PORT')).toBe(
      '`4000`; over http on `*.localhost`, the port in `AUTH_URL`, which is 80 if it has none',
    )
    expect(defaults.get('COOKIE_PREFIX')).toBe('`__Secure-jwt`; `jwt` over http')
    const http = { ...REQUIRED, AUTH_URL: 'http://auth.example.com' }
    expect(configuredCookieNames(readConfig(REQUIRED)).access).toBe('__Secure-jwt.access')
    expect(configuredCookieNames(readConfig(http)).access).toBe('jwt.access')
    expect(defaults.get('EMAIL_VERIFICATION')).toBe('`required` with `SMTP_URL`, else `optional`')
    expect(withDefault('EMAIL_VERIFICATION', 'optional')).toEqual(readConfig(REQUIRED))
    expect(withDefault('EMAIL_VERIFICATION', 'required', MAIL)).toEqual(readConfig({ ...REQUIRED, ...MAIL }))
    expect(defaults.get('MAIL_FROM')).toBe('required with `SMTP_URL`')
    expect(() => readConfig({ ...REQUIRED, SMTP_URL: MAIL.SMTP_URL })).toThrow('MAIL_FROM is not set')
    expect(readConfig(REQUIRED).mailFrom).toBeUndefined()
  })
})

describe('docs/security.md states the limits of', () => {
  const NUMBERS: Readonly<Record<string, number>> = { one: 1, ten: 10 }
  const SPANS: Readonly<Record<string, number>> = { minute: 60, minutes: 60, hour: 3600, day: 86_400 }

  /** Parses `5 in ten minutes, 30 a day, then one an hour` into rules. */
  function rulesIn(text: string) {
    const rules: (number | number[])[][] = []
    for (const phrase of text.replaceAll(/(?<=\d),(?=\d)/g, '').split(', ')) {
      const [, then, tries = '', count = 'one', span = ''] =
        /^(then )?(\d+|one) (?:an?|in (ten)) (\w+)$/.exec(phrase) ?? []
      const rule = [NUMBERS[tries] ?? Number(tries), (SPANS[span] ?? Number.NaN) * (NUMBERS[count] ?? 0)]
      if (then) rules.at(-1)?.push(rule)
      else rules.push(rule)
    }
    return rules
  }

  it.each([
    ['wrong passwords and six-digit codes', RULES.password],
    ['passwords and codes looked at, right or wrong', RULES.work],
    ['emails of each kind', RULES.mail],
    ['new accounts', RULES.registration],
    ['wrong credentials of an app there', RULES.client_failure],
    ['documents of apps that are fetched', RULES.client_document],
  ])('%s', (what, { email, device, network, site }) => {
    const [, ofAddress = '', ofNetwork = ''] =
      tableAfter('**Limits** are counted', SECURITY).find(([name]) => name === what) ?? []
    expect(ofAddress === '–' ? [] : rulesIn(ofAddress)).toEqual(email)
    expect(device).toEqual(email)
    expect(rulesIn(ofNetwork)).toEqual(network)
    expect(SECURITY.replaceAll('\n', ' ')).toContain('a /48 has three times the numbers of a network')
    expect(site).toEqual(network.map(([tries, seconds]) => [3 * tries, seconds]))
  })
})
