import { BlockList } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import type { Device } from '../../platform/client/device.ts'
import { type Cookies, parseCookies } from '../../platform/client/host-cookies.ts'
import type { Config } from '../../platform/config/config.ts'
import { isOperatorProof, PROOF_HEADER } from '../../platform/crypto/operator-proof.ts'
import { family, isPrivate, readAddress } from '../../platform/net/ip-address.ts'
import type { Service } from '../../service.ts'

/** The client of a request. */
export interface Client {
  /** Normalised; `''` if it is unknown. */
  readonly address: string
  /** Whether a trusted proxy forwarded the request, so that its headers are trusted. */
  readonly isProxied: boolean
  /** Whether a proxy forwarded it that is not trusted or sends no address: then the address is the proxy's. */
  readonly viaUnknownProxy: boolean
}

/** The device of a request, with its cookies; its address cannot be forged. */
export interface RequestDevice extends Device {
  readonly cookies: Cookies
}

declare module 'hono' {
  interface ContextVariableMap {
    /** See `identifyClient`. */
    client: Client
    /** See `identifyClient`; for pages also with a language and a time zone: see `addLanguage`. */
    device: RequestDevice
  }
}

/**
 * Determines the client of a request as `c.var.client`, by the connection and the headers of TRUSTED_PROXIES, and
 * describes its device as `c.var.device`.
 */
export function identifyClient({ config, log }: Pick<Service, 'config' | 'log'>): MiddlewareHandler {
  const isTrusted = trustedBy(config)
  const warn = createProxyWarnings(log)

  return (c, next) => {
    const peer = peerOf(c)
    const isProxied = isTrusted(peer)
    const forwardedFor = c.req.header('x-forwarded-for')
    const address = isProxied ? lastStranger(forwardedFor ?? '', peer, isTrusted) : peer
    const tellsClient = isProxied && forwardedFor !== undefined
    const viaUnknownProxy = !tellsClient && isForwarded(c, config)
    if (viaUnknownProxy && !isProxied && !isDoctor(c, config)) warn.ofUnknownProxy(peer)
    if (isProxied && !tellsClient && (viaUnknownProxy || isFromBrowser(c))) warn.ofMissingHeader()
    c.set('client', { address, isProxied, viaUnknownProxy })
    c.set('device', deviceOf(c, address, isProxied || viaUnknownProxy))
    return next()
  }
}

/** Describes the device of a request within this process, which has no connection. */
export const describeOwnRequest: MiddlewareHandler = (c, next) => {
  c.set('device', deviceOf(c, '', false))
  return next()
}

/**
 * How many characters of a user agent are kept. Databases can store them all: headers have no NUL and no surrogates
 * (RFC 9110, section 5.5).
 */
const MAX_USER_AGENT = 512

const deviceOf = (c: Context, address: string, viaProxy: boolean): RequestDevice => ({
  userAgent: (c.req.header('user-agent') ?? '').slice(0, MAX_USER_AGENT),
  address,
  viaProxy,
  cookies: parseCookies(c.req.header('cookie')),
})

function trustedBy({ trustedProxies }: Pick<Config, 'trustedProxies'>): (address: string) => boolean {
  const trusted = new BlockList()
  for (const { address, prefix } of trustedProxies) trusted.addSubnet(address, prefix, family(address))
  return (address) => address !== '' && trusted.check(address, family(address))
}

/**
 * The client of a request to an app, by the other end of the app's connection and the request's `X-Forwarded-For`: apps
 * are behind the same proxies. `''` if it is unknown.
 */
export function createClientAddress(
  config: Pick<Config, 'trustedProxies'>,
): (peer: string, forwardedFor: string) => string {
  const isTrusted = trustedBy(config)
  return (peer, forwardedFor) => {
    const address = readAddress(peer) ?? ''
    return isTrusted(address) ? lastStranger(forwardedFor, address, isTrusted) : address
  }
}

/** Headers that proxies add to a request, at least some of them. */
const FORWARDED = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'via',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
]

/**
 * Whether a proxy forwarded the request, by its headers. Some add none: HAProxy keeps the public name in `Host`, which
 * over https shows a proxy since we use no TLS ourselves, and nginx uses HTTP/1.0 by default.
 */
function isForwarded(c: Context, { authUrl, https }: Pick<Config, 'authUrl' | 'https'>): boolean {
  if (FORWARDED.some((name) => c.req.header(name) !== undefined)) return true
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  return incoming?.httpVersion === '1.0' || (https && c.req.header('host') === new URL(authUrl).host)
}

/** The doctor sends an address of its own making, and reports itself what it finds. */
const isDoctor = (c: Context, config: Config): boolean =>
  isOperatorProof(c.req.header(PROOF_HEADER) ?? '', config, Date.now)

/** Browsers come through the proxy, while local apps may not: the `fetch` of Node sends only `sec-fetch-mode`. */
const isFromBrowser = (c: Context): boolean => c.req.header('sec-fetch-site') !== undefined

/**
 * Each kind once, since every request may cause it. Strangers with a forged header don't suppress the line about our
 * own proxy.
 */
function createProxyWarnings(log: Service['log']) {
  const done = new Set<string>()
  const once = (kind: string, write: () => void) => {
    if (done.has(kind)) return
    done.add(kind)
    write()
  }
  return {
    ofUnknownProxy(peer: string): void {
      if (!isPrivate(peer)) {
        // The address may be personal data.
        once('stranger', () => log.warn({ event: 'untrusted_proxy' }, UNKNOWN_PROXY))
      } else once('private', () => log.error({ event: 'untrusted_proxy', peer }, UNKNOWN_PROXY))
    },
    ofMissingHeader(): void {
      once('missing', () => log.error({ event: 'missing_forwarded_for' }, MISSING_HEADER))
    },
  }
}

const UNKNOWN_PROXY =
  'A request came through a proxy that is not in TRUSTED_PROXIES, so its X-Forwarded-For is ignored. If it is your ' +
  'proxy, add its address to TRUSTED_PROXIES: until then all clients behind it share one rate limit, and one ' +
  'client can use it up for all'

const MISSING_HEADER =
  'A proxy in TRUSTED_PROXIES sent no client address in X-Forwarded-For. Set that header at the proxy, for example ' +
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for in nginx: until then all clients behind it share one ' +
  'rate limit, and one client can use it up for all'

/** The address at the other end of the connection; `''` without a connection, or after it was closed. */
function peerOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  const peer = incoming?.socket.remoteAddress
  return peer === undefined ? '' : (readAddress(peer) ?? '')
}

/**
 * Each proxy appends the client it received the request from: read from the right, the first that is no trusted proxy
 * is the client. Everything to the left of it, or of an invalid address, is not trustworthy.
 */
function lastStranger(header: string, peer: string, isTrusted: (address: string) => boolean): string {
  let last = peer
  for (const hop of header.split(',').reverse()) {
    const address = readHop(hop.trim())
    if (address === null) return last
    if (!isTrusted(address)) return address
    last = address
  }
  return last
}

/** An address, which some proxies write with the port: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function readHop(hop: string): string | null {
  const [, bracketed] = hop.match(/^\[([^\]]+)\](?::\d{1,5})?$/) ?? []
  const [, withPort] = hop.match(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/) ?? []
  return readAddress(bracketed ?? withPort ?? hop)
}
