import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { FORWARD_AUTH_PROXIES, type ForwardAuthProxy } from '../../platform/config/forward-auth-rules.ts'

/** The request that a proxy asks about. */
export interface OriginalRequest {
  readonly method: string
  /** Scheme, host and port as browsers know them. */
  readonly origin: string
  /** In lower case, without port. */
  readonly host: string
  /** Path and query as the client sent them. */
  readonly target: string
  /** Whether it opens a WebSocket. */
  readonly isUpgrade: boolean
}

/** Why the headers of a proxy don't describe a request. */
export type HeaderProblem = 'missing_headers' | 'other_headers' | 'forged_identity' | 'unreadable_headers'

interface HeaderFamily {
  readonly names: readonly string[]
  /** The method, and the URL before it is taken apart. */
  read(header: (name: string) => string): { readonly method: string; readonly url: string }
}

/** The whole URL in one header, as nginx's users know it. */
const ORIGINAL: HeaderFamily = {
  names: ['x-original-method', 'x-original-url'],
  read: (header) => ({ method: header('x-original-method'), url: header('x-original-url') }),
}

/** The URL in parts, as Caddy and Traefik send it by themselves. */
const FORWARDED: HeaderFamily = {
  names: ['x-forwarded-method', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-uri'],
  read: (header) => ({
    method: header('x-forwarded-method'),
    url: `${header('x-forwarded-proto')}://${header('x-forwarded-host')}${header('x-forwarded-uri')}`,
  }),
}

const FAMILIES: Readonly<Record<ForwardAuthProxy, HeaderFamily>> = {
  nginx: ORIGINAL,
  haproxy: ORIGINAL,
  apache: ORIGINAL,
  caddy: FORWARDED,
  traefik: FORWARDED,
}

/**
 * Headers that tell some program of another URL or method. Beside those of the declared proxy, either a client forged
 * them, or the proxy is another one and lets clients forge those that we read.
 */
const OF_URLS = new Set([
  'x-original-method',
  'x-original-url',
  'x-original-uri',
  'x-original-host',
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-forwarded-url',
  'x-forwarded-path',
  'x-forwarded-prefix',
  'x-rewrite-url',
  'x-envoy-original-path',
])

/** The beginning of the headers that tell the upstream of its user. */
const OF_IDENTITY = 'x-latchkey-'

/** CGI, PHP and others take every character that is no letter or digit for the same one. */
const dashed = (name: string): string => name.replaceAll(/[^a-z0-9]/g, '-')

/** The headers of a request that tell of a URL or a method, and those that some program takes for one. */
export const urlHeadersIn = (headers: Headers): string[] =>
  [...headers.keys()].filter((name) => {
    const meant = dashed(name)
    return OF_URLS.has(meant) || ORIGINAL.names.includes(meant) || FORWARDED.names.includes(meant)
  })

/** The headers of a request that some program takes for one about its user. */
export const identityHeadersIn = (headers: Headers): string[] =>
  [...headers.keys()].filter((name) => dashed(name).startsWith(OF_IDENTITY))

/** The proxies that send these headers, and no other ones. */
export const proxiesWith = (names: readonly string[]): ForwardAuthProxy[] =>
  FORWARD_AUTH_PROXIES.filter((proxy) => FAMILIES[proxy].names.every((name) => names.includes(name)))

/** The names of the headers that this proxy must send. */
export const headersOf = (proxy: ForwardAuthProxy): readonly string[] => FAMILIES[proxy].names

/** Reads the headers of the declared proxy, and no others. */
export function readOriginalRequest(
  proxy: ForwardAuthProxy,
  headers: Headers,
): Result<OriginalRequest, HeaderProblem> {
  const { names, read } = FAMILIES[proxy]
  for (const name of headers.keys()) {
    const meant = dashed(name)
    // The proxy replaces those with dashes, and may pass on the others.
    if (meant.startsWith(OF_IDENTITY) && name !== meant) return failure('forged_identity')
    if ((OF_URLS.has(meant) || names.includes(meant)) && !names.includes(name))
      return failure('other_headers')
  }
  if (names.some((name) => !headers.get(name))) return failure('missing_headers')
  const { method, url } = read((name) => headers.get(name) as string)
  // A URL parser would tidy the path up, and hide what the upstream gets.
  const [, scheme = '', authority = '', target = ''] =
    /^(https?|wss?):\/\/([A-Za-z0-9.-]+(?::\d{1,5})?)(\/[^\s]*)$/.exec(url) ?? []
  const parsed = URL.parse(`${scheme.replace('ws', 'http')}://${authority}`)
  // Several headers of one name arrive as a list.
  if (parsed === null || !/^[A-Z][A-Z-]{0,30}$/.test(method)) return failure('unreadable_headers')
  const isUpgrade = scheme.startsWith('ws') || headers.has('upgrade') || headers.has('sec-websocket-key')
  return success({ method, origin: parsed.origin, host: parsed.hostname, target, isUpgrade })
}
