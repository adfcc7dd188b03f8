/** One app, or several in one process: each watches its own verdict on a token and reports when it rejects it. */
import { setTimeout } from 'node:timers/promises'
import { type AuthCore, createAuthCore } from '@latchkey/jwt-middleware'
import { machineTime } from './machine-time.ts'
import { COOKIE, ISSUER, OWN_URL } from './people.ts'

/** Follows these auth services, one app each, or watches a token. Apps must accept the token first. */
export type Order =
  | { readonly connect: readonly string[]; readonly token: string }
  | { readonly watch: string }
/** `refusedAt` is in ms on the clock that all processes of the machine share. */
export type Report = 'started' | 'connected' | 'watching' | { readonly refusedAt: number }

/**
 * How often each app checks, in ms: precise enough for a limit of one second, and cheap enough for hundreds of apps.
 */
const LOOK = 40
const quiet = { debug: () => {}, warn: () => {} }
let apps: readonly AuthCore[] = []

async function connect(urls: readonly string[], token: string): Promise<void> {
  for (const app of apps) app.close()
  apps = urls.map((authInternalUrl) =>
    createAuthCore({
      loginUrl: `${ISSUER}/login`,
      ownUrl: OWN_URL,
      authInternalUrl,
      log: quiet,
      // A verifier with this source follows the feed from the start.
      onUserDeleted: () => {},
    }),
  )
  while (apps.some((app) => app.status().feed.state !== 'live')) await setTimeout(LOOK)
  await accept(token)
}

async function accept(token: string): Promise<void> {
  for (const app of apps) {
    if (await isRefused(app, cookieOf(token))) throw new Error('An app rejected a valid token.')
  }
}

async function isRefused(app: AuthCore, cookie: string): Promise<boolean> {
  if (app.recall('GET', ['Cookie', cookie])) return false
  const header = (name: string) => (name === 'cookie' ? cookie : undefined)
  const { user } = await app.authenticate({ method: 'GET', target: '/', header })
  return !user.isAuthenticated
}

async function watch(app: AuthCore, cookie: string): Promise<number> {
  // Not all at the same moment.
  await setTimeout(Math.random() * LOOK)
  while (!(await isRefused(app, cookie))) await setTimeout(LOOK)
  return machineTime()
}

const cookieOf = (token: string): string => `${COOKIE}=${token}`
const report = (what: Report): void => void process.send?.(what)

process.on('message', async (order: Order) => {
  if ('connect' in order) {
    await connect(order.connect, order.token)
    return report('connected')
  }
  await accept(order.watch)
  report('watching')
  const refusals = await Promise.all(apps.map((app) => watch(app, cookieOf(order.watch))))
  report({ refusedAt: Math.max(...refusals) })
})
process.on('disconnect', () => process.exit())
report('started')
