import { expect, it } from 'vitest'
import { cookieDomainFor, misfit, readDevApp } from '../../../../../auth-service/src/cli/dev/dev-apps.ts'
import { checkCookies } from '../../../../../auth-service/src/cli/doctor/checks/cookies-check.ts'
import { testConfig } from '../../../support/services.ts'

const HTTPS = { authUrl: 'https://auth.example.com', https: true, cookieDomain: 'example.com' }

const look = async (changes: Parameters<typeof testConfig>[0], ...apps: string[]) =>
  (
    await checkCookies(async (_, { host }) => host === 'partner.example.net')({
      config: testConfig(changes),
      internalUrl: null,
      apps: apps.map((url) => new URL(url)),
      now: Date.now,
    })
  ).map(({ status, what }) => [status, what])

it('accepts https everywhere under the domain', async () => {
  expect(await look(HTTPS, 'https://app1.example.com/', 'https://example.com/')).toEqual([
    ['ok', 'Cookies are for example.com, Secure, and cover all apps.'],
  ])
})

it("accepts http on one's own machine only", async () => {
  expect(await look({}, 'http://app1.demo.localhost:4001/')).toEqual([
    ['ok', expect.stringContaining('not Secure')],
  ])
  const open = { authUrl: 'http://auth.example.com', https: false, cookieDomain: 'example.com' }
  expect(await look(open)).toEqual([['warn', expect.stringContaining('sent unencrypted')]])
})

it('lists each app that cookies never reach, and why', async () => {
  expect(await look(HTTPS, 'http://app1.example.com/', 'https://app2.example.org/')).toEqual([
    ['fail', expect.stringContaining('http://app1.example.com is http, but AUTH_URL is https')],
    [
      'fail',
      expect.stringContaining('https://app2.example.org is not at or under COOKIE_DOMAIN=example.com'),
    ],
  ])
})

it('asks for no cookies at an app on another domain that uses OpenID Connect', async () => {
  expect(await look(HTTPS, 'https://partner.example.net/notes')).toEqual([
    ['ok', 'Cookies are for example.com, Secure.'],
  ])
  expect(await look(HTTPS, 'https://partner.example.net/notes', 'https://app1.example.com/')).toEqual([
    ['ok', 'Cookies are for example.com, Secure, and cover all apps except those with OpenID Connect.'],
  ])
})

it('warns when an app is safer than the auth service', async () => {
  expect(await look({}, 'https://app1.demo.localhost/')).toEqual([
    ['warn', expect.stringContaining('https://app1.demo.localhost is https, but AUTH_URL is http')],
  ])
})

const remedy = async (changes: Parameters<typeof testConfig>[0], app: string) => {
  const config = testConfig(changes)
  const target = { config, internalUrl: null, apps: [new URL(app)], now: Date.now }
  return (await checkCookies(async () => false)(target)).map((finding) => finding.remedy)
}

it('suggests a COOKIE_DOMAIN that covers both hosts, if one exists', async () => {
  const narrow = { ...HTTPS, cookieDomain: 'auth.example.com' }
  expect(await remedy(narrow, 'https://app1.example.com/')).toEqual([
    expect.stringMatching(/^Set COOKIE_DOMAIN=example\.com at the auth service/),
  ])
})

it.each([
  ['http://localhost:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts.*demo\.localhost:3000$/],
  ['http://app.demo.localhost:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['http://127.0.0.1:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['http://[::1]:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['https://app.example.org/', /No COOKIE_DOMAIN covers both.*move the app to a name under example\.com/],
  ['https://other.com/', /No COOKIE_DOMAIN covers both.*move the app/],
])('suggests no impossible COOKIE_DOMAIN for the app at %s', async (app, words) => {
  expect(await remedy(HTTPS, app)).toEqual([expect.stringMatching(words)])
})

it.each([
  'http://localhost:3000/',
  'http://localhost/',
  'http://127.0.0.1:3000/notes',
  'https://localhost:3000/',
  'http://board.other.localhost:3000/',
])('suggests a command for the app at %s that fits when it is pasted', async (app) => {
  const [text = ''] = await remedy(HTTPS, app)
  const [, pasted = ''] = /npx latchkey dev --app (\S+)$/.exec(text) ?? []
  const read = readDevApp(pasted)
  const url = new URL(pasted)
  expect(read).toEqual({ ok: true, value: url })
  expect(url.port).toBe(new URL(app).port)
  expect(text).toContain(`open the app at ${pasted}: `)

  const domain = cookieDomainFor([url])
  const cookieDomain = domain.ok ? domain.value : ''
  const authUrl = `http://auth.${cookieDomain}:4000`
  expect(misfit(url, cookieDomain, authUrl)).toBe(null)
  const config = { authUrl, https: false, cookieDomain }
  expect(await look(config, pasted)).toEqual([['ok', expect.stringContaining('cover all apps')]])
})

it('suggests no public suffix', async () => {
  const pages = { authUrl: 'https://auth.github.io', https: true, cookieDomain: 'auth.github.io' }
  expect(await remedy(pages, 'https://app.github.io/')).toEqual([
    expect.stringMatching(/No COOKIE_DOMAIN covers both/),
  ])
})
