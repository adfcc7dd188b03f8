import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDeletions, type Deletions } from '../../../jwt-middleware/src/feed/user-deletions-process.ts'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { recordingLogger } from '../../support/tokens.ts'

const person = (id: number) => `11111111-2222-3333-4444-${String(id).padStart(12, '0')}`
const deletion = (id: number) => ({ id, sub: person(id), deleted: true, exp: 9_999 }) as const

describe('Deleted users', () => {
  const log = recordingLogger()
  let store: ReturnType<typeof memoryState>
  let handled: string[]
  let opened: Deletions[]
  let hook: (uuid: string) => void | Promise<void>

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    store = memoryState()
    handled = []
    opened = []
    hook = (uuid) => void handled.push(uuid)
    log.warnings.length = 0
  })
  afterEach(() => {
    for (const one of opened) one.close()
    vi.useRealTimers()
  })

  /** An app that starts with this store and hears of these deletions. */
  function start(ids: readonly number[], last = Math.max(0, ...ids), state = storedValue(store, 'feed')) {
    const deletions = createDeletions({ onUserDeleted: (uuid) => hook(uuid), state, log })
    opened.push(deletions)
    for (const id of ids) deletions.announce(deletion(id))
    deletions.ready(last)
    return deletions
  }
  const flush = () => vi.advanceTimersByTimeAsync(0)
  const position = () => store.readState('feed')

  it('are handled one after the other, in the order of the feed', async () => {
    const running: string[] = []
    hook = async (uuid) => {
      expect(running).toEqual([])
      running.push(uuid)
      await Promise.resolve()
      handled.push(running.pop() as string)
    }
    const deletions = start([1, 2])
    deletions.announce(deletion(3))
    await flush()
    expect(handled).toEqual([1, 2, 3].map(person))
    expect(position()).toBe('3')
  })

  it('are handled once, across restarts and reconnections', async () => {
    const first = start([1, 2])
    await flush()
    first.interrupted()
    first.announce(deletion(2))
    first.announce(deletion(3))
    first.ready(3)
    await flush()
    start([1, 2, 3, 4])
    await flush()
    expect(handled).toEqual([1, 2, 3, 4].map(person))
  })

  it('are recorded as handled only afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    hook = () => promise
    start([1])
    await flush()
    expect(position()).toBeNull()
    resolve()
    await flush()
    expect(position()).toBe('1')
  })

  it('are handled again by the next process if this one died in the meantime', async () => {
    hook = () => new Promise(() => {})
    start([1]).close()
    await flush()
    hook = (uuid) => void handled.push(uuid)
    start([1])
    await flush()
    expect(handled).toEqual([person(1)])
  })

  it('wait for the one before them, which is retried ever more slowly until it succeeds', async () => {
    let attempts = 0
    hook = (uuid) => {
      if (++attempts <= 3) throw new Error('the mail server is away')
      handled.push(uuid)
    }
    start([1, 2])
    const attemptsAfter = async (ms: number) => {
      await vi.advanceTimersByTimeAsync(ms)
      return attempts
    }
    expect(await attemptsAfter(0)).toBe(1)
    expect(await attemptsAfter(999)).toBe(1)
    expect(await attemptsAfter(1)).toBe(2)
    expect(await attemptsAfter(1_999)).toBe(2)
    expect(await attemptsAfter(1)).toBe(3)
    expect(handled).toEqual([])
    await vi.advanceTimersByTimeAsync(4_000)
    expect(handled).toEqual([1, 2].map(person))
    expect(log.warnings).toHaveLength(3)
    expect(log.warnings.join()).toContain('the mail server is away')
    expect(log.warnings.join()).not.toContain(person(1))
  })

  it('are not handled twice if only recording them failed', async () => {
    const state = storedValue(store, 'feed')
    const write = vi.fn(state.write).mockRejectedValueOnce(new Error('database is locked'))
    start([1], 1, { ...state, write })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(handled).toEqual([person(1)])
    expect(position()).toBe('1')
  })

  it('wait for the database that stores the position', async () => {
    store.writeState('feed', '1')
    const state = storedValue(store, 'feed')
    const read = vi.fn(state.read).mockRejectedValueOnce(new Error('database is locked'))
    start([1, 2], 2, { ...state, read })
    await flush()
    expect(handled).toEqual([])
    await vi.advanceTimersByTimeAsync(1_000)
    expect(handled).toEqual([person(2)])
  })

  it('are all handled again if the position is invalid', async () => {
    store.writeState('feed', 'half of it')
    start([1, 2])
    await flush()
    expect(handled).toEqual([1, 2].map(person))
  })

  describe('of an auth service that was restored from a backup', () => {
    it('are handled from the start by an app that starts later', async () => {
      store.writeState('feed', '100')
      start([7, 8], 9)
      await flush()
      expect(handled).toEqual([7, 8].map(person))
      expect(position()).toBe('8')
    })

    it('are handled from the start by an app that was connected all the time', async () => {
      const deletions = start([100])
      await flush()
      deletions.interrupted()
      for (const id of [7, 8]) deletions.announce(deletion(id))
      deletions.ready(9)
      await flush()
      expect(handled).toEqual([100, 7, 8].map(person))
      deletions.announce(deletion(10))
      await flush()
      expect(position()).toBe('10')
    })

    it('are not recorded as handled while one is being handled', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      hook = async (uuid) => {
        await promise
        handled.push(uuid)
      }
      store.writeState('feed', '99')
      const deletions = start([100])
      await flush()
      deletions.interrupted()
      deletions.announce(deletion(7))
      deletions.ready(9)
      resolve()
      await flush()
      expect(handled).toEqual([100, 7].map(person))
      expect(position()).toBe('7')
    })
  })

  it('are left for the next start once the app closes', async () => {
    hook = () => {
      throw new Error('no')
    }
    const deletions = start([1])
    await flush()
    deletions.close()
    hook = (uuid) => void handled.push(uuid)
    await vi.advanceTimersByTimeAsync(600_000)
    deletions.announce(deletion(2))
    await flush()
    expect(handled).toEqual([])
  })

  it('are handled again at every start if the store keeps no states', async () => {
    const nowhere = storedValue({}, 'feed')
    start([1], 1, nowhere)
    await flush()
    start([1], 1, nowhere)
    await flush()
    expect(handled).toEqual([person(1), person(1)])
  })
})
