import { PRIVATE } from '../http/answer.ts'
import { cookieName, variesByCookie } from '../http/response-head.ts'
import { parseSetCookie } from '../http/set-cookie.ts'
import { addOwed, type Owed } from './owed-headers.ts'

export type { Owed } from './owed-headers.ts'

/** The response with what it owes: itself if only constants are missing, else a copy. */
export function finishResponse(response: Response, owed: Owed): Response {
  // The answer to an opened WebSocket carries no cookies, and can't be copied.
  if (response.status === 101) return response
  if (owed.setCookies.length === 0 && owed.readable === null && completeInPlace(response, owed))
    return response
  return completed(response, owed)
}

/**
 * Adds the constants to the response, as far as it takes them: most servers on node send an object that they know
 * several times as fast as a copy of it. An app may use a response without a body again, so that nothing of one user is
 * added here, and nothing replaced.
 */
function completeInPlace({ headers }: Response, { isGuarded, isPassedOn = false }: Owed): boolean {
  const vary = headers.get('vary')
  const hasCacheControl = headers.has('cache-control')
  if (hasCacheControl && isGuarded) return false
  try {
    if (!hasCacheControl && (isGuarded || !isPassedOn)) headers.set('cache-control', PRIVATE['cache-control'])
    if (vary === null || !variesByCookie(vary)) headers.append('vary', PRIVATE.vary)
    return true
  } catch {
    // The head of a response that was fetched, or of a redirect, can't be changed.
    return false
  }
}

function completed(response: Response, owed: Owed): Response {
  const headers = new Headers(response.headers)
  addOwed(headers, owed, setOnce)
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers })
}

/**
 * Adds the cookies that are not there yet. The handler's own win: it may just have signed the user out. They come before
 * those that a framework adds once more, which are dropped.
 */
function setOnce(headers: Headers, setCookies: readonly string[]): void {
  const renewed = new Set(setCookies.map(cookieName))
  const present = new Map<string, string>()
  for (const [at, line] of headers.getSetCookie().entries()) {
    const key = renewed.has(cookieName(line)) ? cookieKey(line) : String(at)
    if (!present.has(key)) present.set(key, line)
  }
  const lines = [...present.values()]
  const own = new Set(lines.map(cookieName))
  headers.delete('set-cookie')
  for (const line of [...lines, ...setCookies.filter((one) => !own.has(cookieName(one)))])
    headers.append('set-cookie', line)
}

/** What makes browsers replace one cookie by another, on one path. */
function cookieKey(line: string): string {
  const { name, domain = '' } = parseSetCookie(line)
  return `${name} ${domain.toLowerCase().replace(/^\./, '')}`
}
