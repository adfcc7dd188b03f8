import { readRevocation } from '@latchkey/jwt-middleware'
import { describe, expect, it } from 'vitest'
import { ADA } from '../../support/tokens.ts'

const POINT = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
const JWK = { kty: 'EC', kid: 'key-1', alg: 'ES256', use: 'sig', crv: 'P-256', x: POINT, y: POINT }

describe('An entry of the feed', () => {
  it.each([
    ['an ended session', { id: 1, sid: 'session-1', exp: 9 }],
    ['stale tokens', { id: 2, sid: 'session-1', before: 5, exp: 9 }],
    ['tokens with a stale version', { id: 2, sid: 'session-1', before: 5, version: 7, exp: 9 }],
    ['all sessions of a user', { id: 2, sub: ADA.uuid, before: 5, version: 7, exp: 9 }],
    [
      'all sessions of a user but one',
      { id: 2, sub: ADA.uuid, before: 5, version: 7, kept: 'session-1', exp: 9 },
    ],
    ['a deleted user', { id: 3, sub: ADA.uuid, deleted: true, exp: 9 }],
    ['a removed key', { id: 4, kid: 'key-1', removed: true, exp: 9 }],
    ['a published key', { id: 5, jwk: JWK, exp: 9 }],
  ])('about %s is read', (_, entry) => {
    expect(readRevocation(JSON.parse(JSON.stringify(entry)))).toEqual(entry)
  })

  it('can contain more, which an older app ignores', () => {
    expect(readRevocation({ id: 1, sid: 's', exp: 9, why: 'theft' })).toEqual({ id: 1, sid: 's', exp: 9 })
  })

  it.each([
    null,
    'text',
    7,
    [],
    {},
    { id: 1, exp: 9 },
    { id: -1, sid: 's', exp: 9 },
    { id: 1.5, sid: 's', exp: 9 },
    { id: '1', sid: 's', exp: 9 },
    { sid: 's', exp: 9 },
    { id: 1, sid: 's' },
    { id: 1, sid: 's', exp: Number.NaN },
    { id: 1, sid: '', exp: 9 },
    { id: 1, sid: 7, exp: 9 },
    { id: 1, sid: 'x'.repeat(129), exp: 9 },
    { id: 1, sid: 's', before: null, exp: 9 },
    { id: 1, sid: 's', before: '5', exp: 9 },
    { id: 1, sid: 's', before: 5, version: '7', exp: 9 },
    { id: 1, sub: ADA.uuid, before: 5, exp: 9 },
    { id: 1, sub: ADA.uuid, version: 7, exp: 9 },
    { id: 1, sub: 'ada', before: 5, version: 7, exp: 9 },
    { id: 1, sub: ADA.uuid, before: 5, version: 7, kept: '', exp: 9 },
    { id: 1, sub: 'ada', deleted: true, exp: 9 },
    { id: 1, sub: ADA.uuid, exp: 9 },
    { id: 1, sub: ADA.uuid, deleted: 1, exp: 9 },
    { id: 1, kid: 'key 1', removed: true, exp: 9 },
    { id: 1, kid: 'key-1', removed: false, exp: 9 },
    { id: 1, jwk: JWK },
    { id: 1, jwk: null, exp: 9 },
    { id: 1, jwk: { ...JWK, d: POINT }, exp: 9 },
  ])('is not %j', (value) => {
    expect(readRevocation(value)).toBeNull()
  })
})
