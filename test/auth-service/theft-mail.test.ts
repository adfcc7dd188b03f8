import { expect, it } from 'vitest'
import { theftMail } from '../../auth-service/src/theft-mail.ts'

const FACTS = {
  device: 'Safari on iPhone',
  from: '',
  signedInAt: 1_800_000_000,
  noticedAt: 1_800_003_600,
  authUrl: 'https://auth.example.com',
}

it('a mail about a theft says what happened, to which sign-in, when, and what to do', () => {
  const { subject, text } = theftMail({ ...FACTS, from: 'Berlin, Germany (192.0.2.7)' })
  expect(subject).toMatch(/copied.*ended/)
  expect(text).toContain('Safari on iPhone, from Berlin, Germany (192.0.2.7)\n')
  expect(text).toContain('15 January 2027 at 08:00 UTC')
  expect(text).toContain('15 January 2027 at 09:00 UTC')
  expect(text).toContain('"Sign out everywhere":\n   https://auth.example.com/account\n')
})

it('a mail about a theft does not speak of a place that nobody knows', () => {
  expect(theftMail(FACTS).text).toContain('Which sign-in:  Safari on iPhone\n')
})

it('a mail about a theft fits any screen and any mail server', () => {
  const { text } = theftMail(FACTS)
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  expect(text).toMatch(/^[\x20-\x7E\n]*$/)
})
