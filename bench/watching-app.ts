/** One app, or several that share a process: each watches its own verdict on a token and reports when it refused. */
import { setTimeout } from 'node:timers/promises'
import { type Auth, createAuth } from '@latchkey/jwt-middleware'
import { machineTime } from './machine-time.ts'
import { COOKIE, ISSUER, OWN_URL } from './people.ts'

/** To follow these auth services, one app each; or to watch a token. Apps must accept it first, in either case. */
export type Order =
  | { readonly connect: readonly string[]; readonly token: string }
  | { readonly watch: string }
/** `refusedAt` is in ms on the clock that all processes of a machine share. */
export type Report = 'started' | 'connected' | 'watching' | { readonly refusedAt: number }

/** How often each app looks, in ms: fine enough for what must happen within a second, and little work for hundreds. */
const LOOK = 40
const quiet = { debug: () => {}, warn: () => {} }
let apps: readonly Auth[] = []

async function connect(urls: readonly string[], token: string): Promise<void> {
  for (const app of apps) app.close()
  apps = urls.map((authInternalUrl) =>
    createAuth({
      loginUrl: `${ISSUER}/login`,
      ownUrl: OWN_URL,
      authInternalUrl,
      log: quiet,
      // Whoever has this follows the feed from the start.
      onUserDeleted: () => {},
    }),
  )
  while (apps.some((app) => app.status().feed.state !== 'live')) await setTimeout(LOOK)
  await accept(token)
}

async function accept(token: string): Promise<void> {
  for (const app of apps) {
    if (await isRefused(app, cookieOf(token))) throw new Error('An app refused a good token.')
  }
}

async function isRefused(app: Auth, cookie: string): Promise<boolean> {
  if (app.recall('GET', ['Cookie', cookie])) return false
  const header = (name: string) => (name === 'cookie' ? cookie : undefined)
  const { user } = await app.authenticate({ method: 'GET', target: '/', header })
  return !user.isAuthenticated
}

async function watch(app: Auth, cookie: string): Promise<number> {
  // Not all in step.
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
