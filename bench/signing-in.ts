/** The built auth service, with users who can sign in; the parent sets the hashing cost. */
import { createService, readConfig } from '@latchkey/auth-service'
import type { createAccounts as CreateAccounts } from '../auth-service/src/accounts/password-sign-in.ts'
import type { readHash as ReadHash } from '../auth-service/src/accounts/passwords/hashers/hashers.ts'
import type { Passwords } from '../auth-service/src/accounts/passwords/passwords.ts'
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
const { serve } = (await built('server.js')) as { serve: typeof Serve }
const { createAccounts } = (await built('accounts.js')) as { createAccounts: typeof CreateAccounts }
const { readHash } = (await built('hashers/table.js')) as { readHash: typeof ReadHash }

const [databaseFile = '', people = '', hashing = ''] = process.argv.slice(2)

const service = await createService(
  readConfig({
    AUTH_URL: 'http://auth.bench.localhost',
    COOKIE_DOMAIN: 'bench.localhost',
    SECRET_KEY: 'a-key-that-seals-nothing-of-any-worth',
    DATABASE_URL: `file:${databaseFile}`,
    PORT: '0',
    LOG_LEVEL: 'warn',
  }),
)
const password = 'correct horse battery staple'
const hash = await service.passwords.hash(password)
const emails = Array.from({ length: Number(people) }, (_, i) => `person-${i}@bench.example`)
for (const email of emails) await service.users.create({ email, password: hash })

const onMainThread: Passwords = {
  ...service.passwords,
  check: async (given, encoded) => readHash(encoded ?? '')?.matches(given) ?? false,
}
const passwords = hashing === ('on the main thread' satisfies Hashing) ? onMainThread : service.passwords
const server = await serve({ ...service, accounts: createAccounts({ ...service, passwords }) })

const told: SigningIn = { url: `http://127.0.0.1:${server.address.port}`, emails, password }
process.send?.(told)
process.on('message', () => {
  server.close().finally(() => process.disconnect())
})
