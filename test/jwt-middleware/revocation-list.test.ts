import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  createRevocationList,
  type RevocationList,
  type Standing,
} from '../../jwt-middleware/src/revocation-list.ts'
import { ADA } from '../support/tokens.ts'

const token = (changes: Partial<Standing> = {}) => ({ sid: 'one', sub: ADA.uuid, iat: 100, ...changes })

describe('the list of what is revoked', () => {
  let seconds: number
  let list: RevocationList
  let id: number
  beforeEach(() => {
    seconds = 100
    id = 0
    list = createRevocationList(() => seconds * 1000)
  })
  const over = (sid = 'one', exp = 460) => list.add({ id: ++id, sid, exp })
  const stale = (before: number, sid = 'one', exp = 460) => list.add({ id: ++id, sid, before, exp })

  it('is empty at first, and everything is good', () => {
    expect(list.verdict(token())).toBe('good')
    expect([list.size, list.version]).toEqual([0, 0])
    expect(list.isRemovedKey('key-1')).toBe(false)
  })

  it('knows a session that is over, whatever its token says', () => {
    over()
    expect(list.verdict(token())).toBe('over')
    expect(list.verdict(token({ iat: 10_000 }))).toBe('over')
    expect(list.verdict(token({ sid: 'two' }))).toBe('good')
  })

  it('knows tokens that are stale by the second of their issue', () => {
    stale(100)
    expect(list.verdict(token({ iat: 99 }))).toBe('stale')
    expect(list.verdict(token({ iat: 100 }))).toBe('good')
  })

  it('keeps the later of two changes, in whatever order they arrive', () => {
    stale(200)
    stale(150)
    expect(list.verdict(token({ iat: 199 }))).toBe('stale')
    stale(250)
    expect(list.verdict(token({ iat: 249 }))).toBe('stale')
    expect(list.size).toBe(1)
  })

  it('does not take a session for alive that was over and then changed', () => {
    over()
    stale(50)
    expect(list.verdict(token())).toBe('over')
    expect(list.size).toBe(1)
  })

  it('takes a session for over that first changed', () => {
    stale(50)
    over()
    expect(list.verdict(token())).toBe('over')
    expect(list.size).toBe(1)
  })

  it('knows deleted people, in all sessions', () => {
    list.add({ id: 1, sub: ADA.uuid, deleted: true, exp: 9_999 })
    expect(list.verdict(token({ sid: 'any' }))).toBe('over')
    expect(list.verdict(token({ sub: 'somebody else' }))).toBe('good')
  })

  describe('asked whether a token that was good still is', () => {
    it('says yes until something new concerns it', () => {
      const standing = { ...token(), version: list.version }
      expect(list.holds(standing)).toBe(true)
      over('somebody')
      expect(list.holds(standing)).toBe(true)
      over('one')
      expect(list.holds(standing)).toBe(false)
      expect(list.holds(standing), 'and stays with it').toBe(false)
    })

    it('compares with the list once for each news, not for each question', () => {
      const standing = { ...token(), version: list.version }
      over('somebody')
      list.holds(standing)
      expect(standing.version).toBe(list.version)
    })

    it('says no to whatever was verified before a key was removed', () => {
      const [before, after] = [
        { ...token(), version: list.version },
        { ...token(), version: list.version + 1 },
      ]
      list.add({ id: 1, kid: 'key-1', removed: true, exp: 460 })
      expect([list.isRemovedKey('key-1'), list.isRemovedKey('key-2')]).toEqual([true, false])
      expect([list.holds(before), list.holds(after)]).toEqual([false, true])
      over('somebody')
      expect([list.holds(before), list.holds(after)]).toEqual([false, true])
    })

    it('is not asked again where the same entries arrive twice', () => {
      over()
      stale(10, 'two')
      list.add({ id: 3, sub: ADA.uuid, deleted: true, exp: 9_999 })
      list.add({ id: 4, kid: 'key-1', removed: true, exp: 460 })
      const { version, size } = list
      over()
      stale(10, 'two')
      list.add({ id: 3, sub: ADA.uuid, deleted: true, exp: 9_999 })
      list.add({ id: 4, kid: 'key-1', removed: true, exp: 460 })
      expect([list.version, list.size]).toEqual([version, size])
    })
  })

  describe('swept', () => {
    it('forgets what has nothing more to say, to the second', () => {
      over('one', 200)
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

    it('takes no longer than it is given, and goes on next time', () => {
      for (let i = 0; i < 25; i++) over(`session-${i}`, 200)
      seconds = 200
      const sizes = [1, 2, 3].map(() => {
        list.sweep(10)
        return list.size
      })
      expect(sizes).toEqual([15, 5, 0])
    })

    it('keeps an entry that was renewed, and those after it are not kept from going', () => {
      over('one', 200)
      over('two', 210)
      over('one', 300)
      seconds = 250
      list.sweep(100)
      expect([list.size, list.verdict(token())]).toEqual([1, 'over'])
    })
  })
})

describe('a million ended sessions', () => {
  // A process of its own, so that nothing else is measured with it.
  const measured = () => {
    const script = fileURLToPath(new URL('../../bench/million.ts', import.meta.url))
    const options = ['--expose-gc', '--conditions=@latchkey/source', script]
    const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
    expect(stderr).toBe('')
    return JSON.parse(stdout) as { bytes: number; staleBytes: number }
  }

  it('take less than 200 bytes each', () => {
    const { bytes, staleBytes } = measured()
    expect(bytes).toBeLessThan(200)
    expect(staleBytes).toBeLessThan(200)
  })
})
