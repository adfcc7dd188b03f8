import { asciiDomain } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { message } from '../i18n/message.ts'
import { LONGEST_ADDRESS, normalizeEmail } from './email-address.ts'
import { problemWith, says } from './input.ts'
import { isStorable } from './storable-text.ts'

// What users may type, and the message about invalid input.

/** Longest email address in bytes (RFC 5321, section 4.5.3.1.3, without the angle brackets). */
export const MAX_EMAIL = 254
/** Longest first or last name in characters, as in Django. */
export const MAX_NAME = 150

/** Longest label of a domain in DNS (RFC 1035, section 2.3.4). */
const MAX_LABEL = 63
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}])?`
// One @; no white space, no control characters, and no specials that would need quotes (RFC 5322, section 3.2.3), which
// real addresses do not have and which break mail headers. Labels as in HTML and Django.
const EMAIL = new RegExp(String.raw`^[^\s\p{C}()<>[\]:;@\\,"]{1,64}@(${LABEL}(?:\.${LABEL})*)$`, 'u')

/** Bidirectional controls, and invisible characters that no script needs within a word. */
const HIDDEN = /[\p{Bidi_C}\u00AD\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\uFFF9-\uFFFB]/gu
/** Space, joiners and fillers, which have no meaning at the end of a name; selectors of emoji do. */
const EMPTY = String.raw`[\s\u034F\u115F\u1160\u200C\u200D\u2800\u3164\uFFA0]`
// The second part starts where such characters start: it would take quadratic time to try each of them.
const AROUND_NAME = new RegExp(`^${EMPTY}+|(?<!${EMPTY})${EMPTY}+$`, 'gu')
const VISIBLE = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Z}\u2800]/u

const lengthOf = (text: string): number => [...text].length

const ENTER_EMAIL = message('Enter your email address.')
const TOO_LONG = message('This email address is too long.')

/** An email address. The output is what `normalizeEmail` returns. */
export const emailAddress = v.pipe(
  v.string(says(ENTER_EMAIL)),
  v.metadata({ format: 'idn-email', maxLength: MAX_EMAIL }),
  v.nonEmpty(says(ENTER_EMAIL)),
  v.check((email) => email.length <= LONGEST_ADDRESS, says(TOO_LONG)),
  v.transform(normalizeEmail),
  v.check(isAddress, says(message('Enter an email address like name@example.com.'))),
  v.check((email) => Buffer.byteLength(email) <= MAX_EMAIL, says(TOO_LONG)),
)

/** The message about an invalid address. */
export const emailProblem = problemWith(emailAddress)

function isAddress(email: string): boolean {
  const [, domain] = (email.isWellFormed() && EMAIL.exec(email)) || []
  return domain !== undefined && hasGoodLabels(domain)
}

const hasGoodLabels = (domain: string): boolean =>
  asciiDomain(domain)
    ?.split('.')
    .every((label) => label.length <= MAX_LABEL) ?? false

/**
 * A name as it is stored: in NFC, trimmed, without bidirectional controls and invisible characters. `''` if nothing
 * visible is left.
 */
export function cleanedName(name: string): string {
  const cleaned = name.normalize('NFC').replace(HIDDEN, '').replace(AROUND_NAME, '')
  return VISIBLE.test(cleaned) ? cleaned : ''
}

/** Longest text that is read as a name, in characters, with what may be removed from it. */
const LONGEST_NAME = 1000

const NAME_TOO_LONG = message('Use at most {count} {count:character|characters}.', { count: MAX_NAME })

/** A first or last name, which may be empty. The output is what `cleanedName` returns. */
export const personName = v.pipe(
  v.string(says(message('Enter a name, or leave this empty.'))),
  v.metadata({ maxLength: MAX_NAME }),
  v.check((name) => name.length <= LONGEST_NAME, says(NAME_TOO_LONG)),
  v.check(
    (name) => isStorable(name) && !/\p{Cc}/u.test(name),
    says(message('This name contains characters that are not allowed.')),
  ),
  v.transform(cleanedName),
  v.check((name) => lengthOf(name) <= MAX_NAME, says(NAME_TOO_LONG)),
)

/** The message about an invalid name. */
export const nameProblem = problemWith(personName)
