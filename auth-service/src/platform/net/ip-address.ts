import { BlockList, isIP } from 'node:net'

/**
 * Normalises an IP address: IPv6 in short lower case without a zone, and IPv4 within IPv6 (`::ffff:192.0.2.7`) as IPv4.
 * `null` if it is invalid.
 */
export function readAddress(text: string): string | null {
  const bare = text.replace(/%.*$/, '')
  const family = isIP(bare)
  if (family !== 6) return family === 4 ? bare : null
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const [, high, low] = canonical.match(/^::ffff:([0-9a-f]+):([0-9a-f]+)$/) ?? []
  if (high === undefined || low === undefined) return canonical
  return [high, low].flatMap((group) => [parseInt(group, 16) >> 8, parseInt(group, 16) & 255]).join('.')
}

/**
 * The network of an address: itself in IPv4; in IPv6 the /64, within which a subscriber can change addresses at will.
 */
export const networkOf = (address: string): string => rangeOf(address, 64)

/** The site of an address: itself in IPv4; in IPv6 the /48, which one subscriber may own. */
export const siteOf = (address: string): string => rangeOf(address, 48)

/** Both; `null` for this machine, or if the address is unknown. */
export const networksOf = (address: string): { readonly network: string; readonly site: string } | null =>
  isLoopback(address) ? null : { network: networkOf(address), site: siteOf(address) }

function rangeOf(address: string, bits: 48 | 64): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - groups.length - rest.length
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...rest]
  return `${all.slice(0, bits / 16).join(':')}::/${bits}`
}

/** Whether it is this machine, or unknown. */
export const isLoopback = (address: string): boolean =>
  address === '' || address === '::1' || /^127\./.test(address)

/** The address family as `node:net` names it. */
export const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const privateRanges = new BlockList()
for (const [address, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(address, prefix, family(address))
}

/** Whether no stranger can have it: on this machine, or in a private network (RFC 1918, 3927, 4193 and 6598). */
export const isPrivate = (address: string): boolean =>
  isLoopback(address) || privateRanges.check(address, family(address))

const ipv4Special = new BlockList()
const ipv6Special = new BlockList()
/** All of IPv6 that is given out for the internet. Outside of it are loopback, ULA, link-local, NAT64 and multicast. */
const ipv6Unicast = new BlockList()
ipv6Unicast.addSubnet('2000::', 3, 'ipv6')
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  // Protocol assignments, with Teredo, benchmarks and ORCHID; documentation; 6to4.
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  const list = family(address) === 'ipv6' ? ipv6Special : ipv4Special
  list.addSubnet(address, prefix, family(address))
}

/**
 * Whether servers of the public internet can have the address: it is not of this machine, of a private network, or of
 * special use (the registries of RFC 6890, by IANA). IPv4 within IPv6 counts as IPv4.
 */
export function isPublicAddress(text: string): boolean {
  const address = text.includes('%') ? null : readAddress(text)
  if (address === null) return false
  if (family(address) === 'ipv4') return !ipv4Special.check(address, 'ipv4')
  return ipv6Unicast.check(address, 'ipv6') && !ipv6Special.check(address, 'ipv6')
}
