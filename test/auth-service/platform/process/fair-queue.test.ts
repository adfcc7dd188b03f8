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

describe('a fair queue', () => {
  it('of one account is first in, first out', () => {
    const queue = filled(...series('n1 a1', 3))
    expect([queue.size, take(queue, 4), queue.size]).toEqual([
      3,
      ['n1 a1 1', 'n1 a1 2', 'n1 a1 3', undefined],
      0,
    ])
  })

  it('takes turns between networks, whichever has more waiting', () => {
    const queue = filled(...series('n1 a1', 5), ...series('n2 a2', 2))
    expect(take(queue, 5)).toEqual(['n1 a1 1', 'n2 a2 1', 'n1 a1 2', 'n2 a2 2', 'n1 a1 3'])
  })

  it('takes turns between the accounts of a network, and many accounts are no larger share', () => {
    const queue = filled(...series('n1 a1', 3), ...series('n1 a2', 1), ...series('n2 a3', 3))
    expect(take(queue, 6)).toEqual(['n1 a1 1', 'n2 a3 1', 'n1 a2 1', 'n2 a3 2', 'n1 a1 2', 'n2 a3 3'])
  })

  it('takes who comes new before the second of who was there', () => {
    const queue = filled(...series('n1 a1', 40))
    take(queue, 5)
    queue.push(['n2', 'a2'], 'new network')
    queue.push(['n1', 'a3'], 'new account')
    expect(take(queue, 3)).toEqual(['new network', 'new account', 'n1 a1 6'])
  })

  it('lets nobody overtake by coming again and again with one', () => {
    const queue = filled('n1 a1 1', 'n2 a2 1', 'n2 a2 2')
    const order: (string | undefined)[] = []
    for (let round = 0; round < 4; round++) {
      order.push(queue.shift())
      if (order.at(-1)?.startsWith('n1')) queue.push(['n1', 'a1'], 'n1 a1 again')
    }
    expect(order).toEqual(['n1 a1 1', 'n2 a2 1', 'n2 a2 2', 'n1 a1 again'])
  })

  it('gets to those who wait for their second turn, however many come for their first', () => {
    const queue = filled(...series('n1 a1', 2))
    let turns = 0
    for (let at = 0; at < 1000; at++) {
      queue.push([`stranger ${at}`, 'a'], 'stranger')
      if (queue.shift()?.startsWith('n1')) turns++
    }
    expect(turns).toBe(2)
  })

  it('drops the newest of the account with most waiting in the network with most waiting', () => {
    const queue = filled(...series('n1 a1', 2), ...series('n1 a2', 3), ...series('n2 a3', 4))
    expect([queue.drop(), queue.drop(), queue.size]).toEqual(['n1 a2 3', 'n2 a3 4', 7])
  })

  it('drops who came last where all have as many', () => {
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
