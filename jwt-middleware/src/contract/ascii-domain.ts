/** Longest domain that is examined, in characters: more than any address has. */
const MAX_DOMAIN = 255
/** Keeps a numeric domain from being read as an IPv4 address. */
const NOT_AN_IP = '.invalid'
const ASCII = /^(?!.*(?:^|\.)xn--)\p{ASCII}*$/iu
/** ASCII that no domain has, such as a slash: a URL parser would end the host there. */
const FOREIGN = /[^\P{ASCII}\w.-]/u

/** Whether a domain has another spelling in Unicode or in Punycode. */
export const isInternational = (domain: string): boolean => domain.length <= MAX_DOMAIN && !ASCII.test(domain)

/** An international domain as in DNS (Punycode, UTS #46), in lower case; `null` if it is invalid. */
export function asciiDomain(domain: string): string | null {
  if (!isInternational(domain)) return domain.toLowerCase()
  const host = FOREIGN.test(domain) ? undefined : URL.parse(`http://${domain}${NOT_AN_IP}`)?.hostname
  return host?.slice(0, -NOT_AN_IP.length) ?? null
}
