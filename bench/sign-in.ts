import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Hashing, SigningIn } from './signing-in.ts'

const CLIENTS = 16
const SECONDS = 15
/** Pause between two requests of a signed-in user, in ms. */
const PAUSE = 10
/** The limit for p99 of all other requests, in ms. */
const MOST = 50

/** The effect of continuous sign-ins on other requests: hashing has its own threads. */
export async function measureSignIn(): Promise<void> {
  console.log(`\nOther requests while ${CLIENTS} clients sign in continuously, ${SECONDS} s each:`)
  const pooled = await measure('in the pool')
  const blocking = await measure('on the main thread')
  console.table([pooled.row, blocking.row])
  for (const [name, times] of Object.entries(pooled.times)) {
    const p99 = percentile(times, 0.99)
    const verdict = p99 < MOST ? 'met' : 'NOT met in this run'
    const otherwise = percentile(blocking.times[name as Asked], 0.99)
    console.log(
      `${p99.toFixed(1)} ms p99 of ${name} (under ${MOST}: ${verdict}; without the pool ${otherwise.toFixed(0)} ms)`,
    )
  }
}

const ASKED = ['GET /.well-known/jwks.json', 'POST /refresh'] as const
type Asked = (typeof ASKED)[number]

async function measure(hashing: Hashing) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'))
  const child = fork(new URL('signing-in.ts', import.meta.url), [
    join(folder, 'auth.sqlite'),
    String(CLIENTS + 1),
    hashing,
  ])
  try {
    const [service] = (await once(child, 'message')) as [SigningIn]
    const [somebody = '', ...others] = service.emails
    let cookies = await signIn(service, somebody)
    const times: Record<Asked, number[]> = { 'GET /.well-known/jwks.json': [], 'POST /refresh': [] }
    let signedIn = 0
    const end = performance.now() + SECONDS * 1000
    const isOver = () => performance.now() >= end

    const guests = others.map(async (email) => {
      while (!isOver()) {
        await signIn(service, email)
        signedIn++
      }
    })
    const jwks = ask(times[ASKED[0]], isOver, async () => {
      await must(fetch(`${service.url}/.well-known/jwks.json`))
    })
    const refresh = ask(times[ASKED[1]], isOver, async () => {
      const headers = { cookie: cookies }
      cookies = cookiesOf(await must(fetch(`${service.url}/refresh`, { method: 'POST', headers })))
    })
    await Promise.all([...guests, jwks, refresh])
    return { times, row: rowOf(hashing, signedIn, times) }
  } finally {
    child.send('stop')
    await once(child, 'exit')
    rmSync(folder, { recursive: true })
  }
}

/** Sends requests with pauses, and records the response times in ms. */
async function ask(times: number[], isOver: () => boolean, request: () => Promise<void>): Promise<void> {
  while (!isOver()) {
    const asked = performance.now()
    await request()
    times.push(performance.now() - asked)
    await setTimeout(PAUSE)
  }
}

async function signIn({ url, password }: SigningIn, email: string): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ email, password })
  return cookiesOf(await must(fetch(`${url}/login`, { method: 'POST', headers, body })))
}

async function must(answer: Promise<Response>): Promise<Response> {
  const response = await answer
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} returned ${response.status}: ${text}`)
  return response
}

const cookiesOf = ({ headers }: Response): string =>
  headers
    .getSetCookie()
    .map((line) => line.split(';', 1)[0])
    .join('; ')

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ??
  Number.NaN

function rowOf(hashing: Hashing, signedIn: number, times: Record<Asked, readonly number[]>) {
  const columns = ASKED.flatMap((name) => [
    [`${name}: p50 ms`, percentile(times[name], 0.5).toFixed(1)],
    ['p99 ms'.padEnd(7 + ASKED.indexOf(name)), percentile(times[name], 0.99).toFixed(1)],
  ])
  return {
    'passwords hashed': hashing,
    'sign-ins/s': (signedIn / SECONDS).toFixed(1),
    ...Object.fromEntries(columns),
  }
}
