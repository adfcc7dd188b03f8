import { createHash, verify } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createApp } from '../../examples/notes/src/app.ts'
import { send } from '../support/http.ts'
import { APP, accessPayload, ISSUER, jwksResponse, NOW, recordingLogger, testKey } from '../support/tokens.ts'
import { NAVIGATION } from '../support/visitor.ts'

vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:crypto')>()
  return { ...original, verify: vi.fn(original.verify), createHash: vi.fn(original.createHash) }
})
const importKey = vi.spyOn(crypto.subtle, 'importKey')
const subtleVerify = vi.spyOn(crypto.subtle, 'verify')
afterEach(() => vi.clearAllMocks())

/** The notes app on a socket, recording every call, signature check and statement. */
async function watchedNotes() {
  const key = await testKey('key-1')
  const statements: string[] = []
  const calls: string[] = []
  const db = new Database(':memory:', { verbose: (sql) => statements.push(String(sql)) })
  const app = createApp({
    db,
    ownUrl: APP,
    loginUrl: `${ISSUER}/login`,
    now: () => NOW * 1000,
    auth: {
      now: () => NOW * 1000,
      log: recordingLogger(),
      fetch: async (input) => {
        calls.push(String(input))
        return jwksResponse(key)
      },
    },
  })
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`
  const cookie = `theme=dark; jwt.access=${key.sign(accessPayload())}`
  return {
    statements,
    calls,
    visit: () => send(url, { headers: { ...NAVIGATION, cookie } }),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe('A request to the notes app by a signed-in user', () => {
  it('needs no call, signature check or statement for authentication once it is warm', async () => {
    const notes = await watchedNotes()
    notes.statements.length = 0
    vi.clearAllMocks()

    expect((await notes.visit()).status).toBe(200)
    expect(notes.calls).toEqual([`${ISSUER}/.well-known/jwks.json`])
    expect(verify).toHaveBeenCalledTimes(1)
    expect(notes.statements.filter((sql) => sql.includes('latchkey_users'))).toHaveLength(1)

    notes.calls.length = 0
    notes.statements.length = 0
    vi.clearAllMocks()
    for (let i = 0; i < 25; i++) {
      const { status, text } = await notes.visit()
      expect(status).toBe(200)
      expect(text).toContain('Ada Lovelace')
    }
    expect(notes.calls).toEqual([])
    for (const cryptography of [verify, createHash, subtleVerify, importKey]) {
      expect(cryptography).not.toHaveBeenCalled()
    }
    expect(notes.statements, 'the page reads its notes, once each time, and nothing else').toHaveLength(25)
    expect(notes.statements.every((sql) => /^SELECT .* FROM notes\b/.test(sql))).toBe(true)
    await notes.close()
  })
})
