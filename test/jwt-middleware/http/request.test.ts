import { describe, expect, it } from 'vitest'
import { companionOf, rawHeaderReader } from '../../../jwt-middleware/src/http/request.ts'
import { soleTokens } from '../../../jwt-middleware/src/http/sole-tokens-process.ts'

const NAMES = { access: 'jwt.access', refresh: 'jwt.refresh' }

describe("Node's raw headers", () => {
  it('are read by name in any case, and joined when a name occurs twice', () => {
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
    // Unusual headers take the slow path.
    [['Cookie', '\t jwt.access=a ; jwt.accessible=b; xjwt.access=c; a=jwt.access=d;; e'], 'a '],
    [['Cookie', 'jwt.refresh=r; jwt.access=a'], 'a'],
    [['Cookie', 'jwt.access=a; jwt.access=b'], null],
    [['Cookie', 'jwt.access=a; jwt.refresh=r; jwt.refresh=s'], null],
    [['Cookie', 'jwt.access=a', 'Cookie', 'x=1'], null],
    [['Cookie', 'jwt.access=a', 'Authorization', 'Bearer b'], null],
    [['Cookie', 'jwt.access=a', 'Upgrade', 'websocket'], null],
  ])('%j contain the sole access token %j', (raw, token) => {
    expect(soleTokens(raw, NAMES)?.token ?? null).toBe(token)
  })

  it('contain the refresh token beside the access token, in any position', () => {
    const companion = (cookies: string) => soleTokens(['Cookie', cookies], NAMES)?.companion
    expect(companion('jwt.access=a')).toBe(0)
    expect(companion('jwt.access=a; x=token-one')).toBe(0)
    const one = companionOf('token-one')
    expect(one).not.toBe(companionOf('token-two'))
    expect(companion('jwt.refresh=token-one; jwt.access=a')).toBe(one)
    expect(companion('jwt.access=a; x=1; jwt.refresh=token-one')).toBe(one)
    expect(companion('x=token-one; jwt.access=a; jwt.refresh=token-two')).toBe(companionOf('token-two'))
    expect(companion('jwt.access=a; jwt.refresh=')).not.toBe(0)
  })
})
