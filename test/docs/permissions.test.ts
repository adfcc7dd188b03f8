import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import express, { type Express } from 'express'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { send } from '../support/http.ts'
import { moduleOf } from './recipe-modules.ts'

const PAGE = 'docs/permissions.md'
const OWN_URL = 'http://app1.example.com'

type Run = (given: object) => void

/** The page's code with the options of a test. */
async function codeOf(text: string, ...given: string[]): Promise<Run> {
  const { run } = await moduleOf(PAGE, text, {
    wrap: { given: ['app', 'db', 'sqliteUsers', 'options', ...given], returns: [] },
    edit: (code) => code.replace('users: sqliteUsers(db),', '...options, users: sqliteUsers(db),'),
  })
  return run as Run
}

describe.each([
  ['Hono', '/hono', () => new Hono()],
  ['Express', '/express', () => express()],
])('The permissions of the page in %s', (_, entry, createApp) => {
  let run: Run
  beforeAll(async () => {
    run = await codeOf(`permissionRequired } from '@latchkey/jwt-middleware${entry}'`)
  })

  it('are what the page says', async () => {
    const testAuth = createTestAuth({ ownUrl: OWN_URL })
    const app = createApp()
    run({ app, db: new Database(':memory:'), sqliteUsers, options: testAuth.options })
    const server =
      app instanceof Hono ? serve({ fetch: app.fetch, port: 0 }) : (app as Express).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    if (!server.listening) await once(server, 'listening')
    const ask = async (method: string, path: string, headers: Record<string, string> = {}) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
      const { status, text } = await send(url, { method, headers: { origin: OWN_URL, ...headers } })
      return status === 200 ? text : status
    }
    const answers = async (headers?: Record<string, string>) => [
      await ask('GET', '/drafts', headers),
      await ask('POST', '/notes/publish', headers),
      await ask('POST', '/notes/delete', headers),
      await ask('GET', '/newsroom', headers),
    ]
    const headersOf = (person: object) =>
      testAuth.signedIn({ email: `${Object.keys(person)[0]}@example.com`, ...person }).headers

    expect(await answers()).toEqual(['to read', 401, 401, 401])
    expect(await answers(headersOf({ isStaff: true }))).toEqual(['to read', 403, 403, 403])
    expect(await answers(headersOf({ email: 'owner@example.com', groups: ['owners'] }))).toEqual([
      'to read',
      403,
      403,
      'owner@example.com',
    ])
    for (const [email, person] of [
      ['editor@example.com', { groups: ['editors'] }],
      ['root@example.com', { isSuperuser: true }],
    ] as const) {
      expect(await answers(headersOf({ email, ...person }))).toEqual([
        'with a button',
        `published by ${email}`,
        `deleted by ${email}`,
        email,
      ])
    }
  })
})

it('The grants of the page count until forget()', async () => {
  const { auth } = await import('@latchkey/jwt-middleware/hono')
  const testAuth = createTestAuth({ ownUrl: OWN_URL })
  const app = new Hono()
  const db = new Database(':memory:')
  ;(await codeOf('grants: (user)', 'auth'))({ app, db, sqliteUsers, auth, options: testAuth.options })
  app.get('/export', (c) => c.json(c.var.user.can('notes.export' as never)))
  const mayExport = async (headers: Record<string, string>) =>
    (await app.request(`${OWN_URL}/export`, { headers })).json()
  const [first, second] = [testAuth.signedIn(), testAuth.signedIn({ email: 'bob@example.com' })]
  expect(await mayExport(first.headers)).toBe(true)
  expect(await mayExport(second.headers)).toBe(false)
  const { headers } = testAuth.signedIn({ email: 'root@example.com', isSuperuser: true })
  const change = await app.request(`${OWN_URL}/roles`, {
    method: 'POST',
    headers: { ...headers, origin: OWN_URL },
  })
  expect(await change.text()).toBe('changed')
  expect(await mayExport(first.headers)).toBe(true)
})
