import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { PRIVATE } from './answer.ts'

type WriteHead = (this: ServerResponse, status: number, ...rest: unknown[]) => ServerResponse

const GUARDED = Symbol('guarded')
type GuardableResponse = ServerResponse & { [GUARDED]?: true }

/** Whether a `Vary` header already includes cookies (RFC 9110, section 12.5.5). */
export const variesByCookie = (vary: string): boolean => /(^|,)\s*(cookie|\*)\s*(,|$)/i.test(vary)

/** Marks a response as guarded: it is for one user only, whatever a library says. */
export function markGuarded(response: ServerResponse): void {
  ;(response as GuardableResponse)[GUARDED] = true
}

/** `Cache-Control` of a guarded response: shared caches must not store it (RFC 9111, section 5.2.2.7). */
export function withoutSharedCaches(cacheControl: string): string {
  const directives = cacheControl.split(',').map((one) => one.trim())
  const own = directives.filter((one) => !/^(public|s-maxage\b.*|proxy-revalidate|private\b.*|)$/i.test(one))
  return ['private', ...own].join(', ')
}

/** Whether the headers that were set one by one are those that we would add. */
const isPrivate = (response: ServerResponse): boolean =>
  response.getHeader('cache-control') === PRIVATE['cache-control'] &&
  response.getHeader('vary') === PRIVATE.vary

const NONE: readonly string[] = []
const NOTHING = {}

/**
 * Completes the head of a node response when it is written, in any way: it adds `private, no-store` and `Vary: Cookie`
 * unless the handler decided otherwise. With the cookies of a renewal it is always private.
 */
export function completeHead(response: ServerResponse, setCookies: readonly string[] = NONE): void {
  const writeHead = response.writeHead as WriteHead
  response.writeHead = function (this: ServerResponse, status: number, first?: unknown, second?: unknown) {
    const hasPhrase = typeof first === 'string'
    const given = hasPhrase ? second : (second ?? first)
    const pass = (head?: OutgoingHttpHeaders) =>
      hasPhrase ? writeHead.call(this, status, first, head) : writeHead.call(this, status, head)
    if (given === undefined && setCookies.length === 0 && isPrivate(this)) return pass()
    if (Array.isArray(given) || this.getHeaderNames().length > 0) {
      replace(this, given)
      const owed = owedBy(this, oursOf(this), setCookies)
      for (const name in owed) this.setHeader(name, owed[name] as string)
      return pass()
    }
    // Not with setHeader: node writes earlier headers more slowly than given ones.
    return pass(completed(this, (given ?? NOTHING) as OutgoingHttpHeaders, setCookies))
  } as typeof response.writeHead
}

/**
 * The same for frameworks that set headers one by one. Sets both headers at once, so that libraries see them before
 * they add `public`.
 */
export function presetHead(response: ServerResponse, setCookies: readonly string[] = NONE): void {
  response.setHeader('cache-control', PRIVATE['cache-control'])
  const vary = response.getHeader('vary')
  response.setHeader('vary', vary === undefined ? PRIVATE.vary : `${vary}, ${PRIVATE.vary}`)
  completeHead(response, setCookies)
}

/** The given headers and ours. */
function completed(
  response: ServerResponse,
  given: OutgoingHttpHeaders,
  setCookies: readonly string[],
): OutgoingHttpHeaders {
  // An app's own headers are seldom among ours, and node ignores case.
  if (setCookies.length === 0 && !namesOurs(given)) {
    // Named, after the given ones: V8 copies a second object slowly.
    return { ...given, 'cache-control': PRIVATE['cache-control'], vary: PRIVATE.vary }
  }
  const head = lowerCased(given)
  return { ...head, ...owedBy(response, head, setCookies) }
}

type Ours = Partial<Record<'cache-control' | 'vary' | 'set-cookie', OutgoingHttpHeader | undefined>>

function namesOurs(given: OutgoingHttpHeaders): boolean {
  for (const name in given) {
    if (name.length === 4 && name.toLowerCase() === 'vary') return true
    if (name.length === 13 && name.toLowerCase() === 'cache-control') return true
  }
  return false
}

function lowerCased(given: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const head: OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase()
    head[key] = key === 'set-cookie' ? lines(head[key], value) : value
  }
  return head
}

const oursOf = (response: ServerResponse): Ours => ({
  'cache-control': response.getHeader('cache-control'),
  vary: response.getHeader('vary'),
  'set-cookie': response.getHeader('set-cookie'),
})

/** The headers to add to a head, or to replace. */
function owedBy(
  response: GuardableResponse,
  { 'cache-control': cacheControl, vary, 'set-cookie': cookies }: Ours,
  setCookies: readonly string[],
): OutgoingHttpHeaders {
  const owed: OutgoingHttpHeaders = {}
  if (vary === undefined) owed.vary = PRIVATE.vary
  else if (!variesByCookie(String(vary))) owed.vary = `${vary}, ${PRIVATE.vary}`
  if (cacheControl === undefined || setCookies.length > 0) owed['cache-control'] = PRIVATE['cache-control']
  else if (response[GUARDED]) owed['cache-control'] = withoutSharedCaches(String(cacheControl))
  if (setCookies.length > 0) {
    // The handler's own cookies win: it may just have signed the user out.
    const own = lines(cookies)
    const names = new Set(own.map(cookieName))
    owed['set-cookie'] = [...setCookies.filter((line) => !names.has(cookieName(line))), ...own]
  }
  return owed
}

/** The name in a `Set-Cookie` value. */
export const cookieName = (line: string): string => line.split('=', 1)[0] as string
const lines = (...values: readonly (OutgoingHttpHeader | undefined)[]): string[] =>
  values.flatMap((value) => value ?? []).map(String)

/** Like node: given headers replace earlier ones; a list may repeat a name. */
function replace(response: ServerResponse, given: unknown): void {
  const pairs = listed(given)
  for (const [name] of pairs) response.removeHeader(name)
  for (const [name, value] of pairs) response.appendHeader(name, value)
}

/** The headers given to writeHead: an object, a list of pairs, or alternating names and values. */
function listed(given: unknown): [string, string | readonly string[]][] {
  const text = (value: OutgoingHttpHeader) => (Array.isArray(value) ? value : String(value))
  if (!Array.isArray(given)) {
    const entries = typeof given === 'object' && given !== null ? Object.entries(given) : []
    return entries.map(([name, value]) => [name, text(value)])
  }
  const flat = (given.every(Array.isArray) ? given.flat(1) : given) as OutgoingHttpHeader[]
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), text(flat[i + 1] ?? '')]] : []))
}
