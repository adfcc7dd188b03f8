import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  cookieDomainFor,
  misfit,
  misfitOfOidc,
  readDevApp,
} from '../../../../auth-service/src/cli/dev/dev-apps.ts'
import { run } from '../../../../auth-service/src/cli/run.ts'

const domainOf = (...urls: string[]) => {
  const domain = cookieDomainFor(urls.map((url) => new URL(url)))
  return domain.ok ? domain.value : domain.reason
}

describe('The cookie domain of apps on this machine', () => {
  it.each([
    [['http://app1.team.localhost:3000'], 'team.localhost'],
    [['http://team.localhost:3000'], 'team.localhost'],
    [['http://team.localhost:3000', 'http://app1.team.localhost:3001'], 'team.localhost'],
    [['http://app1.team.localhost:3000', 'http://app1.team.localhost:3001'], 'team.localhost'],
    [['http://a.x.team.localhost', 'http://b.team.localhost'], 'team.localhost'],
    [['http://a.x.team.localhost'], 'x.team.localhost'],
  ])('of %j is %s', (urls, domain) => {
    expect(domainOf(...urls)).toBe(domain)
  })

  it('does not exist for apps with only localhost in common, whose better addresses are named', () => {
    expect(domainOf('http://a.localhost:3000', 'http://b.localhost:3001')).toMatch(
      /only localhost in common.*http:\/\/a\.team\.localhost:3000 and http:\/\/b\.team\.localhost:3001$/,
    )
  })
})

describe('An app is refused in words:', () => {
  it.each([
    ['localhost:3000', /Write it with http:\/\//],
    ['nonsense', /not the address of an app/],
    ['http://localhost:3000', /npx latchkey dev --app http:\/\/app\.team\.localhost:3000$/],
    ['http://127.0.0.1:3000', /Open the app as http:\/\/app\.team\.localhost:3000/],
    ['http://[::1]:3000/', /no cookies between ::1 and/],
    ['http://app1.example.com', /not on this machine.*on a server, run latchkey-auth\.$/],
    ['https://app1.team.localhost:3000', /is https, but this auth service is http/],
  ])('%s', (url, words) => {
    expect(readDevApp(url)).toEqual({ ok: false, reason: expect.stringMatching(words) })
  })

  it.each([
    ['http://app1.other.localhost:3000', /Open the app as http:\/\/app1\.team\.localhost:3000, or delete/],
    ['http://auth.team.localhost:3000', /name of the auth service itself/],
    ['http://app1.team.localhost:4000', /--port 5000$/],
  ])('%s beside the auth service at http://auth.team.localhost:4000', (url, words) => {
    expect(misfit(new URL(url), 'team.localhost', 'http://auth.team.localhost:4000')).toMatch(words)
  })

  it.each([
    ['http://app1.team.localhost:3000', /Run: npx latchkey dev --app http:\/\/app1\.team\.localhost:3000$/],
    ['http://partner.localhost:4000', /--port 5000$/],
    ['http://auth.team.localhost:3000', /name of the auth service itself/],
  ])('%s as an app on another domain', (url, words) => {
    expect(misfitOfOidc(new URL(url), 'team.localhost', 'http://auth.team.localhost:4000')).toMatch(words)
  })

  it.each(['http://partner.localhost:3000', 'http://localhost:3000', 'http://127.0.0.1:3000'])(
    '%s fits as an app on another domain',
    (url) => {
      const read = readDevApp(url, false)
      expect(read).toEqual({ ok: true, value: new URL(url) })
      expect(misfitOfOidc(new URL(url), 'team.localhost', 'http://auth.team.localhost:4000')).toBeNull()
    },
  )

  it('an app that stays on another domain is told of the option for it', () => {
    expect(
      misfit(new URL('http://partner.localhost:3000'), 'team.localhost', 'http://auth.team.localhost:4000'),
    ).toMatch(/npx latchkey dev --oidc-app http:\/\/partner\.localhost:3000$/)
  })

  it('one under the domain fits', () => {
    expect(
      misfit(new URL('http://a.b.team.localhost:1'), 'team.localhost', 'http://auth.team.localhost:4000'),
    ).toBeNull()
  })
})

it.each([
  [['dev'], {}, /Name your app: npx latchkey dev --app/],
  [['dev', '--app', 'http://a.b.localhost', '--port', 'x'], {}, /--port is "x"/],
  [
    ['dev', '--app', 'http://a.b.localhost'],
    { NODE_ENV: 'production' },
    /NODE_ENV is production.*latchkey-auth/,
  ],
])('latchkey %j with %j is refused', async (args, env, words) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => said.mockRestore())
  expect(await run(args, env)).toBe(1)
  expect(said.mock.lastCall?.[0]).toMatch(words)
})
