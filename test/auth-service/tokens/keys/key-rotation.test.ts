import { eq, like } from 'drizzle-orm'
import { expect, it } from 'vitest'
import type { FeedEntry } from '../../../../auth-service/src/events/revocation-entries.ts'
import { CLOCK_TOLERANCE, DELETION_TTL } from '../../../../auth-service/src/events/revocation-entries.ts'
import { MAX_KEYS, PUBLISHED_BEFORE_USE } from '../../../../auth-service/src/tokens/keys/key-rotation.ts'
import { KEYS_MAX_AGE } from '../../../../auth-service/src/tokens/keys/key-set.ts'
import { eventually } from '../../../support/eventually.ts'
import { NOW } from '../../../support/tokens.ts'
import { addUser, DEVICE, onBothDatabases, renew, type TestService } from '../../support/services.ts'

const DAY = 86_400

/** The kids in each state, oldest first. */
async function states({ keys }: TestService) {
  const list = await keys.list()
  const inState = (wanted: string) => list.filter(({ state }) => state === wanted).map(({ kid }) => kid)
  return { retiring: inState('retiring'), current: inState('current'), next: inState('next') }
}

const kidsOf = (service: TestService) => service.keys.published().keys.map(({ kid }) => kid)
const announced = async ({ revocations }: TestService): Promise<readonly FeedEntry[]> =>
  (await revocations.since(0)).entries
const kidOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

/** The audit log of the keys: event, actor and details. */
async function logged({ database }: TestService) {
  const { db, auditLog } = database
  const rows = await db.select().from(auditLog).where(like(auditLog.event, 'key%')).orderBy(auditLog.id)
  return rows.map(({ event, actor, details }) => [event, actor, JSON.parse(details)])
}

/** A service with a signed-in user, whose `next` key is known everywhere. */
async function settled(open: (options?: object) => Promise<TestService>, config = {}) {
  const service = await open({ config })
  const user = await addUser(service)
  const signedIn = await service.sessions.start(user, DEVICE)
  service.wait(PUBLISHED_BEFORE_USE)
  return { service, user, signedIn, first: await states(service) }
}

