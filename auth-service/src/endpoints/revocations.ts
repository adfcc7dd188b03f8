import type { HttpBindings } from '@hono/node-server'
import { problemResponse } from '@latchkey/jwt-middleware'
import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { isLoopback, networkOf } from '../address.ts'
import { isOutage } from '../database/failures.ts'
import { clientOf } from '../http/client.ts'
import type { Service } from '../service.ts'
import { openRevocationStream } from './revocation-stream.ts'

const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream'

/** Entries in one answer of JSON: anybody may ask, and all of it is held in memory. */
export const JSON_PAGE = 1_000

/** How often a stream gives a sign of life, in ms; apps take one for dead that was silent for three times as long. */
const HEARTBEAT = 15_000

/** Streams of one network at the same time: more than a family has app processes on one machine. */
const MAX_STREAMS = 1_000
/** Streams of all networks but our own machine at the same time. */
const MAX_ALL_STREAMS = 10_000

export interface RevocationsEndpointOptions {
  /** In ms. Default: 15 s. */
  readonly heartbeat?: number
  /** Streams of one network (an IPv4 address, a /64 of IPv6) at the same time; who comes after gets 503. Default: 1,000. */
  readonly maxStreams?: number
}

/**
 * `GET /revocations`: what was revoked and still matters, as JSON (`?since=<id>` for what is newer), or as a live
 * stream that resumes after `Last-Event-ID`. An answer of JSON_PAGE entries is not all there is: more come after its `last`.
 */
export const revocationsEndpoint = (
  { revocations, log, now }: Pick<Service, 'revocations' | 'log' | 'now'>,
  { heartbeat = HEARTBEAT, maxStreams = MAX_STREAMS }: RevocationsEndpointOptions = {},
) => {
  const open = new Map<string, number>()
  let far = 0

  /** Takes a place among those of its network, and returns what gives it back; `null` where there is none. */
  function enter(c: Context): (() => void) | null {
    const { address, viaUnknownProxy } = clientOf(c)
    const isNear = isLoopback(address) && !viaUnknownProxy
    // Strangers behind a proxy on this machine that TRUSTED_PROXIES forgot must not take the places of our own apps.
    const from = `${networkOf(address)}${viaUnknownProxy ? ' by a proxy' : ''}`
    const before = open.get(from) ?? 0
    if (before >= maxStreams || (!isNear && far >= MAX_ALL_STREAMS)) return null
    open.set(from, before + 1)
    if (!isNear) far++
    return () => {
      const left = (open.get(from) ?? 0) - 1
      if (left > 0) open.set(from, left)
      else open.delete(from)
      if (!isNear) far--
    }
  }

  return new Hono().get('/revocations', async (c) => {
    const since = readId(c.req.query('since') ?? '0')
    if (since === null) {
      const detail = '`since` is the id of an entry: a whole number.'
      return problemResponse({ status: 400, title: 'Since when?', detail })
    }
    const supports = [JSON_TYPE, STREAM_TYPE]
    const type = accepts(c, { header: 'Accept', supports, default: JSON_TYPE })
    c.header('Cache-Control', 'no-store')
    c.header('Vary', 'Accept')
    try {
      if (type === JSON_TYPE) {
        const { last, entries } = await revocations.since(since, JSON_PAGE)
        const newest = entries.length === JSON_PAGE ? entries.at(-1) : undefined
        return c.json({ last: newest?.id ?? last, entries })
      }
      c.header('Content-Type', STREAM_TYPE)
      // Or nginx would hold the events back until it has a buffer full of them.
      c.header('X-Accel-Buffering', 'no')
      if (c.req.method === 'HEAD') return c.body(null)
      // An id that is none of ours is as good as none: everything, from the start.
      const from = readId(c.req.header('last-event-id') ?? '') ?? since
      // Anybody may ask for one; nobody gets so many that the others have none.
      const onEnd = enter(c)
      if (!onEnd) return tryAgain()
      const drop = () => hangUp(c)
      return c.body(await openRevocationStream({ revocations, from, heartbeat, now, drop, onEnd }))
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ err: error }, 'could not read the revocations')
      return tryAgain()
    }
  })
}

const tryAgain = () =>
  problemResponse({ status: 503, title: 'Try again in a moment' }, { 'retry-after': '5' })

const readId = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null)

function hangUp(c: Context): void {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  outgoing?.destroy()
}
