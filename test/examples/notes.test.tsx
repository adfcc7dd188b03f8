import { describe, expect, it } from 'vitest'
import { createApp } from '../../examples/notes/src/app.ts'
import { type Browser, skeleton } from '../auth-service/support/browser.ts'
import { someNaughtyStrings } from '../support/naughty-strings.ts'
import { describeHouse } from './house-suite.ts'
import { BOB, createWorld, useWorlds, type World } from './support/world.ts'

useWorlds()
const create = () => createWorld('http://app1.demo.localhost:4001', createApp)
const write = (browser: Browser, text: string) => browser.post('/notes', { text })

describeHouse(create, {
  product: 'Notes',
  open: '/',
  guarded: '/notes',
  form: { action: '/notes', field: 'text' },
  count: (db) => db.prepare('SELECT count(*) FROM notes').pluck().get() as number,
  reading: { path: '/notes', table: 'notes' },
  people: 'latchkey_users',
  person: {},
})

const stored = ({ db }: World) => db.prepare('SELECT user_id, text FROM notes ORDER BY id').all()
const shown = (html: string) => [...html.matchAll(/<p class="text"[^>]*>([^<]*)</g)].map((match) => match[1])

describe('The landing page of Notes', () => {
  it('invites new visitors', async () => {
    const page = await create().visitor().get('/')
    expect(page.title).toBe('Notes')
    expect(page.html).toContain('Sign in and write')
  })

  it('greets signed-in users, and counts their notes', async () => {
    const world = create()
    const browser = await world.signedIn()
    expect((await browser.get('/')).html).toMatch(/Welcome back, Ada.*You have no notes yet/s)
    await write(browser, 'one')
    expect((await browser.get('/')).html).toContain('You have 1 note here.')
    await write(browser, 'two')
    expect((await browser.get('/')).html).toContain('You have 2 notes here.')
    const nameless = await world.signedIn({ ...BOB, firstName: '', lastName: '' })
    expect((await nameless.get('/')).html).toContain('<h1>Welcome back</h1>')
  })
})

describe('The statistics', () => {
  const EDITOR = { email: 'eve@example.com', groups: ['editors'] }

  it('are for editors and superusers, and tell how many notes there are', async () => {
    const world = create()
    const [ada, bob] = [await world.signedIn(), await world.signedIn(BOB)]
    for (const browser of [ada, ada, bob]) await write(browser, 'a secret')
    for (const person of [EDITOR, { email: 'root@example.com', isSuperuser: true }]) {
      const editor = await world.signedIn(person)
      expect((await editor.get('/')).html).toContain('href="/statistics"')
      const page = await editor.get('/statistics')
      expect([page.status, page.title]).toEqual([200, 'Statistics · Notes'])
      expect(page.html).toMatch(/<dd>3<\/dd>.*<dd>2<\/dd>/s)
      expect(page.html).not.toContain('a secret')
    }
  })

  it('are not for others, whose pages do not mention them', async () => {
    const world = create()
    const ada = await world.signedIn({ groups: ['readers'] })
    expect((await ada.get('/')).html).not.toContain('/statistics')
    const page = await ada.get('/statistics')
    expect([page.status, page.title]).toEqual([403, 'No permission · Notes'])
    const answer = await ada.request('/statistics', { headers: { accept: 'application/json' } })
    expect(JSON.parse(answer.html)).toMatchObject({
      code: 'insufficient_permission',
      permissions: ['notes.statistics'],
    })
    expect((await world.visitor().get('/')).html).not.toContain('/statistics')
    expect((await world.visitor().get('/statistics')).status).toBe(302)
  })
})

