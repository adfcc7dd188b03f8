import { describe, expect, it } from 'vitest'
import { isUuid, readAccessClaims, readRefreshClaims } from '../../../jwt-middleware/src/contract/claims.ts'
import { accessPayload, refreshPayload } from '../../support/tokens.ts'

const JSON_VALUES = {
  null: null,
  true: true,
  number: 7,
  string: 'text',
  empty: '',
  list: ['x'],
  object: { a: 1 },
}

/** Valid JSON types for a claim; each of the others must be rejected. */
const RIGHT: Record<string, readonly (keyof typeof JSON_VALUES)[]> = {
  iss: ['string'],
  aud: ['string'],
  sub: [],
  sid: ['string'],
  jti: ['string'],
  iat: ['number'],
  exp: [],
  token_type: [],
  user_uuid: [],
  user_email: ['string'],
  user_first_name: ['string', 'empty'],
  user_last_name: ['string', 'empty'],
  user_is_staff: ['true'],
  user_is_superuser: ['true'],
  groups: ['list'],
}

describe('Access claims', () => {
  it('are read unchanged', () => {
    const payload = accessPayload({ groups: ['editors'] })
    expect(readAccessClaims(payload)).toEqual({ ok: true, value: payload })
  })

  for (const [claim, right] of Object.entries(RIGHT)) {
    for (const [type, value] of Object.entries(JSON_VALUES)) {
      const fits = right.includes(type as keyof typeof JSON_VALUES)
      it(`${fits ? 'accept' : 'refuse'} ${type} as ${claim}`, () => {
        expect(readAccessClaims({ ...accessPayload(), [claim]: value }).ok).toBe(fits)
      })
    }
    it(`${claim === 'groups' ? 'may' : 'must not'} leave out ${claim}`, () => {
      const { [claim]: _, ...payload } = accessPayload({ groups: ['editors'] }) as Record<string, unknown>
      expect(readAccessClaims(payload).ok).toBe(claim === 'groups')
    })
  }

  it.each([
    ['a subject other than the uuid', { sub: '11111111-2222-3333-4444-555555555555' }],
    ['an expiry before the issue time', { exp: 1, iat: 2 }],
    ['a fraction of a second', { iat: 1.5 }],
    ['a negative time', { iat: -1 }],
    ['a time beyond exact integers', { exp: 2 ** 60 }],
    ['an invalid group name', { groups: ['editors', ''] }],
    ['a group that is no text', { groups: [1] }],
    ['a uuid in upper case', { user_uuid: '0B6F1C2E-4A86-4D62-9F5C-0A1B2C3D4E5F' }],
    ['the type of a refresh token', { token_type: 'refresh' }],
  ])('reject %s', (_, change) => {
    expect(readAccessClaims(accessPayload(change))).toEqual({ ok: false, reason: 'bad_claims' })
  })

  it('are never accepted as refresh claims, nor the reverse', () => {
    expect(readRefreshClaims(accessPayload()).ok).toBe(false)
    expect(readAccessClaims(refreshPayload()).ok).toBe(false)
    expect(readRefreshClaims(refreshPayload()).ok).toBe(true)
  })

  it('recognise a uuid by its form', () => {
    expect(isUuid('0b6f1c2e-4a86-4d62-9f5c-0a1b2c3d4e5f')).toBe(true)
    expect(isUuid('0b6f1c2e4a864d629f5c0a1b2c3d4e5f')).toBe(false)
  })
})
