import { isIP } from 'node:net'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { readAddress } from '../net/ip-address.ts'
import { redact } from '../validation/redact.ts'

/** A range of addresses whose `X-Forwarded-For` is trusted; a single address is also a range. */
export interface TrustedRange {
  readonly address: string
  readonly prefix: number
}

const EXAMPLE = 'e.g. TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8,fd00::/8'

/** Reads TRUSTED_PROXIES: addresses and CIDR ranges (RFC 4632, section 3.1), separated by commas. */
export function readTrustedProxies(value: string | undefined): Result<readonly TrustedRange[], string> {
  const entries = (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean)
  const ranges: TrustedRange[] = []
  for (const entry of entries) {
    const range = readRange(entry)
    if (!range) {
      return failure(
        `TRUSTED_PROXIES contains ${redact(entry)}, which is not an IP address or range. List the addresses of your proxies, ${EXAMPLE}`,
      )
    }
    if (range.prefix === 0) {
      return failure(
        `TRUSTED_PROXIES contains ${redact(entry)}, which covers all addresses: any client could claim any address. List the addresses of your proxies, ${EXAMPLE}`,
      )
    }
    ranges.push(range)
  }
  return success(ranges)
}

function readRange(entry: string): TrustedRange | null {
  const [text = '', prefix, ...more] = entry.split('/')
  const address = readAddress(text)
  // A zone names an interface of this machine, not a peer.
  if (address === null || text.includes('%') || more.length > 0) return null
  // The prefix length applies to the address as typed: for ::ffff:10.0.0.0/104, IPv4 has only the last 32 bits.
  const mapped = isIP(text) === 6 && isIP(address) === 4 ? 96 : 0
  const longest = isIP(text) === 6 ? 128 : 32
  if (prefix === undefined) return { address, prefix: longest - mapped }
  const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN
  return length >= mapped && length <= longest ? { address, prefix: length - mapped } : null
}
