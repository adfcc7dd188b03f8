import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readSettings } from '@latchkey/house-style/run'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { send } from '../support/http.ts'

const SOUND = {
  OWN_URL: 'http://app1.demo.localhost:4001/',
  LOGIN_URL: 'http://auth.demo.localhost:4000/login?brand=1',
  DATABASE_URL: 'file:data/app.sqlite',
}

describe('The settings of an app of the family', () => {
  it('come from the environment', () => {
    expect(readSettings({ ...SOUND, HOST: '0.0.0.0', PORT: '4001' })).toEqual({
      ownUrl: 'http://app1.demo.localhost:4001',
      loginUrl: 'http://auth.demo.localhost:4000/login?brand=1',
      databaseFile: 'data/app.sqlite',
      host: '0.0.0.0',
      port: 4001,
    })
  })

  it('bind the app to this machine by default', () => {
    expect(readSettings(SOUND)).toMatchObject({ host: '127.0.0.1', port: 3000 })
  })

  it('are rejected with every problem at once', () => {
    expect(() => readSettings({ PORT: 'http', DATABASE_URL: 'postgres://x' })).toThrow(
      /OWN_URL.*\n.*LOGIN_URL.*\n.*DATABASE_URL.*\n.*PORT is "http"/,
    )
  })
})

describe('An app of the family as a process', () => {
  const main = resolve(import.meta.dirname, '../../examples/notes/dist/main.js')
  let folder: string
  const children: ChildProcess[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-run-'))
  })
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  function start(env: Record<string, string>) {
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
    const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, output }))
    return { child, ended, said: once(child.stdout, 'data').then(() => output) }
  }
  const env = () => ({ ...SOUND, DATABASE_URL: `file:${join(folder, 'app.sqlite')}`, PORT: '0' })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its address, serves, and exits cleanly on %s',
    async (signal) => {
      const { child, ended, said } = start(env())
      const [, port] = (await said).match(/^Notes is at .*\(listening on 127\.0\.0\.1, port (\d+)\)/) ?? []
      const answer = await send(`http://127.0.0.1:${port}/`)
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'private, no-store'])
      child.kill(signal)
      expect(await ended).toMatchObject({ code: 0, signal: null })
    },
  )

  it('reports missing settings', async () => {
    const { code, output } = await start({}).ended
    expect(code).toBe(1)
    expect(output).toMatch(
      /^Notes can't start:\n {2}- OWN_URL.*\n {2}- LOGIN_URL.*\n {2}- DATABASE_URL[^\n]*\n$/,
    )
  })

  it('reports that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as { port: number }
    const { code, output } = await start({ ...env(), PORT: String(port) }).ended
    other.close()
    expect(code).toBe(1)
    expect(output).toMatch(/^Notes can't start:\n {2}- [^\n]*EADDRINUSE[^\n]*\n$/)
  })
})
