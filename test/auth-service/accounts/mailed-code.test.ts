import { expect, it } from 'vitest'
import { readCode } from '../../../auth-service/src/accounts/mailed-code.ts'

const inDigits = (zero: number, code = '012789') =>
  code.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)))

it.each([
  ['as it was sent', '012 789'],
  ['with a dash', '012-789'],
  ['with an en dash', '012\u2013789'],
  ['with invisible characters', '\u2066012\u200B789\u2069\uFEFF'],
  ['with the words around it', 'Your code: 012 789.'],
  ['in full-width digits', inDigits(0xff10)],
  ['in Arabic digits', inDigits(0x660)],
  ['in Persian digits', inDigits(0x6f0)],
  ['in Devanagari digits', inDigits(0x966)],
  ['in mathematical digits', inDigits(0x1d7ce)],
  ['in the digits of Adlam', inDigits(0x1e950)],
])('a code is accepted %s', (_how, typed) => {
  expect(readCode(typed)).toBe('012789')
})

it.each([
  '',
  '12345',
  '1234567',
  'abcdef',
  '123 456, good for 10 minutes',
  '1'.repeat(1000),
  123456,
  null,
  undefined,
  ['123456'],
])('%j is not a six-digit code', (typed) => {
  expect(readCode(typed)).toBeNull()
})
