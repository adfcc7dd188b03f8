import { describe, expect, it } from 'vitest'
import { createLanguage } from '../../../../auth-service/src/platform/i18n/language.ts'
import { message } from '../../../../auth-service/src/platform/i18n/message.ts'

const NOON = Date.UTC(2027, 0, 15, 12, 5) / 1000

const english = createLanguage({ code: 'en', name: 'English', locale: 'en-GB' })
const german = createLanguage({
  code: 'de',
  name: 'Deutsch',
  locale: 'de-DE',
  dictionary: {
    'At least {count} of {what}.': '{what}: mindestens {count}.',
    '{count} {count:session|sessions} ended.': '{count} {count:Sitzung|Sitzungen} beendet.',
    Yes: 'Ja',
  },
})

describe('A language', () => {
  it('translates what its dictionary has, with all placeholders filled', () => {
    expect(german.say('Yes')).toBe('Ja')
    expect(german.say('At least {count} of {what}.', { count: 1234, what: 'X' })).toBe('X: mindestens 1.234.')
  })

  it('uses English for everything else', () => {
    expect(german.say('No')).toBe('No')
    expect(english.say('At least {count} of {what}.', { count: 1234, what: 'X' })).toBe(
      'At least 1,234 of X.',
    )
    for (const text of ['constructor', '__proto__', 'toString']) expect(german.say(text)).toBe(text)
  })

  it('fills placeholders once: a filled-in value is not a placeholder', () => {
    expect(english.say('{a} {b}', { a: '{b}', b: '{a}' })).toBe('{b} {a}')
    expect(english.say('{a} {constructor}', { a: '$&' })).toBe('$& {constructor}')
  })

  it.each([
    [0, '0 sessions ended.', '0 Sitzungen beendet.'],
    [1, '1 session ended.', '1 Sitzung beendet.'],
    [2, '2 sessions ended.', '2 Sitzungen beendet.'],
    [1234, '1,234 sessions ended.', '1.234 Sitzungen beendet.'],
  ])('chooses the plural form for %d', (count, inEnglish, inGerman) => {
    const words = message('{count} {count:session|sessions} ended.', { count })
    expect([String(words), english.say(words), german.say(words)]).toEqual([inEnglish, inEnglish, inGerman])
  })

  it('keeps plural forms without a count', () => {
    expect(english.say('{count:session|sessions}', { other: 1 })).toBe('{count:session|sessions}')
  })

  it('writes dates in UTC, and relative times within a day', () => {
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

describe('A language with a time zone', () => {
  const SUMMER = Date.UTC(2027, 6, 15, 22, 5) / 1000

  it.each([
    ['Europe/Berlin', '15 January 2027 at 13:05 CET', '16 July 2027 at 00:05 CEST'],
    ['europe/berlin', '15 January 2027 at 13:05 CET', '16 July 2027 at 00:05 CEST'],
    ['America/New_York', '15 January 2027 at 07:05 GMT-5', '15 July 2027 at 18:05 GMT-4'],
    ['Asia/Kolkata', '15 January 2027 at 17:35 GMT+5:30', '16 July 2027 at 03:35 GMT+5:30'],
  ])('writes times in %s, with summer time and the name of the zone', (zone, winter, summer) => {
    const { moment } = english.inTimeZone(zone)
    expect([moment(NOON), moment(SUMMER)]).toEqual([winter, summer])
  })

  it('is otherwise the same, and counts days in UTC as the statistics do', () => {
    const german12 = german.inTimeZone('America/New_York')
    expect([german12.code, german12.say('Yes'), german12.timeZone]).toEqual(['de', 'Ja', 'America/New_York'])
    expect(german12.day(Date.UTC(2027, 0, 15) / 1000)).toBe('15. Januar 2027')
    expect(german.inTimeZone('Europe/Berlin').moment(NOON)).toBe('15. Januar 2027 um 13:05 MEZ')
    expect(german.moment(NOON)).toBe('15. Januar 2027 um 12:05 UTC')
    expect(german12.inTimeZone(null).moment(NOON)).toBe('15. Januar 2027 um 12:05 UTC')
  })

  it.each([
    [undefined],
    [null],
    [''],
    ['Mars/Olympus_Mons'],
    ['+01:00'],
    ['../../etc/passwd'],
    ['Europe/Berlin\0'],
    ['<b>UTC</b>'],
    ['__proto__'],
    ['a'.repeat(100_000)],
  ])('writes times in UTC for the zone %j', (zone) => {
    const language = english.inTimeZone(zone)
    expect([language.timeZone, language.moment(NOON)]).toEqual(['UTC', '15 January 2027 at 12:05 UTC'])
  })

  it('writes the same after more time zones than it caches', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    const all = () => zones.map((zone) => english.inTimeZone(zone).moment(NOON))
    const first = english.inTimeZone('Europe/Berlin').moment(NOON)
    expect(new Set(all()).size).toBeGreaterThan(20)
    expect(english.inTimeZone('Europe/Berlin').moment(NOON)).toBe(first)
  })
})

describe('A message', () => {
  const full = message('At least {count} of {what}.', { count: 8, what: 'X' })

  it('is English as text and as JSON', () => {
    expect([String(full), JSON.stringify({ full })]).toEqual([
      'At least 8 of X.',
      '{"full":"At least 8 of X."}',
    ])
  })

  it('is translated where it is shown', () => {
    expect(german.say(full)).toBe('X: mindestens 8.')
  })

  it('is its text if it has no placeholders', () => {
    expect(message('Yes')).toBe('Yes')
  })
})
