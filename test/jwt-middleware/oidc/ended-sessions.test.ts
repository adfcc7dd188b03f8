import { describe, expect, it, onTestFinished } from 'vitest'
import { createEndedSessions, ENDED_POLL } from '../../../jwt-middleware/src/oidc/ended-sessions.ts'
import type { OidcSession } from '../../../jwt-middleware/src/oidc/sealed-session.ts'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { NOW } from '../../support/tokens.ts'

const session = (changes: Partial<OidcSession> = {}): OidcSession => ({
  id: 'own-1',
  sub: 'user-1',
  providerSid: 'sid-1',
  began: NOW,
  issuedAt: NOW,
  freshUntil: NOW + 300,
  accessToken: '',
  refreshToken: null,
  user: {
    email: 'ada@example.com',
    emailVerified: true,
    firstName: '',
    lastName: '',
    isStaff: false,
    isSuperuser: false,
    groups: [],
  },
  ...changes,
})

/** Processes that share one store, with a clock. */
function open({ most = 100, store = memoryState() } = {}) {
  const clock = { now: NOW * 1000 }
  const warned: object[] = []
  const process = () => {
    const ended: string[] = []
    const sessions = createEndedSessions({
      state: storedValue(store, 'ends'),
      onEnd: (id) => void ended.push(id),
      most,
      now: () => clock.now,
      warn: (fields) => void warned.push(fields),
    })
    onTestFinished(() => sessions.close())
    return { ...sessions, ended }
  }
  return { clock, store, warned, process }
}

const UNTIL = NOW + 420

describe('The end of sessions', () => {
  it('counts for those that began before it, by session, by user, or one alone', async () => {
    for (const [key, other] of [
      ['sid:sid-1', { providerSid: 'sid-2' }],
      ['sub:user-1', { sub: 'user-2' }],
      ['own:own-1', { id: 'own-2' }],
    ] as const) {
      const { end, has } = open().process()
      await end([key], NOW, UNTIL)
      expect(await has(session()), key).toBe(true)
      expect(await has(session(other)), key).toBe(false)
      expect(await has(session({ began: NOW + 1 })), `${key}, later`).toBe(false)
    }
  })

  it('is told once of each session that may be cached', async () => {
    const { process } = open()
    const { end, has, ended } = process()
    await has(session())
    await has(session({ id: 'own-2' }))
    await has(session({ id: 'own-3', began: NOW + 5 }))
    await end(['sid:sid-1'], NOW, UNTIL)
    await end(['sid:sid-1'], NOW, UNTIL)
    expect(ended).toEqual(['own-1', 'own-2'])
  })

  it('reaches another process at its next look, and one that starts later at once', async () => {
    const { process, clock } = open()
    const [one, other] = [process(), process()]
    await other.has(session())
    await one.end(['sid:sid-1'], NOW, UNTIL)
    expect(await other.has(session()), 'not looked yet').toBe(false)
    clock.now += ENDED_POLL
    expect(await other.has(session())).toBe(true)
    expect(other.ended).toEqual(['own-1'])
    expect(await process().has(session())).toBe(true)
  })

  it('survives that another process writes at the same time', async () => {
    const { process, clock, store } = open()
    const [one, other] = [process(), process()]
    await one.end(['sid:a'], NOW, UNTIL)
    store.writeState('ends', '[]')
    await other.end(['sid:b'], NOW, UNTIL)
    clock.now += ENDED_POLL
    await one.has(session())
    const stored = JSON.parse(store.readState('ends') as string) as [string][]
    expect(stored.map(([key]) => key).sort()).toEqual(['sid:a', 'sid:b'])
  })

  it('is forgotten once no cookie could be accepted, in memory and in the store', async () => {
    const { process, clock, store } = open()
    const { end, wasUsed } = process()
    await end(['sid:a'], NOW, UNTIL, 'jti-1')
    expect([wasUsed('jti-1'), wasUsed('jti-2')]).toEqual([true, false])
    clock.now = (UNTIL + 1) * 1000
    await end(['sid:b'], NOW + 421, UNTIL + 421)
    expect(wasUsed('jti-1')).toBe(false)
    expect(store.readState('ends')).not.toContain('sid:a')
  })

  it('counts in this process although the database does not respond', async () => {
    const broken = () => {
      throw new Error('the database is away')
    }
    const { process, warned } = open({ store: { readState: broken, writeState: broken } })
    const { end, has } = process()
    await end(['sid:sid-1'], NOW, UNTIL)
    expect(await has(session())).toBe(true)
    expect(warned).toContainEqual({ event: 'oidc_ends_not_shared', error: 'the database is away' })
  })

  it.each(['', 'nonsense', '{}', '[1, null, ["sid:a"], [7, 1, 2, ""]]'])(
    'is not disturbed by what else is stored: %s',
    async (text) => {
      const { process, store } = open()
      store.writeState('ends', text)
      const { end, has } = process()
      expect(await has(session())).toBe(false)
      await end(['sid:sid-1'], NOW, UNTIL)
      expect(await process().has(session())).toBe(true)
    },
  )

  it('remembers a bounded number of sessions', async () => {
    const { process } = open({ most: 2 })
    const { end, has, ended } = process()
    for (const id of ['own-1', 'own-2', 'own-3']) await has(session({ id }))
    await end(['sub:user-1'], NOW, UNTIL)
    expect(ended).toEqual(['own-2', 'own-3'])
  })
})
