import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createRevocationList,
  type RevocationList,
  type Standing,
} from '../../../jwt-middleware/src/feed/revocation-list.ts'
import { ADA } from '../../support/tokens.ts'

const token = (changes: Partial<Standing> = {}) => ({ sid: 'one', sub: ADA.uuid, iat: 100, ...changes })

describe('The revocation list', () => {
  let seconds: number
  let list: RevocationList
  let id: number
  beforeEach(() => {
    seconds = 100
    id = 0
    list = createRevocationList(() => seconds * 1000)
  })
  const revoke = (sid = 'one', exp = 460) => list.add({ id: ++id, sid, exp })
  const stale = (before: number, sid = 'one', exp = 460) => list.add({ id: ++id, sid, before, exp })

  it('is empty at first, and accepts everything', () => {
    expect(list.verdict(token())).toBe('good')
    expect([list.size, list.version]).toEqual([0, 0])
    expect(list.isRemovedKey('key-1')).toBe(false)
  })

  it('rejects an ended session with any token', () => {
    revoke()
    expect(list.verdict(token())).toBe('revoked')
    expect(list.verdict(token({ iat: 10_000 }))).toBe('revoked')
    expect(list.verdict(token({ sid: 'two' }))).toBe('good')
  })

  it('rejects stale tokens by the second they were issued', () => {
    stale(100)
    expect(list.verdict(token({ iat: 99 }))).toBe('stale')
    expect(list.verdict(token({ iat: 100 }))).toBe('good')
  })

  describe('with versions on both sides', () => {
    const staleBy = (version: number, before = 101) =>
      list.add({ id: ++id, sid: 'one', before, version, exp: 460 })

    it('distinguishes tokens of the same second', () => {
      staleBy(8)
      expect(list.verdict(token({ userVersion: 7 }))).toBe('stale')
      expect(list.verdict(token({ userVersion: 8 }))).toBe('good')
      expect(list.verdict(token({ userVersion: 9 }))).toBe('good')
    })

    it("ignores the token's date", () => {
      staleBy(8)
      expect(list.verdict(token({ userVersion: 7, iat: 10_000 }))).toBe('stale')
      expect(list.verdict(token({ userVersion: 8, iat: 1 }))).toBe('good')
    })

    it('keeps the higher of two in any order', () => {
      staleBy(8)
      staleBy(7)
      const { version } = list
      staleBy(8)
      expect([list.size, list.version]).toEqual([1, version])
      expect(list.verdict(token({ userVersion: 7 }))).toBe('stale')
      staleBy(9)
      expect(list.verdict(token({ userVersion: 8 }))).toBe('stale')
    })

    it('uses the second if the token or the entry has no version', () => {
      staleBy(8)
      expect(list.verdict(token({ iat: 100 }))).toBe('stale')
      expect(list.verdict(token({ iat: 101 }))).toBe('good')
      stale(120)
      expect(list.verdict(token({ userVersion: 8, iat: 119 }))).toBe('stale')
      expect(list.verdict(token({ userVersion: 8, iat: 120 }))).toBe('good')
      expect(list.verdict(token({ userVersion: 7, iat: 120 }))).toBe('stale')
    })
  })

  describe('after the end of all sessions of a user', () => {
    const endAll = (version: number, kept?: string, exp = 460) =>
      list.add({ id: ++id, sub: ADA.uuid, before: 101, version, ...(kept && { kept }), exp })

    it('rejects the sessions that began before, and no later one', () => {
      endAll(8)
      for (const sid of ['one', 'two']) {
        expect(list.verdict(token({ sid, userVersion: 7 }))).toBe('revoked')
        expect(list.verdict(token({ sid, userVersion: 8 }))).toBe('good')
      }
      expect(list.verdict(token({ iat: 100 })), 'a token of an older auth service').toBe('revoked')
      expect(list.verdict(token({ iat: 101 }))).toBe('good')
      expect(list.verdict(token({ sub: 'somebody else', userVersion: 7 }))).toBe('good')
    })

    it('accepts the one that was kept, until another one is', () => {
      endAll(8, 'one')
      const verdicts = () => ['one', 'two'].map((sid) => list.verdict(token({ sid, userVersion: 7 })))
      expect(verdicts()).toEqual(['good', 'revoked'])
      endAll(9, 'two')
      expect(verdicts()).toEqual(['revoked', 'revoked'])
      expect(list.verdict(token({ sid: 'two', userVersion: 8 }))).toBe('good')
      expect(list.verdict(token({ sid: 'one', userVersion: 8 }))).toBe('revoked')
    })

    it('stores no more than necessary, and ignores repeated entries', () => {
      for (let version = 8; version < 100; version++) endAll(version, 'one')
      const { version, size } = list
      endAll(50, 'one')
      endAll(99, 'one')
      expect([list.version, list.size]).toEqual([version, size])
      endAll(100)
      expect(list.verdict(token({ userVersion: 99 }))).toBe('revoked')
      expect(size).toBe(1)
    })

    it('checks a valid token again, and forgets expired entries', () => {
      const standing = { ...token({ userVersion: 7 }), version: list.version }
      endAll(8)
      expect(list.isStillValid(standing)).toBe(false)
      seconds = 460
      list.sweep(100)
      expect([list.size, list.verdict(token({ userVersion: 7 }))]).toEqual([0, 'good'])
    })
  })

  it('keeps the later of two changes in any order', () => {
    stale(200)
    stale(150)
    expect(list.verdict(token({ iat: 199 }))).toBe('stale')
    stale(250)
    expect(list.verdict(token({ iat: 249 }))).toBe('stale')
    expect(list.size).toBe(1)
  })

  it('keeps an ended session ended after a change', () => {
    revoke()
    stale(50)
    expect(list.verdict(token())).toBe('revoked')
    expect(list.size).toBe(1)
  })

  it('ends a session that was changed first', () => {
    stale(50)
    revoke()
    expect(list.verdict(token())).toBe('revoked')
    expect(list.size).toBe(1)
  })

  it('rejects deleted users in all sessions', () => {
    list.add({ id: 1, sub: ADA.uuid, deleted: true, exp: 9_999 })
    expect(list.verdict(token({ sid: 'any' }))).toBe('revoked')
    expect(list.verdict(token({ sub: 'somebody else' }))).toBe('good')
  })

  describe('for a token that was valid', () => {
    it('says yes until a new entry concerns it', () => {
      const standing = { ...token(), version: list.version }
      expect(list.isStillValid(standing)).toBe(true)
      revoke('somebody')
      expect(list.isStillValid(standing)).toBe(true)
      revoke('one')
      expect(list.isStillValid(standing)).toBe(false)
      expect(list.isStillValid(standing), 'and stays with it').toBe(false)
    })

    it('looks it up once per new entry, not per request', () => {
      const standing = { ...token(), version: list.version }
      revoke('somebody')
      list.isStillValid(standing)
      expect(standing.version).toBe(list.version)
    })

    it('says no to tokens verified before a key was removed', () => {
      const [before, after] = [
        { ...token(), version: list.version },
        { ...token(), version: list.version + 1 },
      ]
      list.add({ id: 1, kid: 'key-1', removed: true, exp: 460 })
      expect([list.isRemovedKey('key-1'), list.isRemovedKey('key-2')]).toEqual([true, false])
      expect([list.isStillValid(before), list.isStillValid(after)]).toEqual([false, true])
      revoke('somebody')
      expect([list.isStillValid(before), list.isStillValid(after)]).toEqual([false, true])
    })

    it('is not asked again when the same entries arrive twice', () => {
      revoke()
      stale(10, 'two')
      list.add({ id: 3, sub: ADA.uuid, deleted: true, exp: 9_999 })
      list.add({ id: 4, kid: 'key-1', removed: true, exp: 460 })
      const { version, size } = list
      revoke()
      stale(10, 'two')
      list.add({ id: 3, sub: ADA.uuid, deleted: true, exp: 9_999 })
      list.add({ id: 4, kid: 'key-1', removed: true, exp: 460 })
      expect([list.version, list.size]).toEqual([version, size])
    })
  })

  describe('when it is cleaned', () => {
    it('forgets expired entries, to the second', () => {
      revoke('one', 200)
      stale(100, 'two', 200)
      list.add({ id: 3, sub: ADA.uuid, deleted: true, exp: 300 })
      list.add({ id: 4, kid: 'key-1', removed: true, exp: 200 })
      seconds = 199.9
      list.sweep(100)
      expect(list.size).toBe(4)
      seconds = 200
      list.sweep(100)
      expect(list.size).toBe(1)
      expect(list.verdict(token({ sub: 'x' }))).toBe('good')
      expect(list.isRemovedKey('key-1')).toBe(false)
      seconds = 300
      list.sweep(100)
      expect(list.size).toBe(0)
    })

    it('stops after its time budget, and continues next time', () => {
      for (let i = 0; i < 25; i++) revoke(`session-${i}`, 200)
      seconds = 200
      const sizes = [1, 2, 3].map(() => {
        list.sweep(10)
        return list.size
      })
      expect(sizes).toEqual([15, 5, 0])
    })

    it('is not held up by entries that live longer than later ones', () => {
      for (let i = 0; i < 900; i++) revoke(`dated ahead ${i}`, 10_000)
      revoke('one', 200)
      seconds = 200
      list.sweep(100_000)
      expect(list.size).toBe(900)
    })

    it('keeps a renewed entry, and still removes those after it', () => {
      revoke('one', 200)
      revoke('two', 210)
      revoke('one', 300)
      seconds = 250
      list.sweep(100)
      expect([list.size, list.verdict(token())]).toEqual([1, 'revoked'])
    })
  })
})

describe('Many ended sessions', () => {
  // A separate process, so that nothing else is measured.
  const measured = () => {
    const script = fileURLToPath(new URL('../../../bench/million.ts', import.meta.url))
    const options = ['--expose-gc', '--conditions=@latchkey/source', script, '200000']
    const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout) as { bytes: number; staleBytes: number }
  }

  it('take less than 200 bytes each', () => {
    const { bytes, staleBytes } = measured()
    expect(bytes).toBeGreaterThan(20)
    expect(bytes).toBeLessThan(200)
    expect(staleBytes).toBeLessThan(200)
  })
})
