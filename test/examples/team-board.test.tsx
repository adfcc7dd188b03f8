import { beforeEach, describe, expect, it } from 'vitest'
import { createApp } from '../../examples/team-board/src/app.tsx'
import { type Browser, skeleton } from '../auth-service/support/browser.ts'
import { someNaughtyStrings } from '../support/naughty-strings.ts'
import { describeHouse } from './house-suite.ts'
import { BOB, createWorld, GRACE, loginFor, useWorlds, type World } from './support/world.ts'

useWorlds()
const origin = 'http://app2.demo.localhost:4002'
const create = () => createWorld(origin, createApp)
const SEEDED = 5
const count = (db: World['db']) => db.prepare('SELECT count(*) FROM cards').pluck().get() as number

const columnsOf = (html: string): Record<string, string[]> =>
  Object.fromEntries(
    ['todo', 'doing', 'done'].map((column) => {
      const section = html.split(`aria-labelledby="${column}"`)[1]?.split('</section>')[0] ?? ''
      return [column, [...section.matchAll(/<p id="card-\d+">([^<]*)</g)].map((match) => match[1] ?? '')]
    }),
  )

describe('The board, for readers,', () => {
  it('is open to everyone, with its first cards in place', async () => {
    const page = await create().visitor().get('/')
    expect([page.status, page.title]).toEqual([200, 'Team board'])
    expect(columnsOf(page.html)).toEqual({
      todo: ['Find a room for forty people', 'Write the invitation for the summer party'],
      doing: ['Ask who brings which salad', 'Agree on a date with the neighbours'],
      done: ['Book the band'],
    })
  })

  it('shows anonymous visitors no forms and no email addresses', async () => {
    const world = create()
    await (await world.signedIn()).get('/')
    const { html } = await world.visitor().get('/')
    expect(html).not.toContain('<form')
    expect(html).toContain('Ada Lovelace')
    expect(html).not.toContain('ada@example.com')
  })

  it('shows the team, with initials, from the tokens', async () => {
    const world = create()
    for (const person of [{}, BOB, { ...GRACE, firstName: '', lastName: '' }]) {
      await (await world.signedIn(person)).get('/')
    }
    const { html } = await world.visitor().get('/')
    expect([...html.matchAll(/class="initials"[^>]*>([^<]*)</g)].map((match) => match[1])).toEqual([
      '?',
      'AL',
      'BB',
    ])
    expect(html).toContain('<strong>Someone</strong>')
  })

  it('starts with five cards after any number of starts', () => {
    const world = create()
    createApp({ db: world.db, ownUrl: origin, loginUrl: loginFor('') })
    expect(count(world.db)).toBe(SEEDED)
  })
})

