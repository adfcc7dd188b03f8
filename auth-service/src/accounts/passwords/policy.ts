import * as v from 'valibot'
import { type Message, message } from '../../platform/i18n/message.ts'
import { says } from '../../platform/validation/input.ts'
import { isStorable } from '../../platform/validation/storable-text.ts'
import { isCommonPassword } from './common-passwords.ts'

/** What is known about the password's user. */
export interface PasswordOwner {
  readonly email?: unknown
  readonly firstName?: unknown
  readonly lastName?: unknown
}

const CHOOSE = message('Choose a password.')

/** Longest password in characters. */
const MAX_PASSWORD = 256

/**
 * The message about an invalid new password; `undefined` if it is valid. Length is counted in code points of the NFKC
 * form, and no kind of character is required (NIST SP 800-63B-4, section 3.1.1.2).
 */
export function passwordProblem(value: unknown, owner: PasswordOwner, minimum: number): Message | undefined {
  if (typeof value !== 'string' || value === '') return CHOOSE
  if (!isStorable(value))
    return message('This password contains characters that are not allowed. Choose another one.')
  const password = value.normalize('NFKC')
  const length = [...password].length
  if (length < minimum) return message('Use at least {minimum} {minimum:character|characters}.', { minimum })
  if (length > MAX_PASSWORD)
    return message('Use at most {count} {count:character|characters}.', { count: MAX_PASSWORD })
  if (isCommonPassword(password)) {
    return message(
      'This is one of the most common passwords and easy to guess. Choose another one, for example a few words in a row.',
    )
  }
  return likeness(password, owner)
}

/** A new password for that user. */
export const newPassword = (owner: PasswordOwner, minimum: number) =>
  v.pipe(
    v.string(says(CHOOSE)),
    v.metadata({ format: 'password', minLength: minimum, maxLength: MAX_PASSWORD }),
    v.rawCheck(({ dataset, addIssue }) => {
      const problem = dataset.typed ? passwordProblem(dataset.value, owner, minimum) : undefined
      if (problem !== undefined) addIssue({ message: says(problem) })
    }),
  )

/** Shortest part of a name or address that counts, in characters. */
const MIN_WORD = 3
/** No name or address is longer, in UTF-16 units; the rest is ignored. */
const MAX_ATTRIBUTE = 320

/** The message if a part of the user's name or address makes up half of the password or more. */
function likeness(password: string, { email, firstName, lastName }: PasswordOwner): string | undefined {
  const first = wordsOf(firstName)
  const last = wordsOf(lastName)
  const kinds: readonly (readonly [string, readonly string[]])[] = [
    [message('This password is too similar to your first name. Choose another one.'), first],
    [message('This password is too similar to your last name. Choose another one.'), last],
    [message('This password is too similar to your name. Choose another one.'), [...first, ...last]],
    [message('This password is too similar to your email address. Choose another one.'), wordsOf(email)],
  ]
  const text = withoutLookalikes(withoutAccents(password))
  return kinds.find(([, words]) => 2 * covered(text, words) >= [...text].length)?.[0]
}

/** How many characters of a text these words cover, with repetitions. */
function covered(text: string, words: readonly string[]): number {
  const longestFirst = [...new Set(words)].sort((a, b) => b.length - a.length)
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, '\0'), text)
  return [...text].length - [...rest.replaceAll('\0', '')].length
}

/** The words of a name or address, forwards and backwards. */
function wordsOf(value: unknown): string[] {
  if (typeof value !== 'string') return []
  const words = withoutAccents(value.slice(0, MAX_ATTRIBUTE)).split(/[^\p{L}\p{N}]+/u)
  // The last label of a domain is not specific to a user.
  return (value.includes('@') ? words.slice(0, -1) : words)
    .filter((word) => [...word].length >= MIN_WORD)
    .map(withoutLookalikes)
    .flatMap((word) => [word, [...word].reverse().join('')])
}

const withoutAccents = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
}

/** Replaces the substitutes in "4da" and "p@ul" with letters. */
const withoutLookalikes = (text: string): string =>
  text.replace(/[013457@$]/g, (character) => LOOKALIKES[character] ?? character)
