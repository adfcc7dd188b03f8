import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { jwt } from 'better-auth/plugins'
import Database from 'better-sqlite3'
import { OWN_URL } from '../people.ts'
import { cookiesOf, type Visitor } from './contender.ts'

/** Where the page finds the session: in the database, or in a cookie that is signed with a secret or a private key. */
export type SessionPlace = 'database' | 'cookie' | 'asymmetric cookie'

/** The cookie is valid for five minutes by default, less than the measurement takes. */
const LIFETIME = 24 * 60 * 60

/** better-auth on SQLite in memory, as its documentation has it for production. */
export async function createSessions(place: SessionPlace) {
  const database = new Database(':memory:')
  const auth = betterAuth({
    database,
    baseURL: OWN_URL,
    secret: 'a secret of the benchmark, and of no one else',
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    logger: { disabled: true },
    session: {
      cookieCache: {
        enabled: place !== 'database',
        maxAge: LIFETIME,
        strategy: place === 'asymmetric cookie' ? 'jwt' : 'compact',
      },
    },
    plugins:
      place === 'asymmetric cookie'
        ? [jwt({ sessionCookieCache: true, jwks: { keyPairConfig: { alg: 'ES256' } } })]
        : [],
  })
  await (await getMigrations(auth.options)).runMigrations()

  async function signIn({ email }: Visitor): Promise<string> {
    const answer = await auth.api.signUpEmail({
      body: { email, name: 'Ada Lovelace', password: 'correct horse battery staple' },
      asResponse: true,
    })
    // Without its row, a session is found in the cookie or not at all.
    if (place !== 'database') database.exec('DELETE FROM session')
    return cookiesOf(answer)
  }

  return { auth, signIn }
}
