import type { WarnLimited } from '../contract/limited-log.ts'
import { createFairLine, type Sender } from './fair-line.ts'
import type { TokenUse } from './token-use.ts'

/** How long a request waits in line, in ms, so that enough is left to ask. */
const PATIENCE = 2_000
/** Questions at a time: anyone can invent tokens, and the auth service answers all apps. */
const MOST_AT_ONCE = 32
/** Requests that wait for their turn; further ones get their 503 at once. */
const LONGEST_LINE = 1_000

/** Asks when it is this program's turn, and tells how long that took, in ms. `null` if too many wait. */
export type TakeTurns = <Value>(
  use: TokenUse,
  ask: (waited: number) => Promise<Value>,
) => Promise<Value | null>

export function createTurns(warn: WarnLimited): TakeTurns {
  const line = createFairLine({ most: MOST_AT_ONCE, longest: LONGEST_LINE, patience: PATIENCE })
  return async (use, ask) => (await line.run(senderOf(use), ask)) ?? tooMany(warn)
}

function tooMany(warn: WarnLimited): null {
  warn(
    {
      event: 'introspection_crowded',
      most: MOST_AT_ONCE,
      setting: 'limits by address in the proxy in front of this app',
    },
    'too many requests came with unknown API tokens at once: some get 503. Someone may be guessing tokens: let your proxy limit requests by address',
  )
  return null
}

/**
 * The address that a program can't choose comes first; behind a proxy, the one that the proxy saw tells its clients apart.
 */
const senderOf = ({ remoteAddress = '', forwardedFor = '' }: TokenUse): Sender => [
  networkOf(remoteAddress),
  networkOf(
    forwardedFor
      .slice(forwardedFor.lastIndexOf(',') + 1)
      .trim()
      .slice(0, 60),
  ),
]

/** Of an IPv6 address its /64, which one customer has as a whole. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const first = head.split(':')
  const missing = tail === undefined ? 0 : 8 - first.length - tail.split(':').length
  return [...first, ...Array(Math.max(missing, 0)).fill('0'), ...(tail?.split(':') ?? [])]
    .slice(0, 4)
    .join(':')
}