describe('The board, for the team,', () => {
  let world: World
  let ada: Browser
  beforeEach(async () => {
    world = create()
    ada = await world.signedIn()
  })
  const board = async () => columnsOf((await ada.get('/')).html)

  it('adds a new card at the top of the first column, with its author', async () => {
    const { status, location } = await ada.post('/cards', { title: ' Order the tablecloths ' })
    expect([status, location]).toEqual([303, '/'])
    expect((await board()).todo?.[0]).toBe('Order the tablecloths')
    expect((await world.visitor().get('/')).html).toMatch(/Order the tablecloths<\/p><p[^>]*>Ada Lovelace</)
  })

  it.each([
    ['', 'Enter a task.'],
    ['  ', 'Enter a task.'],
    ['x'.repeat(121), 'This text has 121 characters. Shorten it to 120.'],
  ])(
    'rejects a card titled %j, with a message beside the field, and keeps the text',
    async (title, problem) => {
      const page = await ada.post('/cards', { title })
      expect([page.status, page.title]).toEqual([422, 'Error: Team board · Team board'])
      expect(page.html).toContain(`<p class="error" id="title-error">${problem}</p>`)
      expect(page.html).toMatch(/<input id="title"[^>]* aria-invalid="true" aria-describedby="title-error"/)
      expect(page.form('/cards')).toEqual({ title: title.trim() })
      expect(page.form('/status')).toEqual({ status: '' })
      expect(count(world.db)).toBe(SEEDED)
    },
  )

  it('accepts a card of 120 characters', async () => {
    expect((await ada.post('/cards', { title: 'x'.repeat(120) })).status).toBe(303)
  })

  it('moves a card to the top of another column, and offers its next moves', async () => {
    await ada.post('/cards', { title: 'Wanderer' })
    for (const column of ['doing', 'done', 'doing', 'todo']) {
      world.seconds += 1
      const { status, location } = await ada.post('/cards/6/move', { column })
      expect([status, location]).toEqual([303, '/'])
      const columns = await board()
      expect(columns[column]?.[0]).toBe('Wanderer')
      expect(
        Object.values(columns)
          .flat()
          .filter((title) => title === 'Wanderer'),
      ).toHaveLength(1)
    }
    const { html } = await ada.get('/')
    const ways = [...html.matchAll(/aria-label="Move “([^”]*)” to ([^"]*)"/g)].map(
      ([, title, to]) => `${title}: ${to}`,
    )
    expect(ways.filter((way) => /Wanderer|neighbours|band/.test(way))).toEqual([
      'Wanderer: Doing',
      'Agree on a date with the neighbours: To do',
      'Agree on a date with the neighbours: Done',
      'Book the band: Doing',
    ])
  })

  it('moves nothing to a missing column, and no missing card', async () => {
    expect((await ada.post('/cards/1/move', { column: 'elsewhere' })).status).toBe(400)
    expect((await ada.post('/cards/1/move', {})).status).toBe(400)
    expect((await ada.post('/cards/99/move', { column: 'done' })).status).toBe(404)
    expect((await ada.post('/cards/x/move', { column: 'done' })).status).toBe(404)
    expect((await board()).todo).toHaveLength(2)
  })

  it('redirects anonymous visitors who want to change it to the login page', async () => {
    for (const [path, fields] of [
      ['/cards', { title: 'hello' }],
      ['/cards/1/move', { column: 'done' }],
      ['/status', { status: 'here' }],
    ] as const) {
      const { status, refresh } = await world.visitor().post(path, fields as Record<string, string>)
      expect([status, refresh]).toEqual([401, loginFor(`${origin}/`)])
    }
    expect((await board()).todo).toHaveLength(2)
    expect(count(world.db)).toBe(SEEDED)
  })

  it("shows the user's status to the team, and later tokens keep it", async () => {
    expect((await ada.post('/status', { status: 'Looking for a drummer' })).location).toBe('/')
    world.seconds += 10
    const later = await world.signedIn({ firstName: 'Augusta' })
    const page = await later.get('/')
    expect(page.html).toMatch(/Augusta Lovelace<\/strong>.*?Looking for a drummer/s)
    expect(page.form('/status')).toEqual({ status: 'Looking for a drummer' })
    await later.post('/status', { status: '' })
    expect((await world.visitor().get('/')).html).not.toContain('Looking for a drummer')
  })

  it('rejects a status over 80 characters, and keeps the text', async () => {
    await ada.post('/status', { status: 'before' })
    const page = await ada.post('/status', { status: 'x'.repeat(81) })
    expect(page.status).toBe(422)
    expect(page.html).toContain(
      '<p class="error" id="status-error">This text has 81 characters. Shorten it to 80.</p>',
    )
    expect(page.form('/status')).toEqual({ status: 'x'.repeat(81) })
    expect(world.db.prepare('SELECT status FROM people').pluck().get()).toBe('before')
  })

  it('never lets a naughty string become markup, as a card, a status or a name', async () => {
    world.db.exec('DELETE FROM cards')
    await ada.post('/cards', { title: 'harmless' })
    await ada.post('/status', { status: 'harmless' })
    const usual = skeleton((await ada.get('/')).html)
    for (const naughty of someNaughtyStrings.filter((text) => text.trim() !== '')) {
      world.db.prepare('UPDATE people SET first_name = ?, status = ?').run(naughty, naughty)
      world.db.prepare('UPDATE cards SET title = ?').run(naughty)
      expect(skeleton((await ada.get('/')).html)).toBe(usual)
    }
  })
})

