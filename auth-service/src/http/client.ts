import { BlockList, isIP } from 'node:net'
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { isLoopback, readAddress } from '../address.ts'
import type { Service } from '../service.ts'
import { marksOf } from './known-device.ts'

/** Who sent a request. */
export interface Client {
  /** In the one way to write it; `''` where it is unknown. */
  readonly address: string
  /** Whether a proxy of ours handed the request on, so that its headers count. */
  readonly isProxied: boolean
  /** What its browser brings to be known by. */
  readonly marks: readonly string[]
}

const clients = new WeakMap<Context, Client>()

/** Finds out who sends a request, by the connection and by what proxies of TRUSTED_PROXIES tell. */
export function knowClient({ config, log }: Pick<Service, 'config' | 'log'>): MiddlewareHandler {
  const trusted = new BlockList()
  for (const { address, prefix } of config.trustedProxies) trusted.addSubnet(address, prefix, family(address))
  const isTrusted = (address: string) => address !== '' && trusted.check(address, family(address))
  let warned = false

  /** Once, since every request may bring them. */
  function warn(peer: string): void {
    warned = true
    log.warn(
      // Of proxies that are none of ours, the address is somebody's.
      { event: 'untrusted_proxy', ...(isPrivate(peer) && { peer }) },
      'X-Forwarded-For came from an address that is not in TRUSTED_PROXIES, and does not count. If that is your proxy, ' +
        'name it there: until then everybody behind it shares one limit of tries',
    )
  }

  return (c, next) => {
    const peer = peerOf(c)
    const isProxied = isTrusted(peer)
    if (!isProxied && !warned && isForwarded(c)) warn(peer)
    const address = isProxied ? lastStranger(c.req.header('x-forwarded-for') ?? '', peer, isTrusted) : peer
    clients.set(c, { address, isProxied, marks: marksOf(c, config.https) })
    return next()
  }
}

const FORWARDED = ['x-forwarded-for', 'forwarded']

/** Whether a request came by a proxy, of whomever's. */
export const isForwarded = (c: Context): boolean => FORWARDED.some((name) => c.req.header(name) !== undefined)

/** See {@link knowClient}; without it, the other end of the connection. */
export const clientOf = (c: Context): Client =>
  clients.get(c) ?? { address: peerOf(c), isProxied: false, marks: [] }

function peerOf(c: Context): string {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  return readAddress(incoming?.socket.remoteAddress ?? '') ?? ''
}

/**
 * Each proxy appends whom it got the request from: read from the right, the first that is no proxy of ours sent it, and
 * what stands to the left of it is hearsay. So is all that stands to the left of what is no address.
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

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

const privateRanges = new BlockList()
for (const [address, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(address, prefix, family(address))
}

const isPrivate = (address: string): boolean =>
  isLoopback(address) || privateRanges.check(address, family(address))
