/** Signs in, and renews through an app, in this process; reports which files both entered. */
import { createService, readConfig } from '@latchkey/auth-service'
import { auth, loginRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import type { createApp as CreateApp } from '../auth-service/src/web/app.tsx'
import type { Entry, Trace } from './trace.ts'
import type { Walks } from './walks.ts'

const { createApp } = (await import(new URL('../auth-service/dist/web/app.js', import.meta.url).href)) as {
  createApp: typeof CreateApp
}
const { during } = (globalThis as unknown as { latchkeyTrace: Trace }).latchkeyTrace
const AUTH_URL = 'http://auth.bench.localhost'
const PASSWORD = 'correct horse battery staple'
const EMAIL = 'ada@example.com'

let clock = Date.now()
const service = await createService(
  readConfig({
    AUTH_URL,
    COOKIE_DOMAIN: 'bench.localhost',
    SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
    DATABASE_URL: ':memory:',
    LOG_LEVEL: 'silent',
  }),
  { now: () => clock },
)
const authService = createApp(service)
await service.users.create({ email: EMAIL, password: await service.passwords.hash(PASSWORD) })

const OWN_URL = 'http://app1.bench.localhost'
const latchkey = auth({
  loginUrl: `${AUTH_URL}/login`,
  ownUrl: OWN_URL,
  fetch: async (input, init) => authService.request(new Request(input, init)),
  now: () => clock,
  log: service.log,
})
const app = new Hono()
app.use(latchkey)
app.get('/', loginRequired(), (c) => c.text(c.var.user.email))

interface Walk {
  readonly text: string
  readonly entries: readonly Entry[]
}

const jar = new Map<string, string>()

/** Sends one request with the cookies of the responses before it. */
async function walk(method: string, url: string, fields?: Record<string, string>): Promise<Walk> {
  const entries: Entry[] = []
  const { origin } = new URL(url)
  const init = {
    method,
    headers: {
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      origin,
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36',
    },
    ...(fields && { body: new URLSearchParams(fields) }),
  }
  const to = origin === AUTH_URL ? authService : app
  const { response, text } = await during(entries, async () => {
    const response = await to.request(url, init)
    return { response, text: await response.text() }
  })
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    jar.set(name, value)
  }
  if (response.status >= 400) throw new Error(`${method} ${url} returned ${response.status}`)
  return { text, entries }
}

/** Signs in as a new browser. */
async function signIn(): Promise<readonly Entry[]> {
  jar.clear()
  const { text } = await walk('GET', `${AUTH_URL}/login`)
  const token = /name="csrf_token" value="([^"]+)"/.exec(text)?.[1] ?? ''
  const fields = { csrf_token: token, email: EMAIL, password: PASSWORD, remember: 'on' }
  return (await walk('POST', `${AUTH_URL}/login`, fields)).entries
}

/** Requests a page after the access token has expired. */
async function renew(): Promise<readonly Entry[]> {
  clock += 600_000
  return (await walk('GET', `${OWN_URL}/`)).entries
}

// The first of each initialises what is created once.
await signIn()
await renew()
const walks: Walks = { 'sign-in': await signIn(), renewal: await renew() }
latchkey.close()
await service.close()
process.send?.(walks, () => process.disconnect())
