import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blocksOf } from '../docs/pages.ts'
import { findDjango } from '../support/django.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor } from '../support/visitor.ts'

const PREFIX = 'org.breakthesystem.jwt'
let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ COOKIE_PREFIX: PREFIX })
})
afterAll(() => family?.close())

const [, block = ''] =
  /^SIMPLE_JWT = (\{[\s\S]*?^\})/m.exec(
    blocksOf('docs/django.md').find(({ code }) => code.startsWith('SIMPLE_JWT'))?.code ?? '',
  ) ?? []

/** The settings of the page, for another auth service. */
const simpleJwt = (changes: Record<string, string> = {}) => {
  const { AUDIENCE, ...settings } = JSON.parse(block.replace(/,\s*\}$/, '}'))
  const { port } = new URL(family.auth.url)
  expect(AUDIENCE).toBe('example.com')
  return {
    ...settings,
    // Python asks DNS for names under localhost.
    JWK_URL: settings.JWK_URL.replace('https://auth.example.com', `http://127.0.0.1:${port}`),
    ISSUER: family.auth.url,
    AUDIENCE: 'demo.localhost',
    ...changes,
  }
}

interface Answers {
  readonly article: readonly unknown[]
  readonly bearer: readonly unknown[]
  readonly latchkey: readonly unknown[]
  readonly renewed: readonly unknown[]
  readonly rows: number
}

function ask(tokens: object, settings: object): Answers {
  const input = JSON.stringify({
    ...tokens,
    login_url: `${family.auth.url}/login`,
    own_url: 'http://app3.demo.localhost:4005',
  })
  const args = ['-B', resolve(import.meta.dirname, 'article_site.py'), JSON.stringify(settings)]
  const { status, stdout, stderr } = spawnSync(findDjango(), args, { encoding: 'utf8', input })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

it('The article’s middleware, REST framework and our client take the cookies of one auth service', async () => {
  const visitor = createVisitor()
  const email = 'ada@example.com'
  const registered = await visitor.request(`${family.auth.url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({
      email,
      password: 'a long walk by the sea',
      first_name: 'Ada',
      last_name: 'Lovelace',
    }),
  })
  expect(registered.status).toBe(201)
  const tokens = {
    access: await visitor.cookie(family.auth.url, `${PREFIX}.access`),
    refresh: await visitor.cookie(family.auth.url, `${PREFIX}.refresh`),
  }
  const answers = ask(tokens, simpleJwt())
  const user = { username: expect.stringMatching(/^[0-9a-f-]{36}$/), email }
  const anonymous = { username: '', email: '' }
  expect(answers).toEqual({
    article: [user, anonymous],
    bearer: [{ username: user.username }, 401],
    latchkey: [user, anonymous],
    renewed: [user, [`${PREFIX}.access`, `${PREFIX}.refresh`]],
    rows: 1,
  })
  const elsewhere = ask(tokens, simpleJwt({ AUDIENCE: 'example.com' }))
  expect([elsewhere.article[0], elsewhere.bearer[0]]).toEqual([anonymous, 401])
  const other = ask(tokens, simpleJwt({ ISSUER: 'https://auth.example.com' }))
  expect([other.article[0], other.bearer[0]]).toEqual([anonymous, 401])
})
