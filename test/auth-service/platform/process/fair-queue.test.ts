import { describe, expect, it } from 'vitest'
import { createFairQueue } from '../../../../auth-service/src/platform/process/fair-queue.ts'

/** A queue of texts such as `n1 a1 3`: the third of that account, of that network. */
function filled(...items: string[]) {
  const queue = createFairQueue<string>(2)
  for (const item of items) queue.push(item.split(' ').slice(0, 2), item)
  return queue
}

const series = (path: string, count: number) => Array.from({ length: count }, (_, at) => `${path} ${at + 1}`)

const take = (queue: ReturnType<typeof filled>, count: number) =>
  Array.from({ length: count }, () => queue.shift())

describe('A fair queue', () => {
  it('of one account is first in, first out', () => {
    const queue = filled(...series('n1 a1', 3))
    expect([queue.size, take(queue, 4), queue.size]).toEqual([
      3,
      ['n1 a1 1', 'n1 a1 2', 'n1 a1 3', undefined],
      0,
    ])
  })

  it('alternates between networks, even if one has more waiting', () => {
    const queue = filled(...series('n1 a1', 5), ...series('n2 a2', 2))
    expect(take(queue, 5)).toEqual(['n1 a1 1', 'n2 a2 1', 'n1 a1 2', 'n2 a2 2', 'n1 a1 3'])
  })

  it('alternates between the accounts of a network, whose share does not grow with their number', () => {
    const queue = filled(...series('n1 a1', 3), ...series('n1 a2', 1), ...series('n2 a3', 3))
    expect(take(queue, 6)).toEqual(['n1 a1 1', 'n2 a3 1', 'n1 a2 1', 'n2 a3 2', 'n1 a1 2', 'n2 a3 3'])
  })

  it('serves a newcomer before the second request of another', () => {
    const queue = filled(...series('n1 a1', 40))
    take(queue, 5)
    queue.push(['n2', 'a2'], 'new network')
    queue.push(['n1', 'a3'], 'new account')
    expect(take(queue, 3)).toEqual(['new network', 'new account', 'n1 a1 6'])
  })

  it('lets no account overtake by returning with one request at a time', () => {
    const queue = filled('n1 a1 1', 'n2 a2 1', 'n2 a2 2')
    const order: (string | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      order.push(queue.shift())
      if (order.at(-1)?.startsWith('n1')) queue.push(['n1', 'a1'], 'n1 a1 again')
    }
    expect(order).toEqual(['n1 a1 1', 'n2 a2 1', 'n2 a2 2', 'n1 a1 again'])
  })

  it('serves second requests even while many newcomers arrive', () => {
    const queue = filled(...series('n1 a1', 2))
    let turns = 0
    for (let at = 0; at < 1000; at++) {
      queue.push([`stranger ${at}`, 'a'], 'stranger')
      if (queue.shift()?.startsWith('n1')) turns++
    }
    expect(turns).toBe(2)
  })

  it('drops the newest request of the account with most waiting in the network with most waiting', () => {
    const queue = filled(...series('n1 a1', 2), ...series('n1 a2', 3), ...series('n2 a3', 4))
    expect([queue.drop(), queue.drop(), queue.size]).toEqual(['n1 a2 3', 'n2 a3 4', 7])
  })

  it('drops the last arrival if all have the same number waiting', () => {
    const queue = filled('n1 a1 1', 'n2 a2 1', 'n3 a3 1')
    expect(queue.drop()).toBe('n3 a3 1')
    queue.shift()
    queue.push(['n1', 'a1'], 'n1 a1 2')
    expect(queue.drop()).toBe('n1 a1 2')
  })

  it('that is empty has nothing to take or to drop', () => {
    const queue = filled('n1 a1 1')
    expect(queue.clear()).toEqual(['n1 a1 1'])
    expect([queue.size, queue.shift(), queue.drop(), queue.clear()]).toEqual([0, undefined, undefined, []])
  })
})
