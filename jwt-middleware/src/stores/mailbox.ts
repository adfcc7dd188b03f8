import { asciiDomain } from '../contract/ascii-domain.ts'

/**
 * The key of a mailbox: two addresses with one key certainly lead to the same. Before the @, only the case of ASCII and
 * the normal form are ignored; after it, case, and Unicode or Punycode. Dots and tags count.
 */
export function mailboxKey(email: string): string {
  const trimmed = email.trim().normalize('NFC')
  const at = trimmed.lastIndexOf('@')
  const domain = trimmed.slice(at + 1)
  return `${smallAscii(trimmed.slice(0, at + 1))}${asciiDomain(domain) ?? smallAscii(domain)}`
}

const smallAscii = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
