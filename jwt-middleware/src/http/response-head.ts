import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { PRIVATE } from './challenge.ts'

type WriteHead = (this: ServerResponse, status: number, ...rest: unknown[]) => ServerResponse

/** Whether a `Vary` header already says that cookies matter (RFC 9110, section 12.5.5). */
export const variesByCookie = (vary: string): boolean => /(^|,)\s*(cookie|\*)\s*(,|$)/i.test(vary)

/**
 * Gives a node response what authentication owes it when its head is written, however that comes about: `private,
 * no-store` and `Vary: Cookie` unless it says otherwise, and the cookies of a renewal, with which it is private
 * whatever it says. For frameworks that give all headers at once: setting some beforehand would turn node's fast way of
 * writing a head into its slow one, which costs more than the check of the token.
 */
export function completeHead(response: ServerResponse, setCookies: readonly string[] = NONE): void {
  hook(response, setCookies, writePrivateHead)
}

/**
 * The same for frameworks that set headers one by one: both are set at once, so that libraries which ask for them before
 * they say `public` find them, and the head is only completed where something has changed them since.
 */
export function presetHead(response: ServerResponse, setCookies: readonly string[] = NONE): void {
  response.setHeader('cache-control', PRIVATE['cache-control'])
  response.setHeader('vary', PRIVATE.vary)
  hook(response, setCookies, writePresetHead)
}

function hook(response: ServerResponse, setCookies: readonly string[], fast: WriteHead): void {
  const writeHead = response.writeHead as WriteHead
  if (setCookies.length === 0 && writeHead === inheritedWriteHead(response)) {
    response.writeHead = fast as typeof response.writeHead
    return
  }
  response.writeHead = function (this: ServerResponse, status: number, ...rest: unknown[]) {
    return write(this, writeHead, status, rest, setCookies)
  } as typeof response.writeHead
}

const GUARDED = Symbol('guarded')

/** Says that a guard let the request pass: what it is answered is for this person alone, whatever a library says. */
export function markGuarded(response: ServerResponse): void {
  ;(response as ServerResponse & { [GUARDED]?: true })[GUARDED] = true
}

/** `Cache-Control` of an answer behind a guard: shared caches must not keep it (RFC 9111, section 5.2.2.7). */
export function withoutSharedCaches(cacheControl: string): string {
  const directives = cacheControl.split(',').map((one) => one.trim())
  const own = directives.filter((one) => !/^(public|s-maxage\b.*|proxy-revalidate|private\b.*|)$/i.test(one))
  return ['private', ...own].join(', ')
}

const inheritedWriteHead = (response: ServerResponse): WriteHead => Object.getPrototypeOf(response).writeHead

/** One function for all responses of the warm path: without a closure or a search in what most answers give. */
function writePrivateHead(
  this: ServerResponse,
  status: number,
  given?: unknown,
  more?: unknown,
): ServerResponse {
  const writeHead = inheritedWriteHead(this)
  const head = more === undefined && this.getHeaderNames().length === 0 ? privateHead(given) : null
  return head ? writeHead.call(this, status, head) : write(this, writeHead, status, [given, more], NONE)
}

function writePresetHead(
  this: ServerResponse,
  status: number,
  given?: unknown,
  more?: unknown,
): ServerResponse {
  const writeHead = inheritedWriteHead(this)
  const isPreset =
    given === undefined &&
    this.getHeader('cache-control') === PRIVATE['cache-control'] &&
    this.getHeader('vary') === PRIVATE.vary
  return isPreset ? writeHead.call(this, status) : write(this, writeHead, status, [given, more], NONE)
}

/**
 * Names and values in turn, which node writes at less cost than an object; `null` unless headers are given of which
 * none is `Vary` or `Cache-Control`, and no two are one name in other capitals: a list may give a name twice, an object
 * may not. Lengths, as bits, tell most names apart; longer ones share them.
 */
function privateHead(given: unknown): readonly unknown[] | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  const head: unknown[] = ['cache-control', PRIVATE['cache-control'], 'vary', PRIVATE.vary]
  let lengths = VARY_OR_CACHE_CONTROL
  for (const name of Object.keys(given)) {
    const length = 1 << name.length
    if ((lengths & length) !== 0 && isIn(head, name)) return null
    lengths |= length
    head.push(name, (given as OutgoingHttpHeaders)[name])
  }
  return head
}

/** As bits, one for each length of a name. */
const VARY_OR_CACHE_CONTROL = (1 << 4) | (1 << 13)

function isIn(head: readonly unknown[], name: string): boolean {
  const wanted = name.toLowerCase()
  for (let i = 0; i < head.length; i += 2) {
    if ((head[i] as string).toLowerCase() === wanted) return true
  }
  return false
}

const NONE: readonly string[] = []

/** Takes headers from whichever argument node would take them. */
function write(
  response: ServerResponse,
  writeHead: WriteHead,
  status: number,
  [reason, headers]: readonly unknown[],
  setCookies: readonly string[],
): ServerResponse {
  const phrase = typeof reason === 'string' ? [reason] : []
  const given = typeof reason === 'string' ? headers : (headers ?? reason)
  if (!Array.isArray(given) && response.getHeaderNames().length === 0) {
    return writeHead.call(
      response,
      status,
      ...phrase,
      complete(response, (given ?? {}) as OutgoingHttpHeaders, setCookies),
    )
  }
  replace(response, given)
  response.setHeaders(
    new Map(Object.entries(complete(response, response.getHeaders(), setCookies)) as [string, string][]),
  )
  return writeHead.call(response, status, ...phrase)
}

/** As node does: what is given takes the place of what was set; a list may give a name more than once. */
function replace(response: ServerResponse, given: unknown): void {
  const pairs = listed(given)
  for (const [name] of pairs) response.removeHeader(name)
  for (const [name, value] of pairs) response.appendHeader(name, value)
}

function complete(
  response: ServerResponse & { [GUARDED]?: true },
  given: OutgoingHttpHeaders,
  setCookies: readonly string[],
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { 'cache-control': PRIVATE['cache-control'], vary: PRIVATE.vary }
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase()
    if (key === 'set-cookie') headers[key] = [headers[key] ?? [], value ?? []].flat().map(String)
    else headers[key] = key === 'vary' && !variesByCookie(String(value)) ? `${value}, ${PRIVATE.vary}` : value
  }
  if (response[GUARDED]) headers['cache-control'] = withoutSharedCaches(String(headers['cache-control']))
  if (setCookies.length > 0) {
    headers['cache-control'] = PRIVATE['cache-control']
    // What the handler sets itself stands: it may just have signed this person out.
    const own = [headers['set-cookie'] ?? []].flat().map(String)
    const names = new Set(own.map(cookieName))
    headers['set-cookie'] = [...setCookies.filter((line) => !names.has(cookieName(line))), ...own]
  }
  return headers
}

const cookieName = (line: string): string => line.split('=', 1)[0] as string

/** The headers given to writeHead: an object, a list of pairs, or names and values in turn. */
function listed(given: unknown): [string, string | readonly string[]][] {
  const text = (value: OutgoingHttpHeader) => (Array.isArray(value) ? value : String(value))
  if (!Array.isArray(given)) {
    const entries = typeof given === 'object' && given !== null ? Object.entries(given) : []
    return entries.map(([name, value]) => [name, text(value)])
  }
  const flat = (given.every(Array.isArray) ? given.flat(1) : given) as OutgoingHttpHeader[]
  return flat.flatMap((name, i) => (i % 2 === 0 ? [[String(name), text(flat[i + 1] ?? '')]] : []))
}
