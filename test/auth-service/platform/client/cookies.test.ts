import { readCookies } from '@latchkey/jwt-middleware/contract'
import { expect, it } from 'vitest'
import { NO_COOKIES, parseCookies } from '../../../../auth-service/src/platform/client/cookies.ts'

it('a Cookie header has every value of a name, in order', () => {
  const cookies = parseCookies('a=1; b=2; a=3; a=; c')
  expect(cookies.get('a')).toEqual(['1', '3', ''])
  expect(cookies.get('b')).toEqual(['2'])
  expect(cookies.get('c')).toBeUndefined()
})

it.each([undefined, '', ';', ' ; ', 'text'])('no cookie is in %o', (header) => {
  expect(parseCookies(header)).toEqual(NO_COOKIES)
})

it('a Cookie header is read as in apps', () => {
  const pieces = ['a', 'ab', '=', '==', ';', '; ', ' ', '\t', 'x', '"', '\u00A0', '__proto__']
  let seed = 1
  const random = (below: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let i = 0; i < 5000; i++) {
    const header = Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join('')
    for (const name of ['a', 'ab', 'x', '__proto__']) {
      expect([header, parseCookies(header).get(name) ?? []]).toEqual([header, readCookies(header, name)])
    }
  }
})
