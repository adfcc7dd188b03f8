import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import Database from 'better-sqlite3'
import express, { type Express } from 'express'
import { Hono } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { opaqueToken } from '../../jwt-middleware/src/contract/opaque-token.ts'
import { send } from '../support/http.ts'
import { readPage } from './pages.ts'
import { moduleOf } from './recipe-modules.ts'

describe.each([
  ['Hono', '/hono', () => new Hono()],
  ['Express', '/express', () => express()],
])('The app of the page in %s', (_, entry, createApp) => {
  it('answers as the page says', async () => {
    const text = `tokenRequired } from '@latchkey/jwt-middleware${entry}'`
    const { run } = await moduleOf('docs/api-tokens.md', text, {
      wrap: { given: ['app', 'db', 'sqliteUsers', 'options'], returns: [] },
      edit: (code) => code.replace('users: sqliteUsers(db)', '...options, users: sqliteUsers(db)'),
    })
    const testAuth = createTestAuth()
    const app = createApp()
    ;(run as (given: object) => void)({
      app,
      db: new Database(':memory:'),
      sqliteUsers,
      options: testAuth.options,
    })
    const server =
      app instanceof Hono ? serve({ fetch: app.fetch, port: 0 }) : (app as Express).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    if (!server.listening) await once(server, 'listening')
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
      const answer = await send(url, { headers })
      return answer.status === 200 ? answer.text : [answer.status, JSON.parse(answer.text).error]
    }

    const reader = testAuth.apiToken({ name: 'export', groups: ['team'], scopes: ['cards.read'] })
    const narrow = testAuth.apiToken({ email: 'bob@example.com', groups: ['team'] })
    const stranger = testAuth.apiToken({ email: 'eve@example.com', scopes: ['cards.read'] })
    const app2 = testAuth.apiToken({ app: 'reports', scopes: ['cards.read'] })
    expect(await ask('/me', testAuth.signedIn({ groups: ['team'] }).headers)).toBe(
      '{"email":"ada@example.com","token":null}',
    )
    expect(await ask('/me', reader.headers)).toBe('{"email":"ada@example.com","token":"export"}')
    expect(await ask('/me', app2.headers)).toEqual([403, undefined])
    expect(await ask('/api/cards', reader.headers)).toBe('ada@example.com')
    expect(await ask('/api/cards', app2.headers)).toBe('the app reports')
    expect(await ask('/api/cards', narrow.headers)).toEqual([403, 'insufficient_scope'])
    expect(await ask('/api/cards', stranger.headers)).toEqual([403, undefined])
    expect(await ask('/api/cards', testAuth.signedIn({ groups: ['team'] }).headers)).toEqual([401, undefined])
    expect(await ask('/api/cards', { authorization: 'Bearer lk_wrong' })).toEqual([401, 'invalid_token'])
    const twice = { authorization: `${reader.headers.authorization}, ${reader.headers.authorization}` }
    expect(await ask('/api/cards', twice)).toEqual([401, 'invalid_request'])
    testAuth.authService.stop()
    expect(await ask('/me', reader.headers)).toContain('export')
    expect(await ask('/me', testAuth.apiToken().headers)).toEqual([503, undefined])
  })
})

describe('The regular expression for secret scanners', () => {
  const [, source = ''] = /with the regular expression `([^`]+)`/.exec(readPage('docs/api-tokens.md')) ?? []
  const found = (text: string) => text.match(new RegExp(source, 'g')) ?? []

  it('finds tokens and secrets as they stand in files, as the page prints it', () => {
    for (let i = 0; i < 50; i++) {
      const token = opaqueToken('api_token', randomBytes(32))
      const secret = opaqueToken('app_secret', randomBytes(32))
      for (const text of [
        `${token} ${secret}`,
        `AUTH_CLIENT_SECRET=${secret}\nTOKEN="${token}"`,
        `{"token":"${token}","secret":"${secret}"}`,
        `curl -H 'Authorization: Bearer ${token}' 'https://app.example.com/?secret=${secret}&a=b'`,
      ]) {
        expect(found(text).toSorted()).toEqual([token, secret].toSorted())
      }
    }
  })

  it('finds nothing else', () => {
    const token = opaqueToken('api_token', randomBytes(32))
    for (const text of [
      '',
      'lk_',
      token.slice(0, -1),
      `${token}a`,
      `x${token}`,
      token.replace('lk_', 'lkd_'),
    ]) {
      expect(found(text)).toEqual([])
    }
  })
})
