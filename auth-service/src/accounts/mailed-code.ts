import * as v from 'valibot'
import { message } from '../platform/i18n/message.ts'
import { says } from '../platform/validation/input.ts'

/** The message for input without six digits. */
const NO_CODE = message('Enter the six digits of the code in the email.')

/** Longest text that is searched for a code, since users may paste a whole line of the email. */
const MAX_LENGTH = 200

/**
 * The six digits of a code as users type or paste it: with spaces, dashes or invisible characters, in any decimal
 * digits. `null` unless there are six: that is no attempt.
 */
export function readCode(typed: unknown): string | null {
  if (typeof typed !== 'string' || typed.length > MAX_LENGTH) return null
  const digits = typed
    .normalize('NFKC')
    .replace(/\P{Nd}/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit)
  return /^\d{6}$/.test(digits) ? digits : null
}

/** The six digits of an emailed code, as typed. */
export const mailedCode = v.pipe(
  v.string(says(NO_CODE)),
  v.metadata({ maxLength: MAX_LENGTH }),
  v.check((typed) => readCode(typed) !== null, says(NO_CODE)),
)

/** Unicode has decimal digits in consecutive series from zero to nine. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0
  let before = 0
  while (/\p{Nd}/u.test(String.fromCodePoint(point - before - 1))) before++
  return String(before % 10)
}
