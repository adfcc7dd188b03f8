import { domainToASCII, domainToUnicode } from 'node:url'

// What an email address is: how it is written down, and when two of them are one.

/** Longest domain in characters that is looked at: more than any address has. */
const MAX_DOMAIN = 255
/** Keeps a domain of numbers from being read as an IPv4 address. */
const NOT_AN_IP = '.invalid'

/** White space and invisible characters around an address, which come along when it is pasted. */
const AROUND = /^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu

/**
 * Full case folding (The Unicode Standard, section 3.13) between two normalisations to NFC. Upper case first catches what
 * lower case alone leaves apart, as ſ and s; ı has an upper case that is not its own and folds to itself.
 */
const fold = (text: string): string =>
  text
    .normalize('NFC')
    .replace(/[^ı]+/g, (part) => part.toUpperCase().toLowerCase())
    .normalize('NFC')

/** What stands before the last @, and after it; `null` where there is none. */
function split(email: string): readonly [local: string, domain: string] | null {
  const at = email.lastIndexOf('@')
  return at < 0 ? null : [email.slice(0, at), email.slice(at + 1)]
}

const isInternational = (domain: string): boolean =>
  domain.length <= MAX_DOMAIN && !/^(?!.*(?:^|\.)xn--)\p{ASCII}*$/iu.test(domain)

/** An international domain as DNS knows it (Punycode, UTS #46), in lower case; `null` where there can be no such domain. */
export function asciiDomain(domain: string): string | null {
  if (!isInternational(domain)) return domain.toLowerCase()
  const ascii = domainToASCII(domain + NOT_AN_IP)
  return ascii === '' ? null : ascii.slice(0, -NOT_AN_IP.length)
}

/** An international domain as people read it; `null` where there can be no such domain. */
function unicodeDomain(domain: string): string | null {
  const ascii = asciiDomain(domain)
  if (ascii === null || !isInternational(domain)) return ascii
  const unicode = domainToUnicode(ascii)
  // What does not lead back stays as DNS knows it.
  return asciiDomain(unicode) === ascii ? unicode : ascii
}

/**
 * An address as it is stored and shown: in NFC, an international domain in Unicode, and nothing around it. Otherwise it
 * stays as it was typed.
 */
export function normalizeEmail(typed: string): string {
  const email = typed.replace(AROUND, '').normalize('NFC')
  const parts = split(email)
  if (!parts || !isInternational(parts[1])) return email
  return `${parts[0]}@${unicodeDomain(parts[1]) ?? parts[1]}`
}

/**
 * Two addresses belong to one account if this is the same: case and normal form do not matter, nor whether the domain is
 * in Unicode or in Punycode. Rules of providers such as dots or plus signs are left alone.
 */
export function canonicalEmail(email: string): string {
  const trimmed = email.replace(AROUND, '')
  const parts = split(trimmed)
  if (!parts || !isInternational(parts[1])) return fold(trimmed)
  return `${fold(parts[0])}@${unicodeDomain(parts[1].normalize('NFC')) ?? fold(parts[1])}`
}

/**
 * What was the canonical form before domains were compared as DNS does. An account keeps it that has the address of
 * another one in another spelling. `null` where it can be no such key, since it is a canonical form of today.
 */
export function formerCanonicalEmail(email: string): string | null {
  const former = fold(email)
  return canonicalEmail(former) === former ? null : former
}

/**
 * Whether two spellings are surely one mailbox: before the @ the same letters in NFC, but for the case of ASCII, and
 * behind it the same domain. What else an account takes for one (ß and ss, ſ and s) may be two for the mail server.
 */
export function isSameMailbox(one: string, other: string): boolean {
  const [a, b] = [split(normalizeEmail(one)), split(normalizeEmail(other))]
  if (!a || !b) return one === other
  return smallAscii(a[0]) === smallAscii(b[0]) && canonicalEmail(`x@${a[1]}`) === canonicalEmail(`x@${b[1]}`)
}

const smallAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

/** The mailbox that `name+tag@…` most likely leads to, for limits alone: not every mail server knows tags. */
export const withoutTag = (email: string): string =>
  canonicalEmail(email).replace(/^([^+@]+)\+[^@]*(?=@[^@]*$)/, '$1')
