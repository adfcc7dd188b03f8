import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { createApp as createNotes } from '../../examples/notes/src/app.ts'
import { createApp as createBoard } from '../../examples/team-board/src/app.tsx'

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown> & { readonly todo: readonly object[] }
}

function open() {
  const testAuth = createTestAuth({
    ownUrl: 'http://app2.demo.localhost:4002',
    cookieDomain: 'demo.localhost',
  })
  const { ownUrl, loginUrl } = testAuth.options
  const board = createBoard({ db: new Database(':memory:'), ownUrl, loginUrl, auth: testAuth.options })
  const ask = async (init: RequestInit = {}): Promise<Answered> => {
    const response = await board.request('/api/cards', init)
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Answered['body'],
    }
  }
  const add = (headers: Record<string, string>, body: unknown) =>
    ask({
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return { testAuth, board, ask, add }
}

it('A program with a token reads and adds cards, as far as its scopes go', async () => {
  const { testAuth, ask, add } = open()
  const [reader, writer] = [
    testAuth.apiToken({ firstName: 'Ada', scopes: ['cards.read'] }),
    testAuth.apiToken({ firstName: 'Ada', scopes: ['cards.read', 'cards.write'] }),
  ]
  const { status, body } = await ask({ headers: reader.headers })
  expect([status, Object.keys(body)]).toEqual([200, ['todo', 'doing', 'done']])

  const refused = await add(reader.headers, { title: 'Buy lemons' })
  expect([refused.status, refused.body]).toMatchObject([
    403,
    { error: 'insufficient_scope', scope: 'cards.write' },
  ])
  expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')

  expect(await add(writer.headers, { title: ' Buy lemons ' })).toMatchObject({
    status: 201,
    body: { title: 'Buy lemons' },
  })
  const { todo } = (await ask({ headers: reader.headers })).body
  expect(todo[0]).toMatchObject({ title: 'Buy lemons', author: { firstName: 'Ada' } })
})

it('Another app adds cards without an author', async () => {
  const { testAuth, ask, add } = open()
  const { headers } = testAuth.apiToken({ app: 'reports', scopes: ['cards.read', 'cards.write'] })
  expect((await add(headers, { title: 'Monthly report' })).status).toBe(201)
  expect((await ask({ headers })).body.todo[0]).toMatchObject({ title: 'Monthly report', author: null })
})

it.each([{}, { title: '' }, { title: '   ' }, { title: 7 }, { title: 'x'.repeat(121) }, null])(
  'A card that is none is refused with a problem: %o',
  async (card) => {
    const { testAuth, add } = open()
    const { status, body } = await add(testAuth.apiToken({ scopes: ['cards.write'] }).headers, card)
    expect([status, body.detail]).toEqual([422, expect.stringContaining('1 to 120 characters')])
  },
)

it('A browser and a stranger get 401 there, and no page', async () => {
  const { testAuth, ask } = open()
  for (const headers of [{}, testAuth.signedIn().headers]) {
    const { status, body } = await ask({ headers: { accept: 'text/html', ...headers } })
    expect([status, body.title]).toEqual([401, 'API token required'])
  }
  const { status } = await ask({ headers: { authorization: 'Bearer lk_wrong', accept: 'text/html' } })
  expect(status).toBe(401)
})

it('The notes take no API tokens', async () => {
  const { testAuth } = open()
  const { ownUrl, loginUrl } = testAuth.options
  const notes = createNotes({ db: new Database(':memory:'), ownUrl, loginUrl, auth: testAuth.options })
  const { headers } = testAuth.apiToken({ scopes: ['cards.read'] })
  for (const path of ['/', '/notes']) {
    const response = await notes.request(path, { headers })
    expect([path, response.status]).toEqual([path, 401])
    expect(await response.json()).toMatchObject({ detail: 'This app takes no API tokens.' })
  }
})
