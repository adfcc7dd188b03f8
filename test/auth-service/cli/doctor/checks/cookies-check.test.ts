import { expect, it } from 'vitest'
import { checkCookies } from '../../../../../auth-service/src/cli/doctor/checks/cookies-check.ts'
import { testConfig } from '../../../support/services.ts'

const HTTPS = { authUrl: 'https://auth.example.com', https: true, cookieDomain: 'example.com' }

const look = async (changes: Parameters<typeof testConfig>[0], ...apps: string[]) =>
  (
    await checkCookies({
      config: testConfig(changes),
      internalUrl: null,
      apps: apps.map((url) => new URL(url)),
      now: Date.now,
    })
  ).map(({ status, what }) => [status, what])

it('accepts https everywhere below the domain', async () => {
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

it('warns when an app is safer than the auth service', async () => {
  expect(await look({}, 'https://app1.demo.localhost/')).toEqual([
    ['warn', expect.stringContaining('https://app1.demo.localhost is https, but AUTH_URL is http')],
  ])
})

const remedy = async (changes: Parameters<typeof testConfig>[0], app: string) => {
  const config = testConfig(changes)
  const target = { config, internalUrl: null, apps: [new URL(app)], now: Date.now }
  return (await checkCookies(target)).map((finding) => finding.remedy)
}

it('suggests a COOKIE_DOMAIN that covers both hosts, if one exists', async () => {
  const narrow = { ...HTTPS, cookieDomain: 'auth.example.com' }
  expect(await remedy(narrow, 'https://app1.example.com/')).toEqual([
    expect.stringMatching(/^Set COOKIE_DOMAIN=example\.com at the auth service/),
  ])
})

it.each([
  ['http://localhost:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts.*demo\.localhost/],
  ['http://app.demo.localhost:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['http://127.0.0.1:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['http://[::1]:3000/', /No COOKIE_DOMAIN covers both.*\/etc\/hosts/],
  ['https://app.example.org/', /No COOKIE_DOMAIN covers both.*move the app to a name under example\.com/],
  ['https://other.com/', /No COOKIE_DOMAIN covers both.*move the app/],
])('suggests no impossible COOKIE_DOMAIN for the app at %s', async (app, words) => {
  expect(await remedy(HTTPS, app)).toEqual([expect.stringMatching(words)])
})

it('suggests no public suffix', async () => {
  const pages = { authUrl: 'https://auth.github.io', https: true, cookieDomain: 'auth.github.io' }
  expect(await remedy(pages, 'https://app.github.io/')).toEqual([
    expect.stringMatching(/No COOKIE_DOMAIN covers both/),
  ])
})
