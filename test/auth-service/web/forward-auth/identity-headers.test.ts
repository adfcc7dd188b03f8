import type { AuthenticatedUser } from '@latchkey/jwt-middleware'
import { expect, it } from 'vitest'
import {
  identityHeaders,
  numberedCookies,
} from '../../../../auth-service/src/web/forward-auth/identity-headers.ts'

const ADA = {
  uuid: '0198a000-0000-7000-8000-000000000001',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  groups: ['editors', 'night shift'],
}
const headersOf = (changes: Partial<typeof ADA> = {}, token: string | null = 'a.b.c') =>
  Object.fromEntries(identityHeaders({ ...ADA, ...changes } as unknown as AuthenticatedUser, token))

it('plain names stay as they are', () => {
  expect(headersOf()).toEqual({
    'X-Latchkey-User': ADA.uuid,
    'X-Latchkey-Email': 'ada@example.com',
    'X-Latchkey-Name': 'Ada Lovelace',
    'X-Latchkey-Groups': 'editors,night shift',
    'X-Latchkey-Token': 'a.b.c',
  })
  expect(headersOf({ lastName: '', groups: [] }, null)).toEqual({
    'X-Latchkey-User': ADA.uuid,
    'X-Latchkey-Email': 'ada@example.com',
    'X-Latchkey-Name': 'Ada',
    'X-Latchkey-Groups': '',
    'X-Latchkey-Token': '',
  })
})

it('without a user, all of them are empty', () => {
  expect(identityHeaders(null, null)).toEqual(identityHeaders(null, null).map(([name]) => [name, '']))
  expect(identityHeaders(null, null)).toHaveLength(5)
})

it('all other names can be read back, and are nothing but ASCII', () => {
  const [firstName, lastName] = ['Зоя 100%', 'Müller, 🦊\r\nX-Latchkey-User: root']
  const groups = ['a,b', 'Köche', '%2C']
  const headers = headersOf({ firstName, lastName, groups, email: 'zoë@bücher.example' })
  for (const value of Object.values(headers)) expect(value).toMatch(/^[ -~]*$/)
  expect(decodeURIComponent(headers['X-Latchkey-Name'] ?? '')).toBe(`${firstName} ${lastName}`)
  expect(headers['X-Latchkey-Groups']?.split(',').map(decodeURIComponent)).toEqual(groups)
  expect(decodeURIComponent(headers['X-Latchkey-Email'] ?? '')).toBe('zoë@bücher.example')
  expect(headersOf({ firstName: 'a\ud800' })['X-Latchkey-Name']).toBe('a%EF%BF%BD Lovelace')
})

it('cookies are numbered', () => {
  expect(numberedCookies(['a=1', 'b=2'])).toEqual([
    ['X-Latchkey-Set-Cookie-1', 'a=1'],
    ['X-Latchkey-Set-Cookie-2', 'b=2'],
  ])
})
