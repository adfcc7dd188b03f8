/**
 * Verifies API keys with better-auth's plugin, on SQLite. bench/tokens.ts copies this file to a folder where better-auth
 * is installed, and runs it there: for each line on stdin it verifies keys for a while, and prints how many per second.
 */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

interface Api {
  signUpEmail(given: object): Promise<{ user: { id: string } }>
  createApiKey(given: object): Promise<{ key: string }>
  verifyApiKey(given: object): Promise<{ valid: boolean }>
}

/** For each line, in ms. */
const DURATION = 1_000

const [repository = '', file = '', count = ''] = process.argv.slice(2)
// Its types are not here, and neither is the package where this is compiled.
const load = (name: string) => import(name)
const [{ betterAuth }, { getMigrations }, { apiKey }] = await Promise.all(
  ['better-auth', 'better-auth/db/migration', '@better-auth/api-key'].map(load),
)
const Database = createRequire(repository)('better-sqlite3')
const database = new Database(file)
// As our auth service has them: with the defaults each verification, which writes when the key was used, waits for the
// disk.
database.pragma('journal_mode = WAL')
database.pragma('synchronous = NORMAL')
const auth = betterAuth({
  database,
  secret: 'a-key-that-seals-nothing-of-any-worth',
  baseURL: 'http://auth.bench.localhost',
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  logger: { level: 'error' },
  // Its limit is ten requests a day for each key.
  plugins: [apiKey({ rateLimit: { enabled: false } })],
})
await (await getMigrations(auth.options)).runMigrations()
const api = auth.api as Api
const { user } = await api.signUpEmail({
  body: { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada' },
})
const keys: string[] = []
for (let i = 0; i < Number(count); i++) {
  keys.push((await api.createApiKey({ body: { userId: user.id, name: `key ${i}` } })).key)
}

let next = 0
async function verify(): Promise<number> {
  const begin = performance.now()
  let done = 0
  while (performance.now() - begin < DURATION) {
    const { valid } = await api.verifyApiKey({ body: { key: keys[next++ % keys.length] } })
    if (!valid) throw new Error('better-auth refused a valid key.')
    done++
  }
  return (done / (performance.now() - begin)) * 1000
}

await verify()
console.log('ready')
for await (const _ of createInterface({ input: process.stdin })) console.log(await verify())
