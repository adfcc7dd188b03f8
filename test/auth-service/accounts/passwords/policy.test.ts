import { dictionary } from '@zxcvbn-ts/language-common'
import { describe, expect, it } from 'vitest'
import { passwordProblem } from '../../../../auth-service/src/accounts/passwords/policy.ts'
import { cpuTime } from '../../../support/cpu-time.ts'
import { naughtyStrings } from '../../../support/naughty-strings.ts'

const ADA = { email: 'ada.king@analytical-engines.example', firstName: 'Augusta', lastName: 'Lovelace' }
const problem = (password: unknown, owner = {}, minimum = 8) =>
  passwordProblem(password, owner, minimum)?.toString()

const COMMON =
  'This is one of the most common passwords and easy to guess. Choose another one, for example a few words in a row.'
const like = (what: string) => `This password is too similar to your ${what}. Choose another one.`

describe('A new password', () => {
  it('has 8 to 256 characters of any kind', () => {
    for (const password of [
      'xkqvmwzt',
      '83920174652',
      'correct horse battery staple',
      'ünïcödé!',
      '\u{1F511}'.repeat(8),
      'x '.repeat(128),
      'a tab\there',
    ]) {
      expect(problem(password), password).toBeUndefined()
    }
    expect(problem('1234567')).toBe('Use at least 8 characters.')
    expect(problem('\u{1F511}'.repeat(7))).toBe('Use at least 8 characters.')
    expect(problem('x'.repeat(257))).toBe('Use at most 256 characters.')
  })

  it('has at least PASSWORD_MIN_LENGTH characters', () => {
    expect(problem('xkqvmwztbnplrd', {}, 15)).toBe('Use at least 15 characters.')
    expect(problem('xkqvmwztbnplrds', {}, 15)).toBeUndefined()
  })

  it('is measured as it is hashed: in NFKC', () => {
    expect(problem('e\u0301'.repeat(7))).toBe('Use at least 8 characters.')
    expect(problem('e\u0301'.repeat(200))).toBeUndefined()
    expect(problem('\uFB03zk')).toBe('Use at least 8 characters.')
    expect(problem('\uFDFA'.repeat(15))).toBe('Use at most 256 characters.')
  })

  it('has only whole characters and no NUL', () => {
    for (const password of ['12345678\uD83D', '12345678\0']) {
      expect(problem(password)).toBe(
        'This password contains characters that are not allowed. Choose another one.',
      )
    }
  })

  it('is required and must be text', () => {
    for (const value of ['', undefined, null, 42, true, {}, [], ['xkqvmwzt']]) {
      expect(problem(value)).toBe('Choose a password.')
    }
  })
})

describe('A common password is rejected', () => {
  it.each(['password', 'PassWord1', 'iloveyou', 'qwertyuiop', '1234567890', 'trustno1', 'ｐａｓｓｗｏｒｄ'])(
    '%s',
    (password) => {
      expect(problem(password)).toBe(COMMON)
    },
  )

  it('for every entry of the list', () => {
    const long = dictionary['passwords-common'].filter((word) => word.length >= 8)
    expect(long.length).toBeGreaterThan(10_000)
    expect(long.filter((word) => problem(word) !== COMMON)).toEqual([])
  })

  it('but accepted as part of a longer one', () => {
    expect(problem('my password is iloveyou')).toBeUndefined()
  })
})

describe("A password that consists mostly of the user's own data is rejected", () => {
  it.each([
    ['augusta1815', 'first name'],
    ['AUGUSTA!!', 'first name'],
    ['@ugus7a.1', 'first name'],
    ['atsugua99', 'first name'],
    ['lovelace.', 'last name'],
    ['Lovelace2024!', 'last name'],
    ['l0v3lac3-x', 'last name'],
    ['lovelacelovelacelovelace', 'last name'],
    ['augusta.lovelace', 'last name'],
    ['augusta-analytic-lovelace', 'name'],
    ['ada.king.1', 'email address'],
    ['analytical-engines', 'email address'],
    ['ada.king@analytical-engines.example', 'email address'],
  ])('%s: %s', (password, what) => {
    expect(problem(password, ADA)).toBe(like(what))
    expect(problem(password)).toBeUndefined()
  })

  it('with or without accents', () => {
    const zoe = { email: 'z@b\u00FCcher.example', firstName: 'Zo\u00EB', lastName: 'M\u00FCller' }
    expect(problem('mueller-1', zoe)).toBeUndefined()
    expect(problem('muller-12', zoe)).toBe(like('last name'))
    expect(problem('Zoe\u0308Zoe\u0308!!', zoe)).toBe(like('first name'))
    expect(problem('buecher1', zoe)).toBeUndefined()
    expect(problem('b\u00FCcher12', zoe)).toBe(like('email address'))
  })

  it('but accepted if the data is a small part of it', () => {
    for (const password of [
      'augusta walks along the sea at dawn',
      'lovelace-krypton-tulip',
      'ada-likes-notes',
      'what is the king of nowhere up to',
    ]) {
      expect(problem(password, ADA), password).toBeUndefined()
    }
  })

  it('but accepted if the user gave no data or too little to compare', () => {
    for (const owner of [
      {},
      { email: '', firstName: '', lastName: '' },
      { email: 'jo@x.y', firstName: 'Jo' },
    ]) {
      expect(problem('jojojojo', owner)).toBeUndefined()
    }
    expect(problem('xkqvmwzt', { email: 42, firstName: null, lastName: ['xkqvmwzt'] })).toBeUndefined()
  })

  it('quickly, for input of any length and shape', async () => {
    const spent = await cpuTime(() => {
      for (const text of ['@'.repeat(60_000), 'ab.'.repeat(20_000), '\u0301'.repeat(60_000)]) {
        problem('x'.repeat(256), { email: text, firstName: text, lastName: text })
      }
    })
    expect(spent).toBeLessThan(1000)
    for (const text of naughtyStrings) {
      const answer = problem(text, { email: text, firstName: text, lastName: text })
      if (answer !== undefined) expect(answer).toMatch(/^[A-Z][^\n]*\.$/)
    }
  })
})
