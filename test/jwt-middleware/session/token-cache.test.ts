import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createTokenCache } from '../../../jwt-middleware/src/session/token-cache.ts'
import type { AuthenticatedUser } from '../../../jwt-middleware/src/users/user.ts'

const user = (uuid: string) => ({ isAuthenticated: true, uuid }) as AuthenticatedUser
const standing = { sid: 'one', sub: 'ada', iat: 0, version: 0 }

describe('The cache of verified tokens', () => {
  it('returns the user until the token expires, in seconds and to the millisecond', () => {
    let time = 0
    const cache = createTokenCache(
      10,
      () => time,
      () => true,
    )
    cache.set('token', user('ada'), 1, standing)
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
    cache.set('token', user('ada'), 1, standing)
    expect([cache.get('token')?.uuid, asked]).toEqual(['ada', [[expect.objectContaining(standing), 7]]])
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
    cache.set('head.body.signature', user('ada'), 1, standing)
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
    cache.set(`ada.${end}`, user('ada'), 1, standing)
    expect(cache.get(`bob.${end}`)).toBeNull()
    expect(cache.get(end)).toBeNull()
    cache.set(`bob.${end}`, user('bob'), 1, standing)
    expect(cache.get(`bob.${end}`)?.uuid).toBe('bob')
  })

  it('notes in the same place what a check found out, so that the next one is cheap', () => {
    const versions: number[] = []
    const cache = createTokenCache(
      10,
      () => 0,
      (given) => {
        versions.push(given.version)
        given.version = 5
        return true
      },
    )
    cache.set('token', user('ada'), 1, standing)
    cache.get('token')
    cache.get('token')
    expect(versions).toEqual([0, 5])
  })

  it.each(['first', 'second', 'third', 'fourth'])(
    'keeps 20,000 tokens apart by their signatures (%s)',
    (name) => {
      const count = 20_000
      const cache = createTokenCache(
        count,
        () => 0,
        () => true,
      )
      const tokens = Array.from({ length: count }, (_, i) => {
        const signature = createHash('sha512').update(`${name} ${i}`).digest('base64url')
        return `head.body.${signature}`
      })
      for (const token of tokens) cache.set(token, user(token), 1, standing)
      const lost = tokens.filter((token) => cache.get(token)?.uuid !== token)
      // By chance, one in twenty times that many lose one.
      expect(lost.length).toBeLessThan(2)
    },
  )

  it('never exceeds its size, and drops the oldest first', () => {
    const cache = createTokenCache(
      3,
      () => 0,
      () => true,
    )
    for (const name of ['a', 'b', 'c', 'd']) cache.set(name, user(name), 1, standing)
    expect(['a', 'b', 'c', 'd'].map((name) => cache.get(name)?.uuid)).toEqual([undefined, 'b', 'c', 'd'])
  })

  it('drops nothing when it stores a token again', () => {
    const cache = createTokenCache(
      2,
      () => 0,
      () => true,
    )
    for (const name of ['a', 'b', 'b']) cache.set(name, user(name), 1, standing)
    expect([cache.get('a')?.uuid, cache.get('b')?.uuid]).toEqual(['a', 'b'])
  })

  it('counts how often it forgot users, for lookups that are running', () => {
    const cache = createTokenCache(
      10,
      () => 0,
      () => true,
    )
    const before = cache.generation()
    cache.set('1', user('ada'), 1, standing)
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
    cache.set('1', user('ada'), 1, standing)
    cache.set('2', user('bob'), 1, standing)
    cache.set('3', user('ada'), 1, standing)
    cache.forget('ada')
    expect([cache.get('1'), cache.get('2')?.uuid, cache.get('3')]).toEqual([null, 'bob', null])
  })
})