describe('Adding a note', () => {
  it('returns to the list, which shows the newest first', async () => {
    const browser = await create().signedIn()
    for (const text of ['first', 'second', 'third']) {
      const { status, location } = await write(browser, text)
      expect([status, location]).toEqual([303, '/notes'])
    }
    expect(shown((await browser.get('/notes')).html)).toEqual(['third', 'second', 'first'])
  })

  it('stores it for the local user, and no one else can read it', async () => {
    const world = create()
    const [ada, bob] = [await world.signedIn(), await world.signedIn(BOB)]
    await write(ada, 'hers')
    await write(bob, 'his')
    expect(shown((await ada.get('/notes')).html)).toEqual(['hers'])
    expect(shown((await bob.get('/notes')).html)).toEqual(['his'])
    const users = world.db.prepare('SELECT id, first_name FROM latchkey_users ORDER BY id').all()
    expect(users).toEqual([
      { id: 1, first_name: 'Ada' },
      { id: 2, first_name: 'Bob' },
    ])
    expect(stored(world)).toEqual([
      { user_id: 1, text: 'hers' },
      { user_id: 2, text: 'his' },
    ])
  })

  it('stores its date', async () => {
    const browser = await create().signedIn()
    await write(browser, 'dated')
    expect((await browser.get('/notes')).html).toMatch(
      /<time datetime="2027-01-15T08:00Z" title="15 Jan 2027, 08:00 UTC">15 Jan 2027<\/time>/,
    )
  })

  it.each([
    ['nothing', ''],
    ['white space', ' \r\n\t '],
  ])('rejects %s, with a message beside the field', async (_, text) => {
    const world = create()
    const page = await write(await world.signedIn(), text)
    expect([page.status, page.title]).toEqual([422, 'Error: Your notes · Notes'])
    expect(page.html).toContain('<p class="error" id="text-error">Write something first.</p>')
    expect(page.html).toMatch(/<textarea[^>]* aria-invalid="true" aria-describedby="text-error"/)
    expect(stored(world)).toEqual([])
  })

  it('accepts 2,000 characters, with a line end as one, and keeps longer text in the field', async () => {
    const world = create()
    const browser = await world.signedIn()
    const text = `${'x'.repeat(1_000)}\r\n${'y'.repeat(999)}`
    expect((await write(browser, text)).status).toBe(303)
    const page = await write(browser, `${text}<`)
    expect(page.status).toBe(422)
    expect(page.html).toContain(
      'This note has 2,001 characters. Shorten it to 2,000, or split it into two notes.',
    )
    expect(page.html).toContain(`>\n${text.replace('\r\n', '\n')}&lt;</textarea>`)
    expect(stored(world)).toEqual([{ user_id: 1, text: text.replace('\r\n', '\n') }])
  })

  it('keeps every naughty string unchanged, and never lets it become markup', async () => {
    const world = create()
    const browser = await world.signedIn()
    await write(browser, 'harmless')
    const usual = skeleton((await browser.get('/notes')).html)
    for (const naughty of someNaughtyStrings) {
      const text = naughty.replace(/\r\n?/g, '\n').trim()
      world.db.exec('DELETE FROM notes')
      const { status } = await write(browser, naughty)
      expect(status).toBe(text === '' ? 422 : 303)
      if (text === '') continue
      expect(stored(world)).toEqual([{ user_id: 1, text }])
      expect(skeleton((await browser.get('/notes')).html)).toBe(usual)
    }
  })

  it.each([
    ['a file', { body: form(new File(['hello'], 'note.txt')) }],
    ['JSON', { body: '{"text":"hello"}', headers: { 'content-type': 'application/json' } }],
    ['a broken form', { body: 'hello', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
    ['no body at all', {}],
  ])(
    'treats %s as an empty field',
    async (_, { body, headers = {} }: { body?: FormData | string; headers?: object }) => {
      const world = create()
      const browser = await world.signedIn()
      const sent = { 'sec-fetch-site': 'same-origin', ...headers }
      const page = await browser.request('/notes', { method: 'POST', headers: sent, ...(body && { body }) })
      expect(page.status).toBe(422)
      expect(stored(world)).toEqual([])
    },
  )
})

function form(file: File): FormData {
  const data = new FormData()
  data.set('text', file)
  return data
}

describe('Deleting a note', () => {
  it('deletes only that note', async () => {
    const world = create()
    const browser = await world.signedIn()
    for (const text of ['one', 'two', 'three']) await write(browser, text)
    const { status, location } = await browser.post('/notes/2/delete', {})
    expect([status, location]).toEqual([303, '/notes'])
    expect(shown((await browser.get('/notes')).html)).toEqual(['three', 'one'])
  })

  it("finds neither other users' notes nor anything that is no note", async () => {
    const world = create()
    await write(await world.signedIn(), 'hers')
    const bob = await world.signedIn(BOB)
    for (const id of ['1', '2', '0', '-1', 'x', '99999999999999999999', '1%00', "1'--"]) {
      expect((await bob.post(`/notes/${id}/delete`, {})).status).toBe(404)
    }
    expect(stored(world)).toEqual([{ user_id: 1, text: 'hers' }])
  })

  it('cannot be done by following a link', async () => {
    const world = create()
    const browser = await world.signedIn()
    await write(browser, 'stays')
    expect((await browser.get('/notes/1/delete')).status).toBe(404)
    expect(stored(world)).toHaveLength(1)
  })
})

describe('Many notes', () => {
  it('are listed fifty to a page, with a link to the older ones', async () => {
    const world = create()
    const browser = await world.signedIn()
    await browser.get('/notes')
    const add = world.db.prepare('INSERT INTO notes (user_id, text, created_at) VALUES (1, ?, 0)')
    for (let number = 1; number <= 101; number++) add.run(`note ${number}`)
    const seen: (string | undefined)[] = []
    let path: string | undefined = '/notes'
    const sizes: number[] = []
    while (path) {
      const { html } = await browser.get(path)
      const notes = shown(html)
      sizes.push(notes.length)
      seen.push(...notes)
      path = html.match(/<a href="(\/notes\?before=\d+)">Older notes/)?.[1]
    }
    expect(sizes).toEqual([50, 50, 1])
    expect(seen).toEqual(Array.from({ length: 101 }, (_, index) => `note ${101 - index}`))
  })

  it.each(['x', '-1', '1e3', '99999999999999999999', ''])(
    'start with the newest for before=%s',
    async (before) => {
      const browser = await create().signedIn()
      await write(browser, 'newest')
      expect(shown((await browser.get(`/notes?before=${before}`)).html)).toEqual(['newest'])
    },
  )

  it('have a message when there are none', async () => {
    expect((await (await create().signedIn()).get('/notes')).html).toContain('No notes yet.')
  })
})

describe('A user who is deleted from the app', () => {
  it('loses their notes, too', async () => {
    const world = create()
    await write(await world.signedIn(), 'hers')
    world.db.exec('DELETE FROM latchkey_users')
    expect(stored(world)).toEqual([])
  })
})
