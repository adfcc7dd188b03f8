import { sqliteUsers } from '@latchkey/jwt-middleware/sqlite'
import Database from 'better-sqlite3'
import { createRemoteJWKSet, customFetch, type JWK, jwtVerify } from 'jose'
import { addressOf, ISSUER, NO_REVOCATIONS, OWN_URL, uuidOf } from './people.ts'

/** The user of a page. */
export interface PageUser {
  readonly isAuthenticated: true
  readonly id: number
  readonly email: string
  readonly firstName: string
  readonly lastName: string
}

interface LocalRow {
  readonly id: number
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  readonly is_staff: number
  readonly is_superuser: number
}

/** A database in memory with that many local users, and ways to authenticate them. */
export function createLocalUsers(jwk: JWK, people: number) {
  const db = new Database(':memory:')
  const users = sqliteUsers(db)
  for (let person = 0; person < people; person++) users.register(uuidOf(person))
  const columns = 'id, email, first_name, last_name, is_staff, is_superuser'
  const byUuid = db.prepare<[string], LocalRow>(`SELECT ${columns} FROM latchkey_users WHERE uuid = ?`)
  const update = db.prepare(
    'UPDATE latchkey_users SET email = ?, first_name = ?, last_name = ?, is_staff = ?, is_superuser = ? WHERE id = ?',
  )
  const fetch = async () => Response.json({ keys: [jwk] })
  // As jose's documentation shows it for rotating keys; the fetch is answered in this process, as Latchkey's is.
  const keys = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`), { [customFetch]: fetch })
  const expected = { issuer: ISSUER, audience: 'bench.localhost', typ: 'at+jwt', algorithms: ['ES256'] }

  /** What an app without Latchkey does next: update its row of this user from the token. */
  function follow(claims: Readonly<Record<string, unknown>>): PageUser {
    const email = claims.user_email as string
    const [firstName, lastName] = [claims.user_first_name as string, claims.user_last_name as string]
    const [isStaff, isSuperuser] = [Number(claims.user_is_staff), Number(claims.user_is_superuser)]
    const row = byUuid.get(claims.user_uuid as string) as LocalRow
    if (
      row.email !== email ||
      row.first_name !== firstName ||
      row.last_name !== lastName ||
      row.is_staff !== isStaff ||
      row.is_superuser !== isSuperuser
    ) {
      update.run(email, firstName, lastName, isStaff, isSuperuser, row.id)
    }
    return { isAuthenticated: true, id: row.id, email, firstName, lastName }
  }

  const pageUsers = Array.from({ length: people }, (_, person): PageUser => {
    const { id } = byUuid.get(uuidOf(person)) as LocalRow
    return { isAuthenticated: true, id, email: addressOf(person), firstName: 'Ada', lastName: 'Lovelace' }
  })
  let next = 0

  return {
    db,
    ids: () => pageUsers.map(({ id }) => id),
    /** The users of a page without authentication, in rotation: all contenders render the same pages. */
    nextUser: (): PageUser => pageUsers[next++ % people] as PageUser,
    /** Options of Latchkey's middleware. */
    options: {
      users,
      fetch,
      loginUrl: `${ISSUER}/login`,
      ownUrl: OWN_URL,
      revocations: NO_REVOCATIONS,
      log: { debug() {}, warn() {} },
    },
    follow,
    async byJose(token = ''): Promise<PageUser> {
      return follow((await jwtVerify(token, keys, expected)).payload)
    },
  }
}

export type LocalUsers = ReturnType<typeof createLocalUsers>