onBothDatabases('A rotation of the signing keys', (open) => {
  it('makes the next key sign, and publishes another', async () => {
    const { service, user, signedIn, first } = await settled(open)
    const outcome = await service.keys.rotate()
    const now = await states(service)
    expect(outcome).toEqual({
      ok: true,
      value: { retiring: first.current[0], current: first.next[0], next: now.next[0] },
    })
    expect(now).toEqual({ retiring: first.current, current: first.next, next: [expect.any(String)] })
    expect([...first.current, ...first.next]).not.toContain(now.next[0])
    expect(kidsOf(service).sort()).toEqual([...now.retiring, ...now.current, ...now.next].sort())
    const later = await service.sessions.start(user, DEVICE)
    expect([kidOf(later.accessToken), kidOf(later.refreshToken)]).toEqual([first.next[0], first.next[0]])
    expect(await service.introspect(later.accessToken)).not.toBeNull()
    service.wait(3600)
    expect(await renew(service, signedIn.refreshToken)).toMatchObject({ ok: true })
  })

  it('is recorded in the audit log, whether by command or by age, unless it failed', async () => {
    const { service, first } = await settled(open, { keyMaxAge: DAY })
    expect(await logged(service)).toEqual([])
    await service.keys.rotate()
    const second = await states(service)
    expect(await service.keys.rotate()).toMatchObject({ ok: false })
    await service.keys.maintain()
    const byCommand = { because: 'command', current: first.next[0], next: second.next[0] }
    expect(await logged(service)).toEqual([['keys_rotated', null, byCommand]])

    service.wait(DAY)
    await service.keys.maintain()
    const third = await states(service)
    const byAge = { because: 'age', current: second.next[0], next: third.next[0] }
    expect(await logged(service)).toEqual([
      ['keys_rotated', null, byCommand],
      ['keys_rotated', null, byAge],
    ])
  })

  it('announces the new key in the feed when it is published', async () => {
    const { service } = await settled(open)
    expect(await announced(service)).toEqual([])
    await service.keys.rotate()
    const { next } = await states(service)
    const jwk = service.keys.published().keys.find(({ kid }) => kid === next[0])
    expect(await announced(service)).toEqual([{ id: 1, jwk, exp: NOW + PUBLISHED_BEFORE_USE + DELETION_TTL }])
    expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it("removes the retiring key's private part from the database", async () => {
    const { service, first } = await settled(open)
    await service.keys.rotate()
    const { db, signingKeys } = service.database
    const rows = await db
      .select()
      .from(signingKeys)
      .where(eq(signingKeys.kid, first.current[0] ?? ''))
    expect(rows).toMatchObject([{ state: 'retiring', privateKey: '' }])
    // A start accepts it, too.
    expect((await open({ beside: service })).keys.current().kid).toBe(first.next[0])
  })

  it('is rejected while apps may not know the next key, with the remaining time, unless it is forced', async () => {
    const service = await open()
    service.wait(30)
    const first = await states(service)
    expect(await service.keys.rotate()).toEqual({
      ok: false,
      reason: 'too_early',
      wait: PUBLISHED_BEFORE_USE - 30,
    })
    expect(await states(service)).toEqual(first)
    expect(await announced(service)).toEqual([])
    expect(await service.keys.rotate({ force: true })).toMatchObject({ ok: true })
    expect((await states(service)).current).toEqual(first.next)
    service.wait(PUBLISHED_BEFORE_USE - 1)
    expect(await service.keys.rotate()).toEqual({ ok: false, reason: 'too_early', wait: 1 })
    service.wait(1)
    expect(await service.keys.rotate()).toMatchObject({ ok: true })
  })

  it('creates keys of the current SIGNING_ALG', async () => {
    const { service } = await settled(open)
    const again = await open({ beside: service, config: { signingAlg: 'EdDSA' } })
    await again.keys.rotate({ force: true })
    expect((await again.keys.list()).map(({ state, alg }) => [state, alg]).sort()).toEqual([
      ['current', 'ES256'],
      ['next', 'EdDSA'],
      ['retiring', 'ES256'],
    ])
  })

  it('happens once when many processes try at the same moment', async () => {
    const { service, first } = await settled(open)
    const others = await Promise.all([1, 2, 3].map(() => open({ beside: service })))
    for (const other of others) other.wait(PUBLISHED_BEFORE_USE)
    const outcomes = await Promise.all([service, ...others].map(({ keys }) => keys.rotate()))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    expect(outcomes.filter(({ ok }) => !ok)).toEqual(
      Array(3).fill({ ok: false, reason: 'too_early', wait: PUBLISHED_BEFORE_USE }),
    )
    expect(await states(service)).toMatchObject({ retiring: first.current, current: first.next })
    expect(await announced(service)).toHaveLength(1)
  })

  it('reaches the other processes at once: they sign with the new key', async () => {
    const { service, user, first } = await settled(open)
    const other = await open({ beside: service })
    other.wait(PUBLISHED_BEFORE_USE)
    await service.keys.rotate()
    await eventually(() => expect(other.keys.current().kid).toBe(first.next[0]))
    expect(kidsOf(other).sort()).toEqual(kidsOf(service).sort())
    const { accessToken } = await other.sessions.start(user, DEVICE)
    expect(await service.introspect(accessToken)).not.toBeNull()
  })

  it('happens automatically once the key is old enough, in one of several processes', async () => {
    const { service, first } = await settled(open, { keyMaxAge: DAY })
    const other = await open({ beside: service, config: { keyMaxAge: DAY } })
    service.wait(DAY - PUBLISHED_BEFORE_USE - 1)
    other.wait(DAY)
    await service.keys.maintain()
    expect(await states(service)).toEqual(first)
    service.wait(1)
    await Promise.all([service.keys.maintain(), other.keys.maintain()])
    expect(await states(service)).toMatchObject({ retiring: first.current, current: first.next })
    for (const { keys } of [service, other]) {
      await eventually(() => expect(keys.current().kid).toBe(first.next[0]))
    }
    await service.keys.maintain()
    expect(await announced(service)).toHaveLength(1)
  })

  it('waits, when automatic, while apps may not know the next key', async () => {
    const { service } = await settled(open, { keyMaxAge: DAY })
    service.wait(DAY)
    await service.keys.remove((await states(service)).next[0] ?? '')
    const now = await states(service)
    await service.keys.maintain()
    expect(await states(service)).toEqual(now)
    service.wait(PUBLISHED_BEFORE_USE)
    await service.keys.maintain()
    expect((await states(service)).current).toEqual(now.next)
  })

  it('is rejected if there would be too many keys, and only logs a warning when automatic', async () => {
    const { service } = await settled(open, { keyMaxAge: DAY })
    const { db, signingKeys } = service.database
    const [row] = await db.select().from(signingKeys)
    if (!row) throw new Error('There are no keys.')
    const more = Array.from({ length: MAX_KEYS - 2 }, (_, index) => ({ ...row, kid: `old-${index}` }))
    await db
      .insert(signingKeys)
      .values(more.map((key) => ({ ...key, state: 'retiring' as const, changedAt: NOW })))
    expect(await service.keys.rotate({ force: true })).toEqual({ ok: false, reason: 'too_many' })
    service.wait(DAY)
    await service.keys.maintain()
    expect(service.logged).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('too many signing keys') }),
    )
    expect(await service.keys.list()).toHaveLength(MAX_KEYS)
  })
})

