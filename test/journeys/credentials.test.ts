import { type ClientRequest, get } from 'node:http'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { permissions as ofNotes } from '../../examples/notes/src/permissions.ts'
import { permissions as ofBoard } from '../../examples/team-board/src/permissions.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { createVisitor, NAVIGATION } from '../support/visitor.ts'

let family: RunningFamily
beforeAll(async () => {
  family = await startFamily({ LOG_LEVEL: 'warn' }, { credentials: true })
})
afterAll(() => family.close())

it('Both apps publish their permissions when they start', async () => {
  const wanted = [...ofNotes.list, ...ofBoard.list].map(({ name }) => name).sort()
  await eventually(async () => {
    const published = await family.administer(({ appPermissions }) => appPermissions.list())
    expect(published.map(({ name }) => name).sort()).toEqual(wanted)
  })
  expect(family.notes.output() + family.teamBoard.output()).not.toContain('client_rejected')
})

/** Opens streams of the feed without credentials until the auth service refuses one. */
async function takeAllPlaces(url: string): Promise<void> {
  const { port, host } = new URL(url)
  const streams: ClientRequest[] = []
  onTestFinished(() => {
    for (const stream of streams) stream.destroy()
  })
  const open = () =>
    new Promise<number>((resolve, reject) => {
      const headers = { host, accept: 'text/event-stream' }
      const stream = get(
        { host: '127.0.0.1', port, path: '/revocations', headers, agent: false },
        (response) => {
          response.resume().on('error', () => {})
          resolve(response.statusCode ?? 0)
        },
      ).on('error', reject)
      streams.push(stream)
    })
  for (;;) {
    const statuses = await Promise.all(Array.from({ length: 50 }, open))
    if (statuses.includes(503)) return
    expect(streams.length).toBeLessThan(2_000)
  }
}

it('An app with credentials follows the feed although strangers took all its places', async () => {
  const { auth, notes } = family
  const visitor = createVisitor()
  const form = await visitor.visit(`${auth.url}/register?next=${notes.url}/notes`)
  const page = await visitor.submit(form, '/register', {
    email: 'ada@example.com',
    password: 'correct horse battery staple',
  })
  await takeAllPlaces(auth.url)

  const board = await family.double('teamBoard', (url) => ({ OWN_URL: url }))
  const without = await family.double('teamBoard', (url) => ({
    OWN_URL: url,
    AUTH_CLIENT_ID: '',
    AUTH_CLIENT_SECRET: '',
  }))
  const kept = await visitor.jar.getCookieString(`${board.url}/`)
  const shows = async (url: string) => {
    const headers = { ...NAVIGATION, cookie: kept }
    return (await createVisitor().request(`${url}/`, { headers })).html
  }
  for (const { url } of [board, without]) expect(await shows(url)).toContain('Sign out')
  await eventually(() => expect(without.output()).toContain('feed_disconnected'))
  expect(board.output()).not.toContain('feed_disconnected')
  await eventually(() => expect(auth.output()).toContain('feed_full'))

  await visitor.submit(page, '/sign-out')
  await eventually(async () => expect(await shows(board.url)).not.toContain('Sign out'))
  // What the feed does not tell it, it learns when the access token ends.
  expect(await shows(without.url)).toContain('Sign out')
})
