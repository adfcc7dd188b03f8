import { definePermissions } from '@latchkey/jwt-middleware'
import {
  type AuthOptions,
  auth,
  groupRequired,
  loginRequired,
  permissionRequired,
  tokenRequired,
} from '@latchkey/jwt-middleware/hono'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../support/eventually.ts'
import { recordingLogger } from '../../support/tokens.ts'

const permissions = definePermissions({ 'cards.read': ['team'], 'cards.write': ['team'] })

function open(options: AuthOptions = {}) {
  const testAuth = createTestAuth()
  const log = recordingLogger()
  const web = auth({ ...testAuth.options, permissions, log, ...options })
  const ends: string[] = []
  const app = new Hono()
    .use(web)
    .get('/can', loginRequired(), (c) =>
      c.json((['cards.read', 'cards.write'] as const).map((name) => c.var.user.can(name))),
    )
    .post('/cards', permissionRequired('cards.write'), (c) => c.text('written'))
    .get('/cards', tokenRequired({ scopes: ['cards.read'] }), (c) => c.json(c.var.caller.can('cards.read')))
    .get('/watch', tokenRequired(), (c) => {
      c.var.caller.signal.addEventListener('abort', () => ends.push(String(c.var.caller.signal.reason.code)))
      return c.text('watching')
    })
    .post('/sign-out', web.signOut())
  const ask = async (path: string, { headers }: { headers: Record<string, string> }, method = 'GET') => {
    const response = await app.request(path, { method, headers })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }
  return { testAuth, web, ask, ends, log }
}

describe('The scopes of an API token', () => {
  it('narrow what its user may do, and give nothing', async () => {
    const { testAuth, ask } = open()
    const team = { groups: ['team'] }
    const can = async (options: object) => JSON.parse((await ask('/can', testAuth.apiToken(options))).text)
    expect(await can({ ...team, scopes: ['cards.read'] })).toEqual([true, false])
    expect(await can({ ...team, scopes: [] })).toEqual([false, false])
    expect(await can({ ...team, scopes: ['cards.read', 'cards.write', 'other'] })).toEqual([true, true])
    expect(await can({ scopes: ['cards.read', 'cards.write'] })).toEqual([false, false])
    expect(await can({ isSuperuser: true, scopes: ['cards.write'] })).toEqual([false, true])
    expect(JSON.parse((await ask('/can', testAuth.signedIn(team))).text)).toEqual([true, true])
  })

  it('are named by permissionRequired if they are missing; otherwise the permission is', async () => {
    const { testAuth, ask, log } = open()
    const narrow = await ask(
      '/cards',
      testAuth.apiToken({ groups: ['team'], scopes: ['cards.read'] }),
      'POST',
    )
    expect([narrow.status, JSON.parse(narrow.text)]).toMatchObject([
      403,
      { error: 'insufficient_scope', scope: 'cards.write' },
    ])
    const stranger = await ask('/cards', testAuth.apiToken({ groups: [], scopes: ['cards.write'] }), 'POST')
    expect([stranger.status, JSON.parse(stranger.text)]).toMatchObject([
      403,
      { code: 'insufficient_permission' },
    ])
    const both = await ask('/cards', testAuth.apiToken({ groups: ['team'], scopes: ['cards.write'] }), 'POST')
    expect([both.status, both.text]).toEqual([200, 'written'])
    expect(log.debugLines.join()).toContain('"cause":"no_scope"')
    expect(log.warnings).toEqual([])
  })

  it('do not stand in for a permission that the app defined', async () => {
    const { testAuth, ask } = open()
    expect((await ask('/cards', testAuth.apiToken({ groups: [], scopes: ['cards.read'] }))).status).toBe(403)
    expect((await ask('/cards', testAuth.apiToken({ groups: ['team'], scopes: ['cards.read'] }))).text).toBe(
      'true',
    )
    expect((await ask('/cards', testAuth.apiToken({ app: 'reports', scopes: ['cards.read'] }))).text).toBe(
      'true',
    )
  })

  it('can rest on what the app itself granted, which is asked for first', async () => {
    const { testAuth, ask } = open({ grants: async () => ['cards.read'] })
    const token = testAuth.apiToken({ scopes: ['cards.read', 'cards.write'] })
    expect(JSON.parse((await ask('/can', token)).text)).toEqual([true, false])
  })

  it('must be a list of names where a guard is made', () => {
    for (const scopes of [['with space'], 'cards.read', ['"'], [7]]) {
      expect(() => tokenRequired({ scopes } as never)).toThrow('scopes is not a list')
    }
    expect(() => tokenRequired({ scope: [] } as never)).toThrow('does not know the option "scope"')
  })

  it('must be defined: a guard of auth() throws as it is made, and others at the first request', async () => {
    const { testAuth, web } = open()
    const misspelt = { scopes: ['cards.raed' as 'cards.read'] }
    const unknown = expect.objectContaining({
      code: 'unknown_permission',
      message: 'There is no permission "cards.raed". Did you mean "cards.read"?',
    })
    expect(() => web.tokenRequired(misspelt)).toThrow(unknown)
    const errors: unknown[] = []
    const app = new Hono()
      .use(web)
      .get('/', tokenRequired(misspelt), (c) => c.text('in'))
      .onError((error, c) => {
        errors.push(error)
        return c.text('', 500)
      })
    const visitors = [
      testAuth.apiToken({ groups: ['team'], scopes: ['cards.raed'] }),
      testAuth.apiToken({ app: 'reports', scopes: ['cards.raed'] }),
      testAuth.signedIn({ groups: ['team'] }),
    ]
    for (const { headers } of visitors) expect((await app.request('/', { headers })).status).toBe(500)
    expect(errors).toEqual([unknown, unknown, unknown])
  })

  it('do not compile with a misspelt name', () => {
    const never = () => {
      // @ts-expect-error: a misspelt name
      tokenRequired({ scopes: ['cards.raed'] })
    }
    expect(never).toBeTypeOf('function')
  })

  it('are no groups: groupRequired refuses tokens, also those of members, and names the remedy', async () => {
    const { testAuth, web, log } = open()
    const app = new Hono().use(web).get('/', groupRequired('team'), (c) => c.text('in'))
    for (const person of [{ groups: ['team'] }, { isSuperuser: true }, { groups: [] }]) {
      for (const scopes of [[], ['cards.read']]) {
        const response = await app.request('/', testAuth.apiToken({ ...person, scopes }))
        expect([response.status, await response.json()]).toEqual([
          403,
          expect.objectContaining({
            error: 'insufficient_scope',
            detail: expect.stringMatching(
              /^groupRequired\(\) takes no API tokens\. .*permissionRequired\(\)/,
            ),
          }),
        ])
      }
    }
    const other = await app.request('/', testAuth.apiToken({ app: 'reports' }))
    expect([other.status, await other.text()]).toEqual([403, expect.stringContaining('for people')])
    expect((await app.request('/', testAuth.signedIn({ groups: ['team'] }))).status).toBe(200)
    expect(log.debugLines.join()).toMatch(/no_scope.*groupRequired\(\).*tokenRequired\(\{ scopes \}\)/)
  })
})

