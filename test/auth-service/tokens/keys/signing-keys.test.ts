import type { VerificationKey } from '@latchkey/jwt-middleware'
import { eq } from 'drizzle-orm'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import type { FeedEntry } from '../../../../auth-service/src/events/revocation-entries.ts'
import { ConfigError } from '../../../../auth-service/src/platform/config/config.ts'
import { createKeyEncryption } from '../../../../auth-service/src/tokens/keys/key-encryption.ts'
import {
  createKeySet,
  KEYS_COOLDOWN,
  KEYS_MAX_AGE,
} from '../../../../auth-service/src/tokens/keys/key-set.ts'
import { freshPostgres } from '../../../support/database.ts'
import { NOW } from '../../../support/tokens.ts'
import {
  addUser,
  DEVICE,
  onBothDatabases,
  SECRET_KEY,
  sqliteFiles,
  type TestService,
} from '../../support/services.ts'
import { startTogether } from '../../support/start-together.ts'

const rowsOf = ({ database: { db, signingKeys } }: TestService) => db.select().from(signingKeys)
const kidsOf = (service: TestService) => service.keys.published().keys.map(({ kid }) => kid)

/** The state after a rotation in another process. */
async function rotateElsewhere(service: TestService): Promise<void> {
  const { db, signingKeys } = service.database
  const [row] = await rowsOf(service)
  if (!row) throw new Error('There are no keys.')
  await db.update(signingKeys).set({ state: 'retiring' }).where(eq(signingKeys.state, 'current'))
  await db.update(signingKeys).set({ state: 'current' }).where(eq(signingKeys.state, 'next'))
  await db.insert(signingKeys).values({ ...row, kid: 'added', state: 'next' })
}

