import { beforeEach, describe, expect, it } from 'vitest'
import { createDeletions } from '../../../jwt-middleware/src/feed/user-deletions-worker.ts'
import { memoryState, storedValue } from '../../../jwt-middleware/src/users/state.ts'
import { recordingLogger } from '../../support/tokens.ts'

const person = (id: number) => `11111111-2222-3333-4444-${String(id).padStart(12, '0')}`

describe('Deleted users, on a worker', () => {
  const log = recordingLogger()
  let store: ReturnType<typeof memoryState>
  let handled: string[]
  let hook: (uuid: string) => void | Promise<void>

  beforeEach(() => {
    store = memoryState()
    handled = []
    hook = (uuid) => void handled.push(uuid)
    log.warnings.length = 0
  })

  function start(...ids: readonly number[]) {
    const deletions = createDeletions({
      onUserDeleted: (uuid) => hook(uuid),
      state: storedValue(store, 'feed'),
      log,
    })
    for (const id of ids) deletions.announce({ id, sub: person(id), deleted: true, exp: 9_999 })
    deletions.ready(Math.max(0, ...ids))
    return deletions
  }

  it('are handled in the order of the feed, once, also by the next worker', async () => {
    const first = start(1, 2)
    await first.handled()
    await first.handled()
    await start(1, 2, 3).handled()
    expect(handled).toEqual([1, 2, 3].map(person))
    expect(store.readState('feed')).toBe('3')
  })

  it('are handled again after a failure, and later ones wait', async () => {
    hook = (uuid) => {
      if (uuid === person(2) && log.warnings.length === 0) throw new Error('down')
      handled.push(uuid)
    }
    const deletions = start(1, 2, 3)
    await deletions.handled()
    expect(handled).toEqual([person(1)])
    expect(log.warnings).toEqual([expect.stringMatching(/onUserDeleted failed.*down/)])
    await deletions.handled()
    expect(handled).toEqual([1, 2, 3].map(person))
  })

  it('are handled by another request if the first one hung up', async () => {
    const begun = Promise.withResolvers<void>()
    hook = () => {
      begun.resolve()
      return new Promise(() => {})
    }
    const deletions = start(1)
    void deletions.handled()
    await begun.promise
    hook = (uuid) => void handled.push(uuid)
    await deletions.handled()
    expect(handled).toEqual([person(1)])
  })

  it('start over with an auth service that was restored', async () => {
    await start(7).handled()
    await start(2).handled()
    expect(handled).toEqual([7, 2].map(person))
  })
})