describe('What outlives a request with an API token', () => {
  it.each([{ groups: ['team'] }, { app: 'reports' }])('ends with the token: %o', async (options) => {
    const { testAuth, ask, ends } = open()
    const token = testAuth.apiToken(options)
    const other = testAuth.apiToken({ email: 'bob@example.com' })
    for (const one of [token, other]) expect((await ask('/watch', one)).status).toBe(200)
    token.revoke()
    expect(ends).toEqual(['session_ended'])
  })

  it('ends when its user changes, since the token may not have survived', async () => {
    const { testAuth, ask, ends } = open()
    await ask('/watch', testAuth.apiToken())
    testAuth.signedIn().change({ isStaff: true })
    expect(ends).toEqual(['session_unconfirmed'])
  })

  it('does not end with the sessions of its user', async () => {
    const { testAuth, ask, ends } = open()
    await ask('/watch', testAuth.apiToken())
    testAuth.signedIn().endSession()
    expect(ends).toEqual([])
  })

  it('ends when the app disables its user', async () => {
    let isActive = true
    const { testAuth, web, ask, ends } = open({ users: { sync: () => ({ id: 1, isActive }) } })
    await ask('/watch', testAuth.apiToken())
    isActive = false
    web.forget(testAuth.signedIn().uuid)
    await eventually(async () => expect(ends).toEqual(['user_blocked']))
  })
})

it('A sign-out with an API token is refused: it has no session', async () => {
  const { testAuth, ask } = open()
  const token = testAuth.apiToken()
  const answer = await ask('/sign-out', token, 'POST')
  expect([answer.status, JSON.parse(answer.text).detail]).toEqual([
    403,
    expect.stringContaining('Revoke the token'),
  ])
  expect((await ask('/can', token)).status).toBe(200)
})

it('An app with credentials publishes its permissions once, and tries again after a failure', async () => {
  const published: { body: unknown; authorization: string | null }[] = []
  let isDown = true
  const testAuth = createTestAuth()
  const log = recordingLogger()
  const web = auth({
    ...testAuth.options,
    permissions,
    log,
    async fetch(input, init) {
      if (!String(input).endsWith('/permissions')) return testAuth.options.fetch(input, init)
      if (isDown) throw new TypeError('fetch failed')
      const request = new Request(input, init)
      published.push({ body: await request.json(), authorization: request.headers.get('authorization') })
      return new Response(null, { status: 204 })
    },
  })
  await eventually(async () => expect(log.warnings.join()).toContain('"event":"publication_failed"'))
  isDown = false
  await eventually(async () => expect(published).toHaveLength(1))
  expect(published[0]).toEqual({
    body: {
      permissions: [
        { name: 'cards.read', groups: ['team'], description: '' },
        { name: 'cards.write', groups: ['team'], description: '' },
      ],
    },
    authorization: expect.stringMatching(/^Basic /),
  })
  web.close()
})
