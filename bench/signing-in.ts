/** The built auth service, with users who can sign in; the parent sets the hashing cost. */
import { createPasswords, createService, type Passwords, readConfig } from '@latchkey/auth-service'
import type { readHash as ReadHash } from '../auth-service/src/accounts/passwords/hashers/hashers.ts'
import type { serve as Serve } from '../auth-service/src/web/server.ts'

export type Hashing = 'in the pool' | 'on the main thread'

/** Its address, and the credentials to sign in. */
export interface SigningIn {
  readonly url: string
  readonly emails: readonly string[]
  readonly password: string
}

// The package does not export them; the build is what runs.
const built = (file: string) => import(new URL(`../auth-service/dist/${file}`, import.meta.url).href)
const { serve } = (await built('web/server.js')) as { serve: typeof Serve }
const { readHash } = (await built('accounts/passwords/hashers/hashers.js')) as { readHash: typeof ReadHash }

const [databaseFile = '', people = '', hashing = ''] = process.argv.slice(2)

const config = readConfig({
  AUTH_URL: 'http://auth.bench.localhost',
  COOKIE_DOMAIN: 'bench.localhost',
  SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
  DATABASE_URL: `file:${databaseFile}`,
  PORT: '0',
  LOG_LEVEL: 'warn',
})
const pool = createPasswords({ hasher: config.passwordHasher })
const onMainThread: Passwords = {
  ...pool,
  check: async (given, encoded) => readHash(encoded ?? '')?.matches(given) ?? false,
}
const passwords = hashing === ('on the main thread' satisfies Hashing) ? onMainThread : pool
const service = await createService(config, { passwords })
const password = 'correct horse battery staple'
const hash = await service.passwords.hash(password)
const emails = Array.from({ length: Number(people) }, (_, i) => `person-${i}@bench.example`)
for (const email of emails) await service.users.create({ email, password: hash })

const server = await serve(service)

const told: SigningIn = { url: `http://127.0.0.1:${server.address.port}`, emails, password }
process.send?.(told)
process.on('message', () => {
  server.close().finally(() => process.disconnect())
})
