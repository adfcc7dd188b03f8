import { domainToUnicode } from 'node:url'
import { asciiDomain, isInternational } from '@latchkey/jwt-middleware/contract'
import { UNSTORABLE } from './storable-text.ts'

// The form of an email address, and when two of them are equal.

/**
 * White space and invisible characters around a pasted address. The second part starts where such characters start: it
 * would take quadratic time to try each of them.
 */
const AROUND = /^[\s\p{Cf}]+|(?<![\s\p{Cf}])[\s\p{Cf}]+$/gu

/** Longest text that is read as an address, in characters: several times what an address can have. */
export const LONGEST_ADDRESS = 1000

/** What an address has at least. */
export const NOT_BLANK = /[^\s\p{Cf}]/u

/** An address with one spelling, as nearly all have: in ASCII, and without Punycode. */
const ORDINARY = /^(?!.*xn--)[ -~]*$/i

/**
 * Full case folding (The Unicode Standard, section 3.13) between two normalisations to NFC. Upper case first unifies
 * what lower case alone keeps apart, such as ſ and s; ı has an upper case that is not its own, and folds to itself.
 */
const fold = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[^ı]+/g, (part) => part.toUpperCase().toLowerCase())
    .normalize('NFC')

/** The parts before and after the last @; `null` without one. */
function split(email: string): readonly [local: string, domain: string] | null {
  const at = email.lastIndexOf('@')
  return at < 0 ? null : [email.slice(0, at), email.slice(at + 1)]
}

/** An international domain in Unicode; `null` if it is invalid. */
function unicodeDomain(domain: string): string | null {
  const ascii = asciiDomain(domain)
  if (ascii === null || !isInternational(domain)) return ascii
  const unicode = domainToUnicode(ascii)
  // A domain that does not convert back stays as in DNS.
  return asciiDomain(unicode) === ascii ? unicode : ascii
}

/**
 * An address as it is stored and shown: in NFC, with the domain in Unicode, and trimmed. Otherwise it stays as typed.
 */
export function normalizeEmail(typed: string): string {
  const email = typed.replace(AROUND, '').normalize('NFC')
  const parts = split(email)
  if (!parts || !isInternational(parts[1])) return email
  return `${parts[0]}@${unicodeDomain(parts[1]) ?? parts[1]}`
}

/**
 * The key of an account: two addresses with the same key are one account. Case, normal form, and Unicode or Punycode in
 * the domain do not matter. Provider rules such as dots or plus signs are ignored.
 */
export function canonicalEmail(email: string): string {
  const trimmed = email.replace(AROUND, '')
  const parts = split(trimmed)
  if (!parts || !isInternational(parts[1])) return fold(trimmed)
  return `${fold(parts[0])}@${unicodeDomain(parts[1].normalize('NFC')) ?? fold(parts[1])}`
}

/** An address, and what it is compared by: computed once, where it arrives. */
export interface EmailAddress {
  /** As it is stored and shown: see {@link normalizeEmail}. */
  readonly text: string
  /** See {@link canonicalEmail}; `''` for a text that no account has: too long, or databases cannot store it. */
  readonly key: string
  /** See {@link formerCanonicalEmail}. */
  readonly formerKey: string | null
}

/** An address from any text. */
export function parseEmail(typed: string): EmailAddress {
  if (typed.length > LONGEST_ADDRESS) return { text: typed, key: '', formerKey: null }
  const text = typed.replace(AROUND, '')
  if (ORDINARY.test(text)) return { text, key: fold(text), formerKey: null }
  // Postgres would reject the whole statement.
  if (UNSTORABLE.test(text)) return { text, key: '', formerKey: null }
  const normal = normalizeEmail(text)
  return { text: normal, key: canonicalEmail(normal), formerKey: formerCanonicalEmail(normal) }
}

/**
 * The key from before domains were compared as in DNS. An account keeps it if its address equals another account's in a
 * different spelling. `null` if it could be a current key.
 */
export function formerCanonicalEmail(email: string): string | null {
  const former = fold(email)
  return canonicalEmail(former) === former ? null : former
}

/**
 * Whether two spellings are certainly one mailbox: the same characters in NFC before the @, except for the case of
 * ASCII, and the same domain. Other spellings of one account (ß and ss, ſ and s) may be two for the mail server.
 */
export function isSameMailbox(one: string, other: string): boolean {
  const [a, b] = [split(normalizeEmail(one)), split(normalizeEmail(other))]
  if (!a || !b) return one === other
  return smallAscii(a[0]) === smallAscii(b[0]) && canonicalEmail(`x@${a[1]}`) === canonicalEmail(`x@${b[1]}`)
}

const smallAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** The probable mailbox of `name+tag@…`, for rate limits only, since not every mail server supports tags. */
export const withoutTag = ({ key }: EmailAddress): string => key.replace(/^([^+@]+)\+[^@]*(?=@[^@]*$)/, '$1')
