import { expect, it } from 'vitest'
import { When } from '../../../../auth-service/src/web/components/time.tsx'
import { NOW } from '../../../support/tokens.ts'

it('a moment is told in words, and exactly for programs', () => {
  expect(String(<When at={NOW} />)).toBe(
    '<time datetime="2027-01-15T08:00:00.000Z">15 January 2027 at 08:00 UTC</time>',
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
])('%i seconds later it is called %s', (later, words) => {
  expect(String(<When at={NOW - later} now={NOW} />)).toContain(`>${words}<`)
})
