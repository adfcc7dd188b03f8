import { describe, expect, it } from 'vitest'
import { createLanguage } from '../../../../auth-service/src/platform/i18n/language.ts'
import { message } from '../../../../auth-service/src/platform/i18n/message.ts'

const NOON = Date.UTC(2027, 0, 15, 12, 5) / 1000

const english = createLanguage({ code: 'en', name: 'English', locale: 'en-GB' })
const german = createLanguage({
  code: 'de',
  name: 'Deutsch',
  locale: 'de-DE',
  dictionary: { 'At least {count} of {what}.': '{what}: mindestens {count}.', Yes: 'Ja' },
})

describe('a language', () => {
  it('says what its dictionary has, with everything in its place', () => {
    expect(german.say('Yes')).toBe('Ja')
    expect(german.say('At least {count} of {what}.', { count: 1234, what: 'X' })).toBe('X: mindestens 1.234.')
  })

  it('says the rest in English', () => {
    expect(german.say('No')).toBe('No')
    expect(english.say('At least {count} of {what}.', { count: 1234, what: 'X' })).toBe(
      'At least 1,234 of X.',
    )
    for (const text of ['constructor', '__proto__', 'toString']) expect(german.say(text)).toBe(text)
  })

  it('fills in once: what was filled in is no place', () => {
    expect(english.say('{a} {b}', { a: '{b}', b: '{a}' })).toBe('{b} {a}')
    expect(english.say('{a} {constructor}', { a: '$&' })).toBe('$& {constructor}')
  })

  it('writes dates in UTC, and tells what lies less than a day back from there', () => {
    expect([english.moment(NOON), german.moment(NOON)]).toEqual([
      '15 January 2027 at 12:05 UTC',
      '15. Januar 2027 um 12:05 UTC',
    ])
    expect([english.day(NOON), german.day(NOON)]).toEqual(['15 January 2027', '15. Januar 2027'])
    expect([german.ago(120), german.ago(7200), german.ago(86_400)]).toEqual([
      'vor 2 Minuten',
      'vor 2 Stunden',
      null,
    ])
  })
})

describe('a message', () => {
  const full = message('At least {count} of {what}.', { count: 8, what: 'X' })

  it('is English as text and as JSON', () => {
    expect([String(full), JSON.stringify({ full })]).toEqual([
      'At least 8 of X.',
      '{"full":"At least 8 of X."}',
    ])
  })

  it('is translated where it is said', () => {
    expect(german.say(full)).toBe('X: mindestens 8.')
  })

  it('is its text where there is nothing to fill in', () => {
    expect(message('Yes')).toBe('Yes')
  })
})
