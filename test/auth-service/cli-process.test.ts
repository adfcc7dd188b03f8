import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { freshPostgres } from '../support/database.ts'
import { COOKIE_DOMAIN, ISSUER } from '../support/tokens.ts'
import { SECRET_KEY } from './support/services.ts'

// What is installed as `latchkey`: the build.
const CLI = resolve(import.meta.dirname, '../../auth-service/dist/cli.js')

async function latchkey(databaseUrl: string, ...args: string[]) {
  const env = { AUTH_URL: ISSUER, COOKIE_DOMAIN, SECRET_KEY, DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, [CLI, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, err }
}

it('processes that rotate the keys at the same moment do it one after the other, and lose none', async () => {
  const url = await freshPostgres()
  const list = async () =>
    JSON.parse((await latchkey(url, 'keys', 'list', '--json')).out) as { state: string }[]
  expect((await list()).map(({ state }) => state).sort()).toEqual(['current', 'next'])
  expect(await latchkey(url, 'keys', 'rotate')).toMatchObject({ code: 1, out: '' })
  const turns = await Promise.all([1, 2, 3].map(() => latchkey(url, 'keys', 'rotate', '--force')))
  expect(turns.map(({ code, err }) => [code, err])).toEqual(Array(3).fill([0, '']))
  const states = (await list()).map(({ state }) => state).sort()
  expect(states).toEqual(['current', 'next', 'retiring', 'retiring', 'retiring'])
})
