import { expect, it } from 'vitest'
import { ENGLISH } from '../../../../auth-service/src/platform/i18n/languages.ts'
import { Time } from '../../../../auth-service/src/web/components/time.tsx'
import { LanguageProvider } from '../../../../auth-service/src/web/components/translate.tsx'
import { NOW } from '../../../support/tokens.ts'

it('a time is shown in words, with the exact value for programs', () => {
  expect(String(<Time at={NOW} />)).toBe(
    '<time datetime="2027-01-15T08:00:00.000Z">15 January 2027 at 08:00 UTC</time>',
  )
})

it("a time is shown in the reader's time zone, with the same value for programs", () => {
  const told = (
    <LanguageProvider value={ENGLISH.inTimeZone('Asia/Tokyo')}>
      <Time at={NOW} now={NOW + 86_400} />
    </LanguageProvider>
  )
  expect(String(told)).toBe('<time datetime="2027-01-15T08:00:00.000Z">15 January 2027 at 17:00 GMT+9</time>')
})

it('a relative time is marked, so that the script leaves it alone', () => {
  expect(String(<Time at={NOW - 180} now={NOW} />)).toBe(
    '<time datetime="2027-01-15T07:57:00.000Z" data-ago="">3 minutes ago</time>',
  )
})

it.each([
  [-5, 'just now'],
  [0, 'just now'],
  [119, 'just now'],
  [120, '2 minutes ago'],
  [3599, '59 minutes ago'],
  [3600, '1 hour ago'],
  [86_399, '23 hours ago'],
  [86_400, '14 January 2027 at 08:00 UTC'],
])('%i seconds later it reads %s', (later, words) => {
  expect(String(<Time at={NOW - later} now={NOW} />)).toContain(`>${words}<`)
})
