import { PRIVATE } from '../http/answer.ts'
import { cookieName, variesByCookie, withoutSharedCaches } from '../http/response-head.ts'

/** What a response owes to the authentication of its request. */
export interface Owed {
  readonly setCookies: readonly string[]
  readonly isGuarded: boolean
  /** The headers that let pages of other origins read the response; `null` without `cors`. */
  readonly readable: Readonly<Record<string, string>> | null
  /** Something else decides later how to cache the response, unless it must be private. */
  readonly isPassedOn?: boolean
}

/** Adds what is owed. `addCookies` adds the cookies that are not there yet. */
export function addOwed(
  headers: Headers,
  { setCookies, isGuarded, readable, isPassedOn = false }: Owed,
  addCookies: (headers: Headers, setCookies: readonly string[]) => void,
): void {
  if (setCookies.length > 0) addCookies(headers, setCookies)
  const cacheControl = headers.get('cache-control')
  const isOpen = cacheControl === null && isPassedOn && !isGuarded
  if (setCookies.length > 0 || (cacheControl === null && !isOpen))
    headers.set('cache-control', PRIVATE['cache-control'])
  else if (isGuarded && cacheControl !== null) headers.set('cache-control', withoutSharedCaches(cacheControl))
  if (!variesByCookie(headers.get('vary') ?? '')) headers.append('vary', PRIVATE.vary)
  if (readable === null) return
  if (!headers.has('access-control-allow-origin')) {
    for (const [name, value] of Object.entries(readable)) headers.set(name, value)
  }
  if (!/\borigin\b/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Origin')
}

/** The response's own cookies win: a handler may just have signed the user out. */
export function addMissing(headers: Headers, setCookies: readonly string[]): void {
  const own = new Set(headers.getSetCookie().map(cookieName))
  for (const line of setCookies) if (!own.has(cookieName(line))) headers.append('set-cookie', line)
}
