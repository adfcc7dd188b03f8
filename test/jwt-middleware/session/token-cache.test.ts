import { describe, expect, it } from 'vitest'
import { createTokenCache } from '../../../jwt-middleware/src/session/token-cache.ts'
import type { AuthenticatedUser } from '../../../jwt-middleware/src/users/user.ts'

const user = (uuid: string) => ({ isAuthenticated: true, uuid }) as AuthenticatedUser
const standing = { sid: 'one', sub: 'ada', iat: 0, version: 0 }

describe('The cache of verified tokens', () => {
  it('returns the user until the token expires, to the millisecond', () => {
    let time = 0
    const cache = createTokenCache(
      10,
      () => time,
      () => true,
    )
    cache.set('token', user('ada'), 1000, standing)
    time = 999
    expect(cache.get('token')?.uuid).toBe('ada')
    time = 1000
    expect(cache.get('token')).toBeNull()
    time = 999
    expect(cache.get('token'), 'a clock that steps back revives nothing').toBeNull()
  })

  it('asks about each token whether it is still valid, and keeps one that is not', () => {
    const asked: unknown[] = []
    let isValid = true
    const cache = createTokenCache(
      10,
      () => 7,
      (...args) => {
        asked.push(args)
        return isValid
      },
    )
    cache.set('token', user('ada'), 1000, standing)
    expect([cache.get('token')?.uuid, asked]).toEqual(['ada', [[standing, 7]]])
    isValid = false
    expect(cache.get('token')).toBeNull()
    isValid = true
    expect(cache.get('token')?.uuid).toBe('ada')
  })

  it('compares the whole token, not its beginning or end', () => {
    const cache = createTokenCache(
      10,
      () => 0,
      () => true,
    )
    cache.set('head.body.signature', user('ada'), 1000, standing)
    for (const other of ['head.body.signaturf', 'xead.body.signature', 'head.bodz.signature', '']) {
      expect(cache.get(other), other).toBeNull()
    }
  })

  it('distinguishes two tokens with the same ending', () => {
    const cache = createTokenCache(
      10,
      () => 0,
      () => true,
    )
    const end = 's'.repeat(64)
    cache.set(`ada.${end}`, user('ada'), 1000, standing)
    expect(cache.get(`bob.${end}`)).toBeNull()
    expect(cache.get(end)).toBeNull()
    cache.set(`bob.${end}`, user('bob'), 1000, standing)
    expect(cache.get(`bob.${end}`)?.uuid).toBe('bob')
  })

  it('never exceeds its size, and drops the oldest first', () => {
    const cache = createTokenCache(
      3,
      () => 0,
      () => true,
    )
    for (const name of ['a', 'b', 'c', 'd']) cache.set(name, user(name), 1000, standing)
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(name)?.uuid)).toEqual([undefined, 'b', 'c', 'd'])
  })

  it('drops nothing when it stores a token again', () => {
    const cache = createTokenCache(
      2,
      () => 0,
      () => true,
    )
    for (const name of ['a', 'b', 'b']) cache.set(name, user(name), 1000, standing)
    expect([cache.get('a')?.uuid, cache.get('b')?.uuid]).toEqual(['a', 'b'])
  })

  it('counts how often it forgot users, for lookups that are running', () => {
    const cache = createTokenCache(
      10,
      () => 0,
      () => true,
    )
    const before = cache.generation()
    cache.set('1', user('ada'), 1000, standing)
    expect(cache.generation()).toBe(before)
    cache.forget('nobody')
    expect(cache.generation()).not.toBe(before)
  })

  it('forgets every token of one user', () => {
    const cache = createTokenCache(
      10,
      () => 0,
      () => true,
    )
    cache.set('1', user('ada'), 1000, standing)
    cache.set('2', user('bob'), 1000, standing)
    cache.set('3', user('ada'), 1000, standing)
    cache.forget('ada')
    expect([cache.get('1'), cache.get('2')?.uuid, cache.get('3')]).toEqual([null, 'bob', null])
  })
})
