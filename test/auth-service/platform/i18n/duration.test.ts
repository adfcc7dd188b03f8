import { expect, it } from 'vitest'
import { createWriter, durationOf } from '../../../../auth-service/src/platform/i18n/duration.ts'

const [english, german] = [createWriter('en-GB').write, createWriter('de-DE').write]

it.each([
  [1, '1 second', '1 Sekunde'],
  [60, '60 seconds', '60 Sekunden'],
  [91, '2 minutes', '2 Minuten'],
  [600, '10 minutes', '10 Minuten'],
  [3599, '60 minutes', '60 Minuten'],
  [3600, '1 hour', '1 Stunde'],
  [5401, '2 hours', '2 Stunden'],
  [86_399, '24 hours', '24 Stunden'],
  [86_400, '1 day', '1 Tag'],
  [14 * 86_400, '14 days', '14 Tage'],
])('%d seconds are written as %s, or %s', (seconds, inEnglish, inGerman) => {
  const amount = durationOf(seconds)
  expect([english(amount), german(amount)]).toEqual([inEnglish, inGerman])
})

it('numbers have the separators of the language', () => {
  expect([english(12_345.5), german(12_345.5)]).toEqual(['12,345.5', '12.345,5'])
})
