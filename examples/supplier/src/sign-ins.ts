import { createHash, randomBytes } from 'node:crypto'
import { migrateSqlite } from '@latchkey/jwt-middleware/sqlite'
import type { CacheProvider } from '@node-saml/node-saml'
import type { Database } from 'better-sqlite3'
import { and, eq, gt, inArray, lte } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import { messages, signIns } from './schema.ts'

/** A user, as the assertion described them. */
export interface Visitor {
  readonly nameId: string
  readonly nameIdFormat: string
  readonly sessionIndex: string
  readonly email: string
  readonly name: string
  readonly groups: readonly string[]
}

/** Who is signed in. A cookie is a secret of 256 bits, stored as a hash. */
export interface SignIns {
  /** Returns the cookie. `until` in seconds. */
  begin(visitor: Visitor, until: number): string
  find(cookie: string): Visitor | null
  /** Returns who it was. */
  end(cookie: string): Visitor | null
  /** Ends those with this name: in these sessions, or in all without any. Returns how many. */
  endNamed(nameId: string, sessionIndexes: readonly string[]): number
  /** `false` if the assertion was used before. `until` in seconds. */
  useOnce(assertionId: string, until: number): boolean
  /** Where node-saml keeps its requests. */
  readonly requests: CacheProvider
}

/** How long the family may take for an answer, in seconds. */
const REQUEST_LIFETIME = 3600

export function createSignIns(client: Database, now: () => number): SignIns {
  migrateSqlite(client, { folder: new URL('../drizzle/', import.meta.url), table: '__supplier_migrations' })
  const db = drizzle(client)
  const time = () => Math.floor(now() / 1000)
  const { id, nameId, sessionIndex, expiresAt } = signIns

  /** Adds a message that no other one has the ID of. */
  function add(message: string, content: string, until: number): boolean {
    db.delete(messages).where(lte(messages.expiresAt, time())).run()
    const row = { id: message, content, expiresAt: until }
    return db.insert(messages).values(row).onConflictDoNothing().run().changes > 0
  }

  function find(cookie: string): Visitor | null {
    const live = and(eq(id, hashOf(cookie)), gt(expiresAt, time()))
    const row = db.select().from(signIns).where(live).get()
    return row ? { ...row, groups: JSON.parse(row.groups) } : null
  }

  return {
    begin(visitor, until) {
      const cookie = randomBytes(32).toString('base64url')
      db.delete(signIns).where(lte(expiresAt, time())).run()
      db.insert(signIns)
        .values({
          ...visitor,
          id: hashOf(cookie),
          groups: JSON.stringify(visitor.groups),
          expiresAt: until,
        })
        .run()
      return cookie
    },
    find,
    end(cookie) {
      const visitor = find(cookie)
      db.delete(signIns)
        .where(eq(id, hashOf(cookie)))
        .run()
      return visitor
    },
    endNamed: (name, indexes) =>
      db
        .delete(signIns)
        .where(and(eq(nameId, name), indexes.length > 0 ? inArray(sessionIndex, [...indexes]) : undefined))
        .run().changes,
    useOnce: (assertion, until) => add(assertion, '', until),
    requests: {
      async saveAsync(key, value) {
        add(key, value, time() + REQUEST_LIFETIME)
        return { value, createdAt: now() }
      },
      async getAsync(key) {
        const live = and(eq(messages.id, key), gt(messages.expiresAt, time()))
        return db.select().from(messages).where(live).get()?.content || null
      },
      async removeAsync(key) {
        if (key !== null) db.delete(messages).where(eq(messages.id, key)).run()
        return key
      },
    },
  }
}

const hashOf = (cookie: string): string => createHash('sha256').update(cookie).digest('base64url')
