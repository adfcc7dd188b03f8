import { describe, expect, it } from 'vitest'
import { createFeedPlaces } from '../../../../auth-service/src/web/endpoints/feed-places.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const APP = '203.0.113.9'

/** Feed connections with a movable clock, and the dropped clients. */
function open(perNetwork = 3, total = 6) {
  let clock = 1_000_000
  const dropped: string[] = []
  const places = createFeedPlaces({ perNetwork, total, now: () => clock })
  return {
    dropped,
    wait: (ms: number) => {
      clock += ms
    },
    take: (address: string) => places.take(address, () => void dropped.push(address)),
    /** Takes that many, each of which must succeed. */
    hold(address: string, count: number): (() => void)[] {
      return Array.from({ length: count }, () => {
        const taken = places.take(address, () => void dropped.push(address))
        if (typeof taken === 'string') throw new Error(`${address}: ${taken}`)
        return taken
      })
    },
  }
}

describe('Feed connections', () => {
  it('are limited per network, and one that ends is free once', () => {
    const { take, hold } = open(3, 100)
    const [giveBack] = hold(APP, 3)
    expect(take(APP)).toBe('network')
    giveBack?.()
    giveBack?.()
    hold(APP, 1)
    expect(take(APP)).toBe('network')
  })

  it('are counted by /64 in IPv6, and three times as many by /48', () => {
    const { take, hold } = open(3, 100)
    hold('2001:db8:1:1::1', 2)
    hold('2001:db8:1:1::2', 1)
    expect(take('2001:db8:1:1::3')).toBe('network')
    hold('2001:db8:1:2::1', 3)
    hold('2001:db8:1:3::1', 3)
    expect(take('2001:db8:1:4::1')).toBe('network')
    hold('2001:db8:2:1::1', 1)
  })

  it('are refused to newcomers when all have been taken for a minute', () => {
    const { take, hold, wait, dropped } = open()
    for (const address of ['198.51.100.1', '198.51.100.2']) hold(address, 3)
    wait(MINUTE)
    expect(take(APP)).toBe('total')
    expect(dropped).toEqual([])
  })

  it('are reserved for an hour for a network that held them for a minute', () => {
    const { take, hold, wait } = open()
    const apps = hold(APP, 2)
    wait(MINUTE)
    for (const giveBack of apps) giveBack()
    hold('198.51.100.1', 3)
    hold('198.51.100.2', 1)
    wait(MINUTE)
    expect(take('198.51.100.3')).toBe('total')
    hold(APP, 2)
    expect(take(APP)).toBe('total')
  })

  it('become free for newcomers when no one returns within the hour', () => {
    const { hold, wait, take } = open()
    const apps = hold(APP, 3)
    wait(MINUTE)
    for (const giveBack of apps) giveBack()
    hold('198.51.100.1', 3)
    wait(HOUR - 1)
    expect(take('198.51.100.2')).toBe('total')
    wait(1)
    hold('198.51.100.2', 3)
  })

  it("are reserved for a limited number of a site's networks, so that it cannot reserve all", () => {
    const { hold, wait, take } = open(3, 18)
    for (let network = 0; network < 18; network += 3) {
      const held = [0, 1, 2].flatMap((at) => hold(`2001:db8:1:${network + at}::1`, 3))
      wait(MINUTE)
      for (const giveBack of held) giveBack()
    }
    hold(APP, 3)
    hold('198.51.100.1', 3)
    hold('198.51.100.2', 3)
    wait(MINUTE)
    expect(take('198.51.100.3')).toBe('total')
    // The reservations of the site's latest networks are still free for them.
    hold('2001:db8:1:17::1', 3)
  })

  it('reserved for a site become free, oldest first, for another of its networks', () => {
    const { hold, wait, take } = open(3, 9)
    const first = hold('2001:db8:1:1::1', 3)
    wait(MINUTE)
    for (const giveBack of first) giveBack()
    hold('2001:db8:1:2::1', 3)
    hold('2001:db8:1:3::1', 3)
    hold('2001:db8:1:4::1', 1)
    hold('2001:db8:1:1::1', 2)
    expect(take('2001:db8:1:1::1')).toBe('network')
    expect(take(APP)).not.toBeTypeOf('string')
  })

  it('are not reserved for clients that left within a minute', () => {
    const { hold } = open()
    for (const giveBack of hold('198.51.100.1', 3)) giveBack()
    hold('198.51.100.2', 3)
    hold('198.51.100.3', 3)
  })

  it('are shared evenly among simultaneous clients: the largest gives up its newest', () => {
    const { hold, take, dropped } = open(6, 6)
    hold('198.51.100.1', 5)
    hold('198.51.100.2', 1)
    hold(APP, 2)
    expect(dropped).toEqual(['198.51.100.1', '198.51.100.1'])
    hold('198.51.100.2', 1)
    expect(dropped).toHaveLength(3)
    expect(take(APP)).toBe('total')
    expect(take('198.51.100.1')).toBe('total')
  })

  it('are not taken from others by a site of many networks', () => {
    const { hold, take, dropped } = open(3, 6)
    hold(APP, 3)
    for (const at of [1, 2, 3]) hold(`2001:db8:1:${at}::1`, 1)
    expect(take('2001:db8:1:4::1')).toBe('total')
    expect(dropped).toEqual([])
  })

  it('that were dropped are neither reserved nor returned twice', () => {
    const { hold, wait, take } = open(6, 6)
    const crowd = hold('198.51.100.1', 6)
    hold(APP, 3)
    wait(MINUTE)
    for (const giveBack of crowd) giveBack()
    // Three of the crowd lasted a minute, and are reserved for it.
    expect(take('198.51.100.2')).toBe('total')
    hold('198.51.100.1', 3)
    expect(take('198.51.100.1')).toBe('total')
  })
})
