import { createHmac, createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../docs/recipe-modules.ts'
import { findDjango } from '../support/django.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { findProgram } from '../support/programs.ts'
import { startProgram, tempApp } from '../support/temp-app.ts'
import {
  ADA,
  accessPayload,
  COOKIE_DOMAIN,
  ISSUER,
  refreshHeader,
  refreshPayload,
  testKey,
} from '../support/tokens.ts'

const PAGE = 'docs/other-languages.md'
const PASSWORD = 'a long walk by the sea'
/** In seconds; the pages have 30. */
const PAUSE = 0.5

interface Language {
  readonly name: string
  readonly file: string
  readonly program: () => string
  /** Reads Cookie headers in JSON, one a line, and prints the email of each, or an empty line. */
  readonly driver: string
}

const LANGUAGES: readonly Language[] = [
  {
    name: 'Python',
    file: 'latchkey.py',
    program: findDjango,
    driver: `import json, sys
from latchkey import Latchkey
issuer, audience, url = sys.argv[1:]
web = Latchkey(issuer, audience, "jwt.access", url, ${PAUSE})
for line in sys.stdin:
    claims = web.user_of(json.loads(line))
    print(claims["user_email"] if claims else "", flush=True)
`,
  },
  {
    name: 'PHP',
    file: 'latchkey.php',
    program: () => findProgram('php'),
    driver: `<?php
require 'latchkey.php';
[, $issuer, $audience, $url] = $argv;
$web = new Latchkey($issuer, $audience, 'jwt.access', $url, ${PAUSE});
while (($line = fgets(STDIN)) !== false) echo $web->userOf(json_decode($line))['user_email'] ?? '', "\\n";
`,
  },
  {
    name: 'Ruby',
    file: 'latchkey.rb',
    program: () => findProgram('ruby'),
    driver: `require_relative 'latchkey'
issuer, audience, url = ARGV
web = Latchkey.new(issuer: issuer, audience: audience, cookie: 'jwt.access', keys_url: url, pause: ${PAUSE})
$stdout.sync = true
$stdin.each_line { |line| puts((web.user_of(JSON.parse(line)) || {})['user_email'].to_s) }
`,
  },
]

/** Starts the page's verifier; the function returns the email that it finds in a Cookie header. */
function startVerifier(
  { file, program, driver }: Language,
  issuer: string,
  audience: string,
  keysUrl: string,
) {
  const end = file.slice(file.lastIndexOf('.'))
  const folder = tempApp({ [file]: codeOf(PAGE, file), [`drive${end}`]: driver })
  const started = startProgram(
    program(),
    folder,
    [`drive${end}`, issuer, audience, keysUrl],
    {},
    (text) => text,
  )
  const { stdout, stdin } = started.child
  if (!stdout || !stdin) throw new Error('no pipes')
  const lines = createInterface(stdout)[Symbol.asyncIterator]()
  return async (cookie: string): Promise<string> => {
    stdin.write(`${JSON.stringify(cookie)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error(started.output())
    return value
  }
}

const now = () => Math.floor(Date.now() / 1000)
const payload = (changes: Record<string, unknown> = {}) =>
  accessPayload({ iat: now(), exp: now() + 300, ...changes })
const cookie = (...tokens: string[]) =>
  ['other=1', ...tokens.map((token) => `jwt.access=${token}`)].join('; ')

describe.each(LANGUAGES)('The verifier of the page for $name', (language) => {
  let server: Server
  let keys: Awaited<ReturnType<typeof testKey>>[]
  let asked = 0
  let isUp = true
  beforeAll(async () => {
    keys = [await testKey('key-1')]
    server = createServer((_request, response) => {
      asked++
      response.statusCode = isUp ? 200 : 503
      response.end(isUp ? JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }) : 'down')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterAll(() => void server.close())
  const start = () =>
    startVerifier(
      language,
      ISSUER,
      COOKIE_DOMAIN,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    )

  it('knows users, and no forged, expired or misused token', async () => {
    const [key] = keys
    if (!key) throw new Error('no key')
    const emailIn = start()
    const stranger = await testKey('key-1')
    const good = key.sign(payload())
    const head = (header: object) => Buffer.from(JSON.stringify(header)).toString('base64url')
    const body = Buffer.from(JSON.stringify(payload())).toString('base64url')
    const pem = createPublicKey({ key: key.publicJwk as never, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    const hmacInput = `${head({ alg: 'HS256', kid: 'key-1', typ: 'at+jwt' })}.${body}`
    const bob = { user_uuid: '11111111-2222-3333-4444-555555555555', user_email: 'bob@example.com' }
    const cases: readonly (readonly [what: string, header: string, email: string])[] = [
      ['a good token', cookie(good), ADA.email],
      ['a leeway of 30 s', cookie(key.sign(payload({ iat: now() - 320, exp: now() - 20 }))), ADA.email],
      ['the same token twice', cookie(good, good), ADA.email],
      ['a good one beside a forged one', cookie(stranger.sign(payload(bob)), good), ADA.email],
      ['nothing', '', ''],
      ['no cookie of ours', 'other=1; xjwt.access=1', ''],
      ['an expired token', cookie(key.sign(payload({ iat: now() - 400, exp: now() - 60 }))), ''],
      ['a token from the future', cookie(key.sign(payload({ iat: now() + 120, exp: now() + 400 }))), ''],
      ['a tampered token', cookie(`${good.slice(0, -6)}AAAAAA`), ''],
      [
        'other claims under the same signature',
        cookie(good.replace(/\.[^.]+\./, `.${body}.`).slice(0, -1)),
        '',
      ],
      ['a token of another key', cookie(stranger.sign(payload())), ''],
      ['another audience', cookie(key.sign(payload({ aud: 'elsewhere.example' }))), ''],
      ['another issuer', cookie(key.sign(payload({ iss: 'https://elsewhere.example' }))), ''],
      [
        'a refresh token',
        cookie(key.sign(refreshPayload({ exp: now() + 300, iat: now() }), refreshHeader(key))),
        '',
      ],
      ['a refresh token with our claims', cookie(key.sign(payload(), refreshHeader(key))), ''],
      ['another kind of token', cookie(key.sign(payload({ token_type: 'refresh' }))), ''],
      ['no expiry', cookie(key.sign({ ...payload(), exp: undefined })), ''],
      ['alg none', cookie(`${head({ alg: 'none', kid: 'key-1', typ: 'at+jwt' })}.${body}.`), ''],
      [
        'HS256 with the public key',
        cookie(`${hmacInput}.${createHmac('sha256', pem).update(hmacInput).digest('base64url')}`),
        '',
      ],
      ['two users', cookie(good, key.sign(payload(bob))), ''],
      ['five cookies', cookie(good, good, good, good, good), ''],
      ['no token at all', cookie('a.b.c', '', '...', 'ä'), ''],
    ]
    for (const [what, header, email] of cases) expect(await emailIn(header), what).toBe(email)
  })

  it('fetches the keys again for an unknown one, seldom, and keeps them while the service is down', async () => {
    const emailIn = start()
    const [first] = keys
    const next = await testKey('key-2')
    const unknown = await testKey('key-9')
    expect(await emailIn(cookie(first?.sign(payload()) ?? ''))).toBe(ADA.email)
    const before = asked
    for (let at = 0; at < 20; at++) expect(await emailIn(cookie(unknown.sign(payload())))).toBe('')
    expect(asked - before).toBeLessThanOrEqual(2)
    keys = [next]
    await eventually(async () => expect(await emailIn(cookie(next.sign(payload())))).toBe(ADA.email))
    isUp = false
    const since = asked
    await eventually(async () => {
      expect(await emailIn(cookie(unknown.sign(payload())))).toBe('')
      expect(asked).toBeGreaterThan(since)
    })
    expect(await emailIn(cookie(next.sign(payload())))).toBe(ADA.email)
    isUp = true
    keys = [first as (typeof keys)[number]]
  })
})

describe('The verifiers of the page, and a running auth service', () => {
  let family: RunningFamily
  beforeAll(async () => {
    family = await startFamily({ PASSWORD_HASHER: 'argon2id' }, { apps: false })
  })
  afterAll(() => family?.close())

  it('know its users, also after its keys were rotated', async () => {
    const url = `http://127.0.0.1:${new URL(family.auth.url).port}/.well-known/jwks.json`
    const verifiers = LANGUAGES.map((one) => startVerifier(one, family.auth.url, COOKIE_DOMAIN, url))
    let count = 0
    const register = async () => {
      const email = `person-${++count}@example.com`
      const headers = { 'content-type': 'application/json', accept: 'application/json' }
      const body = JSON.stringify({ email, password: PASSWORD })
      const answer = await send(`${family.auth.url}/register`, { method: 'POST', headers, body })
      const lines = (answer.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] as string)
      const token = lines.find((line) => line.startsWith('jwt.access='))?.slice('jwt.access='.length) ?? ''
      const [head = ''] = token.split('.')
      return {
        email,
        cookies: lines.join('; '),
        kid: JSON.parse(Buffer.from(head, 'base64url').toString()).kid,
      }
    }
    const ada = await register()
    for (const emailIn of verifiers) expect(await emailIn(ada.cookies)).toBe(ada.email)
    await family.administer((service) => service.keys.rotate({ force: true }))
    const bob = await eventually(async () => {
      const one = await register()
      expect(one.kid).not.toBe(ada.kid)
      return one
    })
    for (const emailIn of verifiers) {
      await eventually(async () => expect(await emailIn(bob.cookies)).toBe(bob.email))
      expect(await emailIn(ada.cookies)).toBe(ada.email)
    }
  })
})
