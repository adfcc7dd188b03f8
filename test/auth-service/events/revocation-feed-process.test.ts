import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { childEnv } from '../../support/child-env.ts'
import { freshPostgres } from '../../support/database.ts'
import { eventually } from '../../support/eventually.ts'
import { send } from '../../support/http.ts'
import { slowness } from '../../support/slowness.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../support/tokens.ts'
import { openStream } from '../support/event-stream.ts'
import { SECRET_KEY, sqliteFiles } from '../support/services.ts'
import { ADA } from '../support/site.ts'

// The build, as deployed.
const MAIN = resolve(import.meta.dirname, '../../../auth-service/dist/main.js')

const files = sqliteFiles()
afterAll(files.remove)

/** A process of the auth service that ends with the test. */
async function start(databaseUrl: string, port = 0) {
  const env = {
    ...childEnv(),
    AUTH_URL: ISSUER,
    COOKIE_DOMAIN,
    SECRET_KEY,
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    LOG_LEVEL: 'silent',
  }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const end = once(child, 'exit').then(([code, signal]) => ({ code, signal }))
  const [line] = await once(child.stdout, 'data')
  return { child, end, port: Number(String(line).match(/ port (\d+)\)/)?.[1]) }
}

/** Sends JSON as a program does; returns the cookies to send next. */
async function post(port: number, path: string, body: object, cookie = '') {
  const headers = { 'content-type': 'application/json', accept: 'application/json', cookie }
  const answer = await send(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return {
    ...answer,
    cookie: (answer.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; '),
  }
}

it.each([
  ['SQLite file', files.empty],
  ['Postgres', freshPostgres],
])('two processes on one %s: a sign-out everywhere at one is published by the other', async (_, empty) => {
  const url = await empty()
  const one = await start(url)
  const other = await start(url)
  const { cookie, status } = await post(one.port, '/register', ADA)
  expect(status).toBe(201)
  await post(other.port, '/login', ADA)
  const streams = [await openStream(one.port), await openStream(other.port)]
  await eventually(() => expect(streams.every((stream) => stream.isReady())).toBe(true))
  const begin = performance.now()
  expect((await post(one.port, '/account/sessions/end-all', {}, cookie)).status).toBe(204)
  for (const { entries } of streams) await eventually(() => expect(entries()).toHaveLength(2))
  const passed = performance.now() - begin
  const healthz = () => Promise.all([one, other].map(({ port }) => fetch(`http://127.0.0.1:${port}/healthz`)))
  expect(passed / (await slowness(40, healthz)), 'not when they next look').toBeLessThan(4000)
  expect(streams[0]?.entries()).toEqual(streams[1]?.entries())
})

it('a process that is stopped ends its streams cleanly and at once; the next process resumes them', async () => {
  const url = await files.empty()
  const first = await start(url)
  const { cookie } = await post(first.port, '/register', ADA)
  const streams = await Promise.all([openStream(first.port), openStream(first.port)])
  await post(first.port, '/logout', {}, cookie)
  for (const { entries } of streams) await eventually(() => expect(entries()).toHaveLength(1))
  const begin = performance.now()
  first.child.kill('SIGTERM')
  expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual([true, true])
  expect(await first.end).toEqual({ code: 0, signal: null })
  expect(performance.now() - begin).toBeLessThan(8000)

  const second = await start(url, first.port)
  const again = await post(second.port, '/login', ADA)
  await post(second.port, '/logout', {}, again.cookie)
  const resumed = await openStream(second.port, { 'last-event-id': '1' })
  await eventually(() => expect(resumed.isReady()).toBe(true))
  expect(resumed.entries().map(({ id }) => id)).toEqual([2])
})

it('a process that was killed returns with all published entries', async () => {
  const url = await files.empty()
  const first = await start(url)
  const { cookie } = await post(first.port, '/register', ADA)
  const stream = await openStream(first.port)
  await eventually(() => expect(stream.isReady()).toBe(true))
  await post(first.port, '/logout', {}, cookie)
  first.child.kill('SIGKILL')
  expect(await stream.ended).toBe(false)
  await first.end
  const second = await start(url, first.port)
  const resumed = await openStream(second.port)
  await eventually(() => expect(resumed.isReady()).toBe(true))
  expect(resumed.entries()).toHaveLength(1)
})