onBothDatabases('A retiring key', (open) => {
  /** The time when the last token it signed expires; the service's clock is one second before that. */
  async function almostDead() {
    const { service, user, first } = await settled(open)
    await service.keys.rotate()
    service.wait(service.config.refreshTtl + KEYS_MAX_AGE / 1000 + CLOCK_TOLERANCE - 1)
    return { service, user, kid: first.current[0] as string }
  }

  it('is published until its last token expires, and then deleted', async () => {
    const { service, kid } = await almostDead()
    await service.sessions.deleteExpired()
    await service.keys.maintain()
    expect(kidsOf(service)).toContain(kid)
    service.wait(1)
    await service.keys.maintain()
    expect(kidsOf(service)).not.toContain(kid)
    expect(await service.keys.get(kid)).toBe('unknown')
    expect((await states(service)).retiring).toEqual([])
  })

  it('stays for sessions from before REFRESH_TTL was shortened', async () => {
    const { service, user, kid } = await almostDead()
    const { db, sessions } = service.database
    await service.sessions.start(user, DEVICE)
    const of = eq(sessions.userId, user.id)
    await db
      .update(sessions)
      .set({ rotatedAt: NOW, idleExpiresAt: NOW + 20 * DAY })
      .where(of)
    service.wait(DAY)
    await service.keys.maintain()
    expect(kidsOf(service)).toContain(kid)
    await db
      .update(sessions)
      .set({ rotatedAt: NOW + 2 * DAY })
      .where(of)
    await service.keys.maintain()
    expect(kidsOf(service)).not.toContain(kid)
  })

  it('leaves the feed once it is deleted', async () => {
    const { service } = await settled(open)
    await service.keys.rotate()
    service.wait(PUBLISHED_BEFORE_USE)
    await service.keys.rotate()
    const { current, next } = await states(service)
    service.wait(PUBLISHED_BEFORE_USE)
    await service.keys.rotate()
    expect(await announced(service)).toHaveLength(3)
    service.wait(service.config.refreshTtl + 2 * KEYS_MAX_AGE)
    await service.sessions.deleteExpired()
    await service.keys.maintain()
    expect(await service.keys.list()).toHaveLength(2)
    await service.revocations.deleteExpired()
    // The feed needs no entry for the deleted former `current` key.
    const kids = (await announced(service)).map((entry) => ('jwk' in entry ? entry.jwk.kid : null))
    expect(kids).toEqual([...next, (await states(service)).next[0]])
    expect(kids).not.toContain(current[0])
  })
})

onBothDatabases('A signing key that an operator removes', (open) => {
  it('is deleted and announced; if it was current, the next one signs and another becomes next', async () => {
    const { service, user, signedIn, first } = await settled(open)
    expect(await service.keys.remove(first.current[0] ?? '')).toBe(true)
    const now = await states(service)
    expect(now).toEqual({ retiring: [], current: first.next, next: [expect.any(String)] })
    const exp = NOW + PUBLISHED_BEFORE_USE + DELETION_TTL
    const jwk = service.keys.published().keys.find(({ kid }) => kid === now.next[0])
    const news = await announced(service)
    expect(news).toHaveLength(2)
    expect(news).toEqual(
      expect.arrayContaining([
        { id: expect.any(Number), kid: first.current[0], removed: true, exp },
        { id: expect.any(Number), jwk, exp },
      ]),
    )
    expect(await logged(service)).toEqual([
      ['key_removed', null, { kid: first.current[0], state: 'current' }],
    ])
    expect(kidOf((await service.sessions.start(user, DEVICE)).accessToken)).toBe(first.next[0])
    expect(await service.introspect(signedIn.accessToken)).toBeNull()
    // A user with only a refresh token it signed must sign in again.
    expect(await renew(service, signedIn.refreshToken)).toEqual({ ok: false, reason: 'rejected' })
  })

  it('can be the next one, which is replaced, or a retiring one, which is not', async () => {
    const { service, first } = await settled(open)
    await service.keys.remove(first.next[0] ?? '')
    const second = await states(service)
    expect(second.current).toEqual(first.current)
    expect(second.next).not.toEqual(first.next)
    await service.keys.rotate({ force: true })
    const third = await states(service)
    await service.keys.remove(third.retiring[0] ?? '')
    expect(await states(service)).toEqual({ ...third, retiring: [] })
  })

  it('must exist', async () => {
    const { service, first } = await settled(open)
    expect(await service.keys.remove('nobody')).toBe(false)
    expect(await logged(service)).toEqual([])
    expect(await states(service)).toEqual(first)
    expect(await announced(service)).toEqual([])
  })

  it('is dropped by every other process at once', async () => {
    const { service, signedIn, first } = await settled(open)
    const other = await open({ beside: service })
    expect(await other.introspect(signedIn.accessToken)).not.toBeNull()
    await service.keys.remove(first.current[0] ?? '')
    await eventually(() => expect(other.keys.current().kid).toBe(first.next[0]))
    expect(kidsOf(other)).not.toContain(first.current[0])
    expect(await other.introspect(signedIn.accessToken)).toBeNull()
    expect(await renew(other, signedIn.refreshToken)).toEqual({ ok: false, reason: 'rejected' })
  })
})
