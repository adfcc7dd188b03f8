import type { KeyObject } from 'node:crypto'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { type Actor, type Audit, type AuditEvent, OPERATOR } from '../events/audit-log.ts'
import { unixTime } from '../platform/clock.ts'
import { type Config, ConfigError } from '../platform/config/config.ts'
import { createEncryption } from '../platform/crypto/encryption.ts'
import { exportPrivateKey, importPrivateKey } from '../platform/crypto/jws.ts'
import { randomToken } from '../platform/crypto/random-id.ts'
import type { Database } from '../platform/database/open.ts'
import { lockTable } from '../platform/database/row-locks.ts'
import { makeSamlKey } from './saml-certificate.ts'

type Row = Database['samlKeys']['$inferSelect']

/** What signs our messages. */
export interface SamlKey {
  readonly privateKey: KeyObject
  /** X.509 in DER, as base64. */
  readonly certificate: string
}

/** A key as shown to operators. Times in seconds. */
export type SamlKeyFacts = Pick<Row, 'id' | 'state' | 'certificate' | 'createdAt' | 'changedAt'>

/**
 * The keys that sign SAML messages. `current` signs; `next` is published in the metadata, so that service providers know
 * it before it signs; `retiring` stays there until it is removed. They are not those of the tokens: service providers
 * read metadata once, when an administrator gives it to them, so that only an administrator knows when to rotate.
 */
export interface SamlKeys {
  /** The key that signs. The first one is made when it is first needed. Throws on an outage. */
  current(): Promise<SamlKey>
  /** The certificates for the metadata: the current one, the next one, and the retiring ones. */
  published(): Promise<readonly string[]>
  list(): Promise<readonly SamlKeyFacts[]>
  /** Makes the next key; `null` if there is one. */
  add(by?: Actor): Promise<SamlKeyFacts | null>
  /** Makes the next key the current one. */
  rotate(by?: Actor): Promise<Result<SamlKeyFacts, 'no_next'>>
  /** Removes the next key, or a retiring one. */
  remove(id: string, by?: Actor): Promise<Result<true, 'not_found' | 'current'>>
  /** Encrypts private keys of a fallback again with SECRET_KEY. Throws ConfigError if no secret decrypts one. */
  reencrypt(): Promise<void>
}

export interface SamlKeysOptions {
  readonly config: Pick<Config, 'secretKey' | 'secretKeyFallbacks' | 'authUrl'>
  readonly database: Database
  readonly audit: Pick<Audit, 'step'>
  readonly now: () => number
}

const ORDER = ['current', 'next', 'retiring']

export function createSamlKeys({ config, database, audit, now }: SamlKeysOptions): SamlKeys {
  const { db, samlKeys } = database
  const { id, state } = samlKeys
  const encryption = createEncryption(config, 'samlKeys')

  const readAll = async (): Promise<readonly Row[]> => {
    const rows = await db.select().from(samlKeys).orderBy(asc(samlKeys.createdAt), asc(id))
    return rows.sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state))
  }

  async function make(as: Row['state']): Promise<Row> {
    const { privateKey, certificate } = await makeSamlKey(new URL(config.authUrl).hostname, now())
    const newId = randomToken()
    const at = unixTime(now)
    return {
      id: newId,
      state: as,
      certificate,
      privateKey: encryption.encrypt(exportPrivateKey(privateKey), newId),
      createdAt: at,
      changedAt: at,
    }
  }

  /** All keys. Makes the first one if it is missing. */
  async function rowsWithCurrent(): Promise<readonly Row[]> {
    const rows = await readAll()
    if (rows[0]?.state === 'current') return rows
    // The unique index lets one of two processes make it.
    await db
      .insert(samlKeys)
      .values(await make('current'))
      .onConflictDoNothing()
    return readAll()
  }

  function open({ id: keyId, certificate, privateKey }: Row): SamlKey {
    const der = encryption.decrypt(privateKey, keyId)
    if (der) return { privateKey: importPrivateKey(der), certificate }
    throw new ConfigError([
      "SECRET_KEY can't decrypt the key that signs SAML messages. Start with the SECRET_KEY that encrypted it, or add it " +
        'to SECRET_KEY_FALLBACKS. If it is lost, empty the table saml_keys: a new key is made, and all service providers ' +
        'need the new metadata',
    ])
  }

  const step = (
    event: AuditEvent,
    by: Actor,
    details: Record<string, string>,
    which: ReturnType<typeof sql>,
  ) => audit.step({ event, subject: null, actor: by.uuid, sid: null, device: by.device, details }, which)

  const some = (which: Row['state']) => sql`EXISTS (SELECT 1 FROM ${samlKeys} WHERE ${state} = ${which})`

  return {
    async current() {
      const [row] = await rowsWithCurrent()
      if (!row) throw new Error('The table saml_keys holds no current key.')
      return open(row)
    },
    published: async () => (await rowsWithCurrent()).map(({ certificate }) => certificate),
    list: async () => (await readAll()).map(factsOf),
    async add(by = OPERATOR) {
      await rowsWithCurrent()
      const row = await make('next')
      const results = await database.transaction((handle) => [
        ...lockTable(database, samlKeys),
        step('saml_key_added', by, { key: row.id }, sql`WHERE NOT ${some('next')}`),
        handle.insert(samlKeys).values(row).onConflictDoNothing().returning({ id }),
      ])
      return results.at(-1)?.length === 1 ? factsOf(row) : null
    },
    async rotate(by = OPERATOR) {
      const next = (await readAll()).find((row) => row.state === 'next')
      if (!next) return failure('no_next')
      const isNext = and(eq(id, next.id), eq(state, 'next'))
      const changedAt = unixTime(now)
      const results = await database.transaction((handle) => [
        ...lockTable(database, samlKeys),
        step('saml_keys_rotated', by, { key: next.id }, sql`FROM ${samlKeys} WHERE ${isNext}`),
        handle
          .update(samlKeys)
          .set({ state: 'retiring', privateKey: '', changedAt })
          .where(
            and(
              eq(state, 'current'),
              sql`EXISTS (SELECT 1 FROM ${samlKeys} AS other WHERE other.id = ${next.id} AND other.state = 'next')`,
            ),
          )
          .returning({ id }),
        handle.update(samlKeys).set({ state: 'current', changedAt }).where(isNext).returning({ id }),
      ])
      return results.at(-1)?.length === 1
        ? success({ ...factsOf(next), state: 'current', changedAt })
        : failure('no_next')
    },
    async remove(which, by = OPERATOR) {
      const removable = and(eq(id, which), ne(state, 'current'))
      const results = await database.transaction((handle) => [
        ...lockTable(database, samlKeys),
        step('saml_key_removed', by, { key: which }, sql`FROM ${samlKeys} WHERE ${removable}`),
        handle.delete(samlKeys).where(removable).returning({ id }),
      ])
      if (results.at(-1)?.length === 1) return success(true)
      return failure((await readAll()).some((row) => row.id === which) ? 'current' : 'not_found')
    },
    async reencrypt() {
      for (const row of await readAll()) {
        if (row.privateKey === '') continue
        open(row)
        const privateKey = encryption.reencrypt(row.privateKey, row.id)
        if (privateKey === null) continue
        const same = and(eq(id, row.id), eq(samlKeys.privateKey, row.privateKey))
        await db.update(samlKeys).set({ privateKey }).where(same)
      }
    },
  }
}

const factsOf = ({ id, state, certificate, createdAt, changedAt }: Row): SamlKeyFacts => ({
  id,
  state,
  certificate,
  createdAt,
  changedAt,
})
