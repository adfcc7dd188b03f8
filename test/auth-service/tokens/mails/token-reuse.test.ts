import { expect, it } from 'vitest'
import type { Language } from '../../../../auth-service/src/platform/i18n/language.ts'
import { ENGLISH, LANGUAGES, languageOf } from '../../../../auth-service/src/platform/i18n/languages.ts'
import { writeMail } from '../../../../auth-service/src/platform/mail/mail-reader.ts'
import { tokenReuseMail } from '../../../../auth-service/src/tokens/mails/token-reuse.ts'
import { testConfig } from '../../support/services.ts'

const FACTS = {
  userAgent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  address: '',
  signedInAt: 1_800_000_000,
  noticedAt: 1_800_003_600,
}
const config = testConfig({ authUrl: 'https://auth.example.com' })

const written = (language: Language, facts = FACTS, place: string | null = null) =>
  writeMail(tokenReuseMail, facts, { language, sender: config, locate: () => place })

it('a token reuse email says what happened, in which session, when, and what to do', () => {
  const { subject, text } = written(ENGLISH, { ...FACTS, address: '192.0.2.7' }, 'Berlin, Germany')
  expect(subject).toMatch(/copied.*ended/)
  expect(text).toContain('Sign-in: Safari on iPhone, from Berlin, Germany (192.0.2.7)\n')
  expect(text).toContain('15 January 2027 at 08:00 UTC')
  expect(text).toContain('15 January 2027 at 09:00 UTC')
  expect(text).toContain('"Sign out everywhere":\n   https://auth.example.com/account\n')
})

it.each(LANGUAGES)('a token reuse email lists a password change as a step, in $name', (language) => {
  const { text, html } = written(language)
  expect(text).toMatch(/^3\. (Change your password|Ändern Sie Ihr Passwort)/m)
  expect(text).toContain('\n   https://auth.example.com/account/password\n')
  expect(html).toContain('<a href="https://auth.example.com/account/password"')
})

it('a token reuse email quotes the button that signs out everywhere in the same language', () => {
  const german = languageOf('de')
  expect(german && written(german).text.replace(/\s+/g, ' ')).toContain(
    `„${german?.say('Sign out everywhere')}“`,
  )
})

it('a token reuse email omits an unknown location', () => {
  expect(written(ENGLISH).text).toContain('Sign-in: Safari on iPhone\n')
})

it('a token reuse email fits any screen and any mail server', () => {
  const { text } = written(ENGLISH)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(78)
  expect(text).toMatch(/^[\x20-\x7E\n]*$/)
})
