/**
 * Measures a million revoked sessions, or the number that is passed: bytes for each, and the cost of a look-up compared to
 * an empty list.
 */
import { randomBytes } from 'node:crypto'
import { readRevocation } from '../jwt-middleware/src/contract/revocation.ts'
import { createRevocationList } from '../jwt-middleware/src/feed/revocation-list.ts'
import { createTokenCache } from '../jwt-middleware/src/session/token-cache.ts'
import type { AuthenticatedUser } from '../jwt-middleware/src/users/user.ts'

const COUNT = Number(process.argv[2] ?? 1_000_000)
const TOKENS = 1_000
const ROUNDS = 30
const now = () => 1_800_000_000_000
const text = (bytes: number) => randomBytes(bytes).toString('base64url')

function fill(count: number, before?: number) {
  const list = createRevocationList(now)
  const size = heap()
  for (let id = 1; id <= count; id++) {
    // Strings from JSON, as in production.
    const data = JSON.stringify({ id, sid: text(16), before, exp: 1_800_000_360 + (id >> 12) })
    const entry = readRevocation(JSON.parse(data))
    if (entry) list.add(entry)
  }
  return { list, bytes: (heap() - size) / count }
}

function heap(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

function tokensIn(list: ReturnType<typeof createRevocationList>) {
  const cache = createTokenCache(TOKENS, now, list.isStillValid)
  const tokens = Array.from({ length: TOKENS }, () => text(500))
  for (const token of tokens) {
    const standing = { sid: text(16), sub: text(16), iat: 1_800_000_000, version: list.version }
    cache.set(token, {} as AuthenticatedUser, Number.POSITIVE_INFINITY, standing)
  }
  return () => {
    const begin = performance.now()
    let found = 0
    for (let i = 0; i < 100; i++) for (const token of tokens) if (cache.get(token)) found++
    if (found !== 100 * TOKENS) throw new Error('A valid token was rejected')
    return performance.now() - begin
  }
}

const stale = fill(COUNT / 8, 1_800_000_000).bytes
const { list, bytes } = fill(COUNT)
const lookups = [tokensIn(createRevocationList(now)), tokensIn(list)]
const fastest = lookups.map(() => Number.POSITIVE_INFINITY)
for (let round = 0; round < ROUNDS; round++) {
  for (const [at, lookup] of lookups.entries()) fastest[at] = Math.min(fastest[at] as number, lookup())
}
const [without, withMillion] = fastest as [number, number]
console.log(JSON.stringify({ bytes, staleBytes: stale, ratio: withMillion / without }))