onBothDatabases('Signing keys', (open) => {
  it('are created on the first start, one to sign and one as the next, and kept', async () => {
    const service = await open()
    const rows = await rowsOf(service)
    expect(rows.map(({ state }) => state).sort()).toEqual(['current', 'next'])
    expect(rows.map(({ alg, createdAt, changedAt }) => [alg, createdAt, changedAt])).toEqual([
      ['ES256', NOW, NOW],
      ['ES256', NOW, NOW],
    ])
    const again = await open({ beside: service })
    expect(await rowsOf(again)).toEqual(rows)
    expect(again.keys.current().kid).toBe(service.keys.current().kid)
  })

  it('do not include a key that another process removes while they are read for the first time', async () => {
    const service = await open()
    const rows = await rowsOf(service)
    const [removed = '', ...kept] = rows.map(({ kid }) => kid)
    let hear: (entries: readonly FeedEntry[]) => void = () => {}
    const keys = await createKeySet({
      async read() {
        hear([{ id: 1, kid: removed, removed: true, exp: NOW + 60 }])
        return rows
      },
      open: createKeyEncryption(service.config, () => NOW * 1000).open,
      subscribe(listener) {
        hear = listener
      },
      log: service.log,
      now: () => NOW * 1000,
    })
    expect(keys.published().keys.map((key) => key.kid)).toEqual(kept)
  })

  it('publish only their public halves', async () => {
    const service = await open()
    expect(service.keys.published().keys).toHaveLength(2)
    for (const key of service.keys.published().keys) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
      expect(key).toMatchObject({ kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig' })
      expect(key.kid).toMatch(/^[A-Za-z0-9_-]{12}$/)
    }
    expect(kidsOf(service)).toContain(service.keys.current().kid)
  })

  it('are stored encrypted', async () => {
    const service = await open()
    for (const { privateKey } of await rowsOf(service)) {
      expect(privateKey).toMatch(/^v1\.[\w-]{16}\.[\w-]+\.[\w-]{22}$/)
    }
    const exported = service.keys.current().key.export({ format: 'jwk' }).d as string
    expect(JSON.stringify(await rowsOf(service))).not.toContain(exported)
  })

  it('cannot be read with another SECRET_KEY: the start fails with instructions', async () => {
    const service = await open()
    const starting = open({
      beside: service,
      config: { secretKey: 'another secret of more than 32 characters' },
    })
    await expect(starting).rejects.toThrow(ConfigError)
    await expect(starting).rejects.toThrow(/SECRET_KEY can't decrypt the signing keys/)
    await expect(starting).rejects.not.toThrow(/another secret/)
  })

  describe('While SECRET_KEY is replaced, signing keys', () => {
    const newer = { secretKey: 'another secret of more than 32 characters', secretKeyFallbacks: [SECRET_KEY] }

    it('are encrypted again at the start, so that the fallback can go', async () => {
      const before = await open()
      const { kid } = before.keys.current()
      const between = await open({ beside: before, config: newer })
      expect(between.keys.current().kid).toBe(kid)
      expect(between.logged).toContainEqual(
        expect.objectContaining({ msg: expect.stringContaining('you can remove SECRET_KEY_FALLBACKS') }),
      )
      const after = await open({ beside: before, config: { secretKey: newer.secretKey } })
      expect(after.keys.current().kid).toBe(kid)
      const { accessToken } = await after.sessions.start(await addUser(after), DEVICE)
      expect(await before.introspect(accessToken)).not.toBeNull()
    })

    it('are encrypted again once, even if many processes start', async () => {
      const before = await open()
      await Promise.all([1, 2, 3, 4].map(() => open({ beside: before, config: newer })))
      const sealed = (await rowsOf(before)).map(({ privateKey }) => privateKey)
      await open({ beside: before, config: newer })
      expect((await rowsOf(before)).map(({ privateKey }) => privateKey)).toEqual(sealed)
    })

    it('stay in use in a process that still runs with the old secret', async () => {
      const before = await open()
      const { kid } = before.keys.current()
      await open({ beside: before, config: newer })
      await before.keys.reload()
      expect(before.keys.current().kid).toBe(kid)
    })

    it('are all checked, not only the current one', async () => {
      const service = await open()
      const { db, signingKeys } = service.database
      await db
        .update(signingKeys)
        .set({ privateKey: 'v1.of.another.secret' })
        .where(eq(signingKeys.state, 'next'))
      await expect(open({ beside: service, config: newer })).rejects.toThrow(/can't decrypt the signing keys/)
    })
  })

  it.each([
    ['RS256', 'RSA'],
    ['EdDSA', 'OKP'],
  ] as const)('can be %s, and sign tokens that any library verifies', async (signingAlg, kty) => {
    const service = await open({ config: { signingAlg } })
    const keySet = service.keys.published() as unknown as JSONWebKeySet
    expect(keySet.keys.map((key) => [key.kty, key.alg])).toEqual([
      [kty, signingAlg],
      [kty, signingAlg],
    ])
    const { accessToken } = await service.sessions.start(await addUser(service), DEVICE)
    const currentDate = new Date(service.now())
    const verified = await jwtVerify(accessToken, createLocalJWKSet(keySet), { currentDate })
    expect(verified.protectedHeader).toEqual({
      alg: signingAlg,
      kid: service.keys.current().kid,
      typ: 'at+jwt',
    })
  })

  it('stay when SIGNING_ALG changes, with a warning', async () => {
    const service = await open()
    const again = await open({ beside: service, config: { signingAlg: 'EdDSA' } })
    expect(again.keys.current().alg).toBe('ES256')
    expect(again.logged).toContainEqual(
      expect.objectContaining({ level: 40, state: 'current', alg: 'ES256' }),
    )
  })

  it('are identified to the middleware by their kid', async () => {
    const { keys } = await open()
    const { kid } = keys.current()
    const found = (await keys.get(kid)) as VerificationKey
    expect(found).toMatchObject({ kid, alg: 'ES256' })
    expect(found.key.type).toBe('public')
    expect(await keys.get('nobody')).toBe('unknown')
  })

  it('that another process rotated are noticed within a minute', async () => {
    const service = await open()
    const before = service.keys.current().kid
    await rotateElsewhere(service)
    service.wait(KEYS_MAX_AGE / 1000 - 1)
    expect(service.keys.current().kid).toBe(before)
    service.wait(1)
    service.keys.current()
    await service.keys.get('added')
    expect(service.keys.current().kid).not.toBe(before)
    expect(kidsOf(service)).toContain(before)
    expect(kidsOf(service)).toContain('added')
  })

  it('that are unknown are looked up at once, but not for every request', async () => {
    const service = await open()
    service.wait(KEYS_COOLDOWN / 1000)
    expect(await service.keys.get('added')).toBe('unknown')
    await rotateElsewhere(service)
    expect(await service.keys.get('added')).toBe('unknown')
    service.wait(KEYS_COOLDOWN / 1000)
    const asked = await Promise.all([service.keys.get('added'), service.keys.get('added')])
    expect(asked).toMatchObject([{ kid: 'added' }, { kid: 'added' }])
  })

  it('stay in use if they cannot be read again, and no kid is reported as unknown', async () => {
    const service = await open()
    const { kid } = service.keys.current()
    const { db, signingKeys } = service.database
    const rows = await rowsOf(service)
    await db.delete(signingKeys)
    service.wait(KEYS_MAX_AGE / 1000)
    expect(await service.keys.get('nobody')).toBe('unavailable')
    expect(service.keys.current().kid).toBe(kid)
    expect(await service.keys.get(kid)).toMatchObject({ kid })
    await expect(service.keys.reload()).rejects.toThrow('no current signing key')
    await db.insert(signingKeys).values(rows)
    await service.keys.reload()
    expect(await service.keys.get('nobody')).toBe('unknown')
  })
})

const files = sqliteFiles()
afterAll(files.remove)

it.each([
  ['SQLite', files.empty],
  ['Postgres', freshPostgres],
])('processes that start at once on an empty %s database have the same two keys', async (_, fresh) => {
  const starts = await startTogether(await fresh(), 4)
  const [first] = starts
  expect(first).toEqual({ current: expect.any(String), kids: [expect.any(String), expect.any(String)] })
  expect(starts).toEqual(starts.map(() => first))
})