describe('A board that grants nothing', () => {
  it('can be read by signed-in users, and not changed', async () => {
    const world = createWorld(origin, ({ auth, ...options }) =>
      createApp({ ...options, auth: { ...auth, grants: () => [] } }),
    )
    const ada = await world.signedIn()
    const { html } = await ada.get('/')
    expect(html).not.toContain('action="/cards')
    expect(html).toContain('action="/status"')
    for (const [path, fields] of [
      ['/cards', { title: 'hello' }],
      ['/cards/1/move', { column: 'done' }],
    ] as const) {
      const page = await ada.post(path, fields as Record<string, string>)
      expect([page.status, page.title]).toEqual([403, 'No permission · Team board'])
    }
    expect(count(world.db)).toBe(SEEDED)
    const root = await world.signedIn({ email: 'root@example.com', isSuperuser: true })
    expect((await root.post('/cards', { title: 'hello' })).status).toBe(303)
  })
})

describe('An open board', () => {
  /** A stream of events for this browser. */
  async function listen(world: World, browser: Browser) {
    const response = await world.open(browser, '/live')
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>
    const next = async () => {
      const { done, value } = await reader.read()
      return done ? null : new TextDecoder().decode(value)
    }
    expect(await next()).toMatch(/^event: alive\ndata: \nretry: \d{3}\n\n$/)
    return { next }
  }

  it('hears of changes by others', async () => {
    const world = create()
    const [ada, bob] = [await world.signedIn(), await world.signedIn(BOB)]
    const stream = await listen(world, ada)
    for (const [path, fields] of [
      ['/cards', { title: 'Order the tablecloths' }],
      ['/cards/1/move', { column: 'done' }],
      ['/status', { status: 'here' }],
    ] as const) {
      await bob.post(path, fields as Record<string, string>)
      expect(await stream.next()).toBe('event: changed\ndata: \n\n')
    }
  })

  it.each<[string, (world: World, ada: Browser) => Promise<unknown>]>([
    ['the user signs out elsewhere', (_, ada) => ada.post('/sign-out', {})],
    [
      'staff disable the user',
      async (world) => (await world.signedIn(GRACE)).post('/staff/people/1/active', { active: 'no' }),
    ],
  ])('ends when %s, and only theirs', async (_, change) => {
    const world = create()
    const [ada, bob] = [await world.signedIn(), await world.signedIn(BOB)]
    const [stream, other] = [await listen(world, ada), await listen(world, bob)]
    expect((await ada.get('/live/session')).status).toBe(204)
    const ended = (async () => {
      while ((await stream.next()) !== null);
    })()
    await change(world, ada)
    await ended
    expect((await ada.request('/live/session', { headers: { accept: '*/*' } })).status).toBeOneOf([401, 403])
    await bob.post('/status', { status: 'still here' })
    expect(await other.next()).toContain('event: changed')
  })

  it('is for signed-in users: others read without it', async () => {
    const world = create()
    expect((await world.open(world.visitor(), '/live')).status).toBe(401)
    expect((await world.visitor().get('/')).html).not.toContain('<script')
    expect((await (await world.signedIn()).get('/')).html).toContain('<script')
  })

  it('ends when the app stops, and opens none after that', async () => {
    const stopping = new AbortController()
    const world = createWorld(origin, (options) => createApp({ ...options, stopping: stopping.signal }))
    const ada = await world.signedIn()
    const stream = await listen(world, ada)
    stopping.abort()
    expect(await stream.next()).toBeNull()
    expect(await (await world.open(ada, '/live')).text()).toBe('')
  })
})

