import { describe, expect, it } from 'vitest'
import * as input from '../../../../auth-service/src/platform/validation/validators.ts'
import { cpuTime } from '../../../support/cpu-time.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'

/** A long run of spaces inside a text, which trimming must not remove. */
const INNER = `a${'\u200B \u3164'.repeat(7500)}a`

const SENTENCE = /^[A-Z][^\n]*[.]$/
const WRONG_TYPES: readonly unknown[] = [
  undefined,
  null,
  42,
  true,
  {},
  [],
  ['ada@example.com'],
  { toString: 'x' },
]

// In English, as programs see them.
const emailProblem = (value: unknown) => input.emailProblem(value)?.toString()
const nameProblem = (value: unknown) => input.nameProblem(value)?.toString()

describe('An email address', () => {
  it.each([
    'ada@example.com',
    'Ada.Lovelace+notes@sub.example.co.uk',
    "o'brien_{x}|~!#$%&*/=?^`@example.com",
    'root@demo.localhost',
    'root@localhost',
    'zo\u00EB@b\u00FCcher.example',
    '\u7528\u6237@\u4F8B\u5B50.\u5E7F\u544A',
    '\u{1F511}@example.com',
    `${'x'.repeat(64)}@example.com`,
    `ada@${'x'.repeat(63)}.com`,
    'ada@xn--bcher-kva.example',
    'ada@a--b.example',
    'ada@1.2.3.4',
    'ada@3com.example',
    'ada@भारत.भारत',
    '-ada-@x-y.example',
    ' ada@example.com',
    'ada@example.com \n',
    '\u2066ada@example.com\u2069',
  ])('can be %s', (email) => {
    expect(emailProblem(email)).toBeUndefined()
  })

  it.each([
    'ada',
    'ada@',
    '@example.com',
    'ada@@example.com',
    'a@b@example.com',
    'ada @example.com',
    '-@-example.com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example.-com',
    'ada@a.-b-.com',
    `ada@${'x'.repeat(64)}.com`,
    `ada@${'ü'.repeat(60)}.com`,
    'ada@\u0301example.com',
    'ada@example .com',
    'ada@.example.com',
    'ada@example..com',
    'ada@example.com.',
    'ada@exam_ple.com',
    '<ada@example.com>',
    'Ada <ada@example.com>',
    'ada,bob@example.com',
    'ada@example.com\r\nBcc: all@example.com',
    'ada\u200B@example.com',
    'ada\0@example.com',
    'ada\uD83D@example.com',
    `${'x'.repeat(65)}@example.com`,
    `ada@${'x'.repeat(250)}.com`,
    `ada@${'\u00FC'.repeat(125)}.com`,
  ])('cannot be %j', (email) => {
    expect(emailProblem(email)).toMatch(SENTENCE)
  })

  it('is required and must be text', () => {
    for (const value of ['', ...WRONG_TYPES]) expect(emailProblem(value)).toBe('Enter your email address.')
  })

  it('of any length is checked quickly', async () => {
    const spent = await cpuTime(() => {
      for (const text of [
        'a'.repeat(60_000),
        `a@${'a.'.repeat(30_000)}`,
        `a@${'a'.repeat(60_000)}!`,
        INNER,
      ]) {
        expect(emailProblem(text)).toMatch(SENTENCE)
      }
    })
    expect(spent).toBeLessThan(1000)
  })
})

describe('A name', () => {
  it('is optional, and can be any real name', () => {
    for (const name of [
      '',
      'Ada',
      "O'Brien",
      'Jos\u00E9 Mar\u00EDa',
      '\u5C71\u7530',
      '<b>Bobby</b>',
      ' ',
      'x'.repeat(150),
    ]) {
      expect(nameProblem(name)).toBeUndefined()
    }
    expect(nameProblem('\u{1F511}'.repeat(150))).toBeUndefined()
    expect(nameProblem('\u{1F511}'.repeat(151))).toBe('Use at most 150 characters.')
  })

  it('has no control characters and no half characters', () => {
    for (const name of ['a\0b', 'a\nb', 'a\tb', '\u001B[31m', '\u0085', '\uDD11']) {
      expect(nameProblem(name)).toMatch(SENTENCE)
    }
  })

  it.each([
    ['\u202Enimda', 'nimda'],
    ['\u2067nimda\u2069', 'nimda'],
    ['Ada\u200F', 'Ada'],
    ['\uFEFFAda\u200B ', 'Ada'],
    ['\u200B', ''],
    ['\u2060\u00AD', ''],
    ['\u3164', ''],
    ['\u2800\u2800', ''],
    [' \u200D\uFE0F ', ''],
    ['Jose\u0301', 'José'],
    ['نازنین\u200Cزهرا', 'نازنین\u200Cزهرا'],
    ['👩\u200D💻', '👩\u200D💻'],
    ['Ada ❤\uFE0F', 'Ada ❤\uFE0F'],
    ['🏴\u{E0067}\u{E0062}\u{E007F}', '🏴\u{E0067}\u{E0062}\u{E007F}'],
    ['葛\u{E0100}城', '葛\u{E0100}城'],
    ['—', '—'],
  ])('%j is stored as %j', (typed, stored) => {
    expect(nameProblem(typed)).toBeUndefined()
    expect(input.cleanedName(typed)).toBe(stored)
    expect(input.cleanedName(stored)).toBe(stored)
  })

  it('of any length is checked quickly, with space inside, too', async () => {
    const spent = await cpuTime(() => {
      expect(nameProblem(INNER)).toBe('Use at most 150 characters.')
      expect(input.cleanedName(INNER)).toHaveLength(2 + 2 * 7500)
    })
    expect(spent).toBeLessThan(1000)
  })

  it('must be text', () => {
    for (const value of WRONG_TYPES) expect(nameProblem(value)).toMatch(SENTENCE)
  })
})

it('no naughty string breaks any validator', () => {
  for (const text of naughtyStrings) {
    for (const problem of [emailProblem(text), emailProblem(`${text}@example.com`), nameProblem(text)]) {
      if (problem !== undefined) expect(problem).toMatch(SENTENCE)
    }
  }
})
