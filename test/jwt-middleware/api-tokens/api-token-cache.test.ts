import { beforeEach, describe, expect, it } from 'vitest'
import {
  type ApiTokenCache,
  createApiTokenCache,
} from '../../../jwt-middleware/src/api-tokens/api-token-cache.ts'
import type { TokenUser } from '../../../jwt-middleware/src/users/user.ts'

const user = (name: string) => ({ email: name }) as unknown as TokenUser

describe('The cache of API tokens', () => {
  let time: number
  let live: boolean
  let cache: ApiTokenCache
  beforeEach(() => {
    time = 0
    live = true
    cache = createApiTokenCache({ size: 3, now: () => time, isLive: () => live })
  })
  const add = (name: string, sub = 'ada', expiresAt = 600_000) =>
    cache.set(`#${name}`, { user: user(name), id: name, sub, confirmedAt: time, expiresAt })
  const has = (...names: string[]) => names.map((name) => cache.get(`#${name}`) !== null)

  it('holds as many tokens as it may, and drops the oldest', () => {
    for (const name of ['a', 'b', 'c', 'd']) add(name)
    expect(has('a', 'b', 'c', 'd')).toEqual([false, true, true, true])
    expect(cache.size).toBe(3)
  })

  it('holds refused tokens apart, so that invented ones displace no confirmed one', () => {
    add('a')
    for (let i = 0; i < 1_000; i++) cache.refuse(`invented ${i}`)
    expect(has('a')).toEqual([true])
    expect(cache.isRefused('invented 999')).toBe(true)
    expect(cache.isRefused('invented 0'), 'bounded, too').toBe(false)
    time = 10_000
    expect(cache.isRefused('invented 999')).toBe(false)
  })

  it('drops one token, those of a user, or all', () => {
    for (const [name, sub] of [
      ['a', 'ada'],
      ['b', 'bob'],
      ['c', 'ada'],
    ] as const)
      add(name, sub)
    cache.dropToken('a')
    expect(has('a', 'b', 'c')).toEqual([false, true, true])
    cache.dropUser('ada')
    expect(has('b', 'c')).toEqual([true, false])
    cache.dropUser('nobody')
    cache.dropToken('unknown')
    cache.clear()
    expect([has('b'), cache.size]).toEqual([[false], 0])
  })

  it('ends a token at its time, and after 30 s while the feed is silent', () => {
    add('a', 'ada', 20_000)
    add('b')
    time = 19_999
    expect(has('a', 'b')).toEqual([true, true])
    time = 20_000
    expect(has('a', 'b')).toEqual([false, true])
    live = false
    time = 29_999
    expect(has('b')).toEqual([true])
    time = 30_000
    expect(has('b')).toEqual([false])
    live = true
    expect(has('b'), 'for good').toEqual([false])
  })

  it('forgets that a token was refused once it is confirmed, and the other way', () => {
    cache.refuse('#a')
    add('a')
    expect(cache.isRefused('#a')).toBe(false)
    cache.refuse('#a')
    expect(has('a')).toEqual([false])
  })
})