describe('The staff page', () => {
  const switchOff = (browser: Browser, id: number, active: 'yes' | 'no') =>
    browser.post(`/staff/people/${id}/active`, { active })

  it('is for staff: other users are told so, without a redirect to the login page', async () => {
    const world = create()
    expect((await world.visitor().get('/staff')).location).toBe(loginFor(`${origin}/staff`))
    const page = await (await world.signedIn()).get('/staff')
    expect([page.status, page.title, page.location]).toEqual([403, 'No permission · Team board', null])
    expect(page.html).toContain('Ada Lovelace')
    expect(page.html).not.toContain('href="/staff"')
  })

  it('lists every user the board knows', async () => {
    const world = create()
    await (await world.signedIn()).get('/')
    const page = await (await world.signedIn({ ...GRACE, isSuperuser: true })).get('/staff')
    expect([page.status, page.title]).toEqual([200, 'Staff · Team board'])
    expect([...page.html.matchAll(/<strong>([^<]*)</g)].map((match) => match[1])).toEqual([
      'Ada Lovelace',
      'Grace Hopper',
    ])
    expect(page.html).toContain('ada@example.com')
    expect(page.html).toMatch(/Grace Hopper<\/strong>.*?Superuser.*?Staff.*?You/s)
    expect(page.html).toContain('href="/staff"')
  })

  it('disables a user at once in every cache, and enables them again', async () => {
    const world = create()
    const [ada, grace] = [await world.signedIn(), await world.signedIn(GRACE)]
    await ada.post('/status', { status: 'here' })
    expect((await switchOff(grace, 1, 'no')).location).toBe('/staff')

    expect((await grace.get('/staff')).html).toMatch(
      /Ada Lovelace<\/strong>.*?Disabled.*?Enable Ada Lovelace/s,
    )
    expect((await ada.post('/cards', { title: 'hello' })).status).toBe(403)
    const open = await ada.get('/')
    expect(open.status).toBe(200)
    expect(open.html).not.toContain('Ada Lovelace')

    await switchOff(grace, 1, 'yes')
    expect((await ada.post('/cards', { title: 'hello' })).status).toBe(303)
  })

  it('cannot disable the actor or a missing user', async () => {
    const world = create()
    const grace = await world.signedIn(GRACE)
    const { html } = await grace.get('/staff')
    expect(html).not.toContain('<form method="post" action="/staff')
    expect((await switchOff(grace, 1, 'no')).status).toBe(404)
    expect((await switchOff(grace, 99, 'no')).status).toBe(404)
    expect((await grace.get('/staff')).status).toBe(200)
  })

  it('cannot be used by other users', async () => {
    const world = create()
    await (await world.signedIn(GRACE)).get('/')
    expect((await switchOff(await world.signedIn(), 1, 'no')).status).toBe(403)
    expect(world.db.prepare('SELECT min(is_active) FROM people').pluck().get()).toBe(1)
  })

  it('disappears for users who are no longer staff', async () => {
    const world = create()
    expect((await (await world.signedIn(GRACE)).get('/staff')).status).toBe(200)
    world.seconds += 1
    expect((await (await world.signedIn({ ...GRACE, isStaff: false })).get('/staff')).status).toBe(403)
  })
})

describe("Local users in the app's own table", () => {
  it('have one row each, updated by the newest token', async () => {
    const world = create()
    const older = await world.signedIn()
    world.seconds += 60
    await (await world.signedIn({ isStaff: true, firstName: 'Augusta' })).get('/')
    await older.get('/')
    expect(world.db.prepare('SELECT uuid, first_name, is_staff FROM people').all()).toEqual([
      { uuid: expect.any(String), first_name: 'Augusta', is_staff: 1 },
    ])
  })
})

describeHouse(
  () => {
    const world = create()
    world.db.exec('DELETE FROM cards')
    return world
  },
  {
    product: 'Team board',
    open: '/',
    guarded: '/staff',
    form: { action: '/cards', field: 'title' },
    count,
    reading: { path: '/', table: 'cards' },
    people: 'people',
    script: '/assets/live.js',
    person: { isStaff: true },
  },
)
