import type { ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { send } from '../support/http.ts'
import { accessPayload, type TestKey, testKey } from '../support/tokens.ts'
import { type App, startApp } from './support/app.ts'
import type { Pair } from './support/auth-service.ts'
import { faults } from './support/faults.ts'
import { type Front, openFront } from './support/front.ts'
import { openHouse } from './support/house.ts'

/** Seconds after which apps fetch the keys again. */
const STALE = 301

const json = (body: unknown) => (response: ServerResponse) =>
  typed('application/json', JSON.stringify(body))(response)
const typed = (type: string, body: string) => (response: ServerResponse) =>
  void response.writeHead(200, { 'content-type': type }).end(body)

/** Everything a key set response can be instead. `published` is the correct one. */
function poisons(
  published: string,
  evil: TestKey,
  elsewhere: string,
): [string, (response: ServerResponse) => void][] {
  const { keys } = JSON.parse(published) as { keys: Record<string, unknown>[] }
  const [first = {}] = keys
  return [
    ['empty', json({ keys: [] })],
    ['a page', typed('text/html', '<!doctype html><title>Sign in to the Wi-Fi</title>')],
    ['a page that claims to be JSON', typed('application/json', '<!doctype html>')],
    ['the keys as plain text', typed('text/plain', published)],
    ['ten megabytes', json({ keys, filler: 'x'.repeat(10_000_000) })],
    ['two keys of one kid', json({ keys: [...keys, { ...evil.publicJwk, kid: first.kid }] })],
    ['a redirect', (response) => void response.writeHead(302, { location: elsewhere }).end()],
    ['JSON of another kind', json([...keys])],
    ['half of it', typed('application/json', published.slice(0, published.length / 2))],
    [
      'broken off',
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': published.length })
        response.write(published.slice(0, 100), () => response.destroy())
      },
    ],
    ['private keys', json({ keys: keys.map((key) => ({ ...key, d: key.x })) })],
    [
      'symmetric keys',
      json({ keys: keys.map(({ kid }) => ({ kty: 'oct', alg: 'HS256', kid, k: 'c2VjcmV0' })) }),
    ],
    ['an error', (response) => void response.writeHead(500).end('no')],
  ]
}

it('apps keep the last good keys despite every poisoned key set, with one warning per new cause, even across a restart', async () => {
  const { auth, file, addApp, advance } = await openHouse()
  const random = faults.random('poison')
  const front = await openFront(auth.url)
  const app = await addApp({ authUrl: front.url, stateFile: file('app.sqlite') })
  const evil = await testKey('evil')
  const evilSet = await openEvilSet(evil)
  let pair: Pair = await auth.signUp()
  expect((await app.ask(pair)).status).toBe(200)
  const { text: published } = await send(`${auth.url}/.well-known/jwks.json`)
  const kids = (JSON.parse(published) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)

  for (let round = 1; round <= faults.rounds(1, 20); round++) {
    const rest = poisons(published, evil, evilSet.url)
    while (rest.length > 0) {
      const [[name, poison] = ['', () => {}]] = rest.splice(random.whole(0, rest.length - 1), 1)
      front.answerKeysWith(poison)
      pair = await laterWith(pair)
      expect((await app.ask({ access: pair.access })).status, name).toBe(200)
      for (const kid of [evil.kid, ...kids]) {
        const claims = accessPayload({ iat: 1, exp: 9_999_999_999 })
        const forged = evil.sign(claims, { alg: evil.alg, kid, typ: 'at+jwt' })
        expect((await app.ask({ access: forged })).status, name).not.toBe(200)
      }
    }
    expect(evilSet.asked()).toBe(0)
    const causes = await keyWarnings(app)
    expect(causes.length).toBeGreaterThan(1)
    expect(causes.filter((cause, at) => cause === causes[at - 1])).toEqual([])

    // The next process has only what the last one stored.
    await app.stop()
    await app.start()
    pair = (await auth.renew(pair.refresh)).pair as Pair
    expect((await app.ask({ access: pair.access })).status).toBe(200)
    expect(await keyWarnings(app)).toHaveLength(1)
    // Without any valid key set, no user is told to sign in.
    const newcomer = await startApp({ authUrl: front.url })
    expect((await newcomer.ask({ access: pair.access })).status).toBe(503)
    await newcomer.stop()

    // A valid key set is accepted; the next failure is another warning.
    front.answerKeysWith(null)
    pair = await laterWith(pair)
    expect((await app.ask({ access: pair.access })).status).toBe(200)
    await eventually(async () => expect((await app.state()).keys?.age).toBeLessThan(STALE))
  }

  /** Fresh tokens when the app fetches the keys again, and the response to that. */
  async function laterWith({ refresh }: Pair): Promise<Pair> {
    await advance(STALE)
    const { pair } = await auth.renew(refresh)
    const before = front.fetches
    expect((await app.ask({ access: pair?.access ?? '' })).status).toBe(200)
    await eventually(() => expect(front.fetches).toBe(before + 1))
    return pair as Pair
  }
})

/** The causes in the app's log, in order, each with its remedy. */
async function keyWarnings(app: App): Promise<string[]> {
  const told = (await app.state()).warnings.filter(({ fields }) => fields.event === 'keys_unavailable')
  for (const { fields } of told) expect(fields.remedy).toEqual(expect.any(String))
  return told.map(({ fields }) => String(fields.reason))
}

/** A foreign key set, valid in itself. */
async function openEvilSet({ publicJwk }: TestKey): Promise<{ url: string; asked(): number }> {
  const front: Front = await openFront('http://127.0.0.1:9')
  front.answerKeysWith(json({ keys: [publicJwk] }))
  return { url: `${front.url}/.well-known/jwks.json`, asked: () => front.fetches }
}
