import { describe, expect, it } from 'vitest'
import { rawHeaderReader, readBearer, soleAccessToken } from '../../jwt-middleware/src/request.ts'

describe("node's raw headers", () => {
  it('are read by name in any case, and joined where one name comes twice', () => {
    const header = rawHeaderReader(['Host', 'x', 'COOKIE', 'a=1', 'X-A', '1', 'cookie', 'b=2', 'x-a', '2'])
    expect([header('host'), header('cookie'), header('x-a'), header('y')]).toEqual([
      'x',
      'a=1; b=2',
      '1, 2',
      undefined,
    ])
  })

  it.each([
    [['Cookie', 'jwt.access=a'], 'a'],
    [['Host', 'x', 'cookie', 'x=1; jwt.access=a; y=2'], 'a'],
    [['Cookie', 'x=1'], null],
    [['Host', 'x'], null],
    // Whatever is not ordinary takes the long way.
    [['Cookie', 'jwt.access=a; jwt.access=b'], null],
    [['Cookie', 'jwt.access=a', 'Cookie', 'x=1'], null],
    [['Cookie', 'jwt.access=a', 'Authorization', 'Bearer b'], null],
    [['Cookie', 'jwt.access=a', 'Upgrade', 'websocket'], null],
  ])('%j hold the sole access token %j', (raw, token) => {
    expect(soleAccessToken(raw, 'jwt.access')).toBe(token)
  })

  it.each([
    ['Bearer abc', 'abc'],
    ['bearer abc', 'abc'],
    ['BEARER   abc ', 'abc'],
    ['Basic abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    [undefined, null],
  ])('carry in Authorization: %s the token %s', (value, token) => {
    expect(readBearer(value)).toBe(token)
  })
})
