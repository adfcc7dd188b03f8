import { message, type Words } from './languages/message.ts'

// What people may type, and the sentence that tells them what is wrong with it; `undefined` where nothing is.

/** Longest e-mail address in bytes (RFC 5321, section 4.5.3.1.3, less the angle brackets). */
export const MAX_EMAIL = 254
/** Longest first or last name in characters, as in Django. */
export const MAX_NAME = 150

// One @; no white space, no control characters, and none of the specials that would need quotes (RFC 5322,
// section 3.2.3), which nobody's address has and mail headers trip over.
const EMAIL = /^[^\s\p{C}()<>[\]:;@\\,"]{1,64}@[\p{L}\p{N}\p{M}-]+(\.[\p{L}\p{N}\p{M}-]+)*$/u

const lengthOf = (text: string): number => [...text].length

/** Text every database and every JSON parser keeps as it is: no NUL, no half of a surrogate pair. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

export function emailProblem(value: unknown): Words | undefined {
  if (typeof value !== 'string' || value === '') return message('Enter your e-mail address.')
  if (!value.isWellFormed() || !EMAIL.test(value))
    return message('Enter an e-mail address like name@example.com.')
  return Buffer.byteLength(value) > MAX_EMAIL ? message('This e-mail address is too long.') : undefined
}

export function nameProblem(value: unknown): Words | undefined {
  if (typeof value !== 'string') return message('Enter a name, or leave this empty.')
  if (!isStorable(value) || /\p{Cc}/u.test(value))
    return message('This name has characters that can not be used.')
  return lengthOf(value) > MAX_NAME
    ? message('Use at most {count} characters.', { count: MAX_NAME })
    : undefined
}
