import type { HttpBindings } from '@hono/node-server'
import { CONTRACT_HEADER, createLimitedLog, readContract } from '@latchkey/jwt-middleware/contract'
import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import type { App } from '../../apps/apps.ts'
import { isOutage } from '../../platform/database/db-errors.ts'
import { isPrivate } from '../../platform/net/ip-address.ts'
import type { Service } from '../../service.ts'
import { noteRefusal } from '../middleware/refusal-log.ts'
import { outageProblem, problem } from '../problems.ts'
import { authenticateClient, refuseClient } from './client-authentication.ts'
import { pageFor } from './feed-entries.ts'
import { createFeedPlaces, type Full } from './feed-places.ts'
import { openRevocationStream } from './revocation-stream.ts'

const JSON_TYPE = 'application/json'
const STREAM_TYPE = 'text/event-stream'

/** Entries per JSON response: anyone may ask, and it is built in memory. */
export const JSON_PAGE = 1_000

/**
 * Maximum streams of one network (an IPv4 address, a /64 of IPv6) and of all; more get 503. Each takes about 50 KB.
 * Strangers may use up those of `public`; this machine and private networks have their own, and so has the internal
 * listener.
 */
const PLACES = {
  public: { perNetwork: 100, total: 2_000 },
  private: { perNetwork: 1_000, total: 4_000 },
  internal: { perNetwork: 4_000, total: 4_000 },
} as const
/** Streams of a registered app that sends its credentials: no stranger can use them up. */
const PLACES_OF_APP = 1_000

export interface RevocationsEndpointOptions {
  /** Whether only apps can reach the endpoint. Default: `false`. */
  readonly internal?: boolean
}

/**
 * `GET /revocations`: live revocations as JSON (`?since=<id>` for newer ones), or as a stream that resumes after
 * `Last-Event-ID`. A response of JSON_PAGE entries or more may be incomplete: more may follow its `last`. Apps that
 * know no entries about all sessions of a user get one for each session; those of the last user in a response are
 * complete, even beyond JSON_PAGE. A registered app that sends its credentials has connections of its own.
 */
export const revocationsEndpoint = (
  service: Pick<Service, 'revocations' | 'appCredentials' | 'log' | 'warn' | 'now'>,
  { internal = false }: RevocationsEndpointOptions = {},
) => {
  const { revocations, log, now } = service
  const open = (kind: keyof typeof PLACES) => createFeedPlaces({ ...PLACES[kind], now })
  const places = { public: open('public'), private: open('private'), internal: open('internal') }
  const warn = createLimitedLog(log, now)

  const ofApps = new Map<number, number>()

  function takePlaceOfApp({ id, name }: App): (() => void) | null {
    const taken = ofApps.get(id) ?? 0
    if (taken >= PLACES_OF_APP) {
      warn({ event: 'feed_full', cause: 'app', places: name }, FULL.app)
      return null
    }
    ofApps.set(id, taken + 1)
    return () => {
      const left = (ofApps.get(id) ?? 1) - 1
      if (left > 0) ofApps.set(id, left)
      else ofApps.delete(id)
    }
  }

  /** Takes a connection, and returns a function that releases it; `null` if there is none. */
  function takePlace(c: Context, client: App | 'none'): (() => void) | null {
    if (client !== 'none') return takePlaceOfApp(client)
    const { address, viaUnknownProxy } = c.var.client
    const kind = internal ? 'internal' : isPrivate(address) && !viaUnknownProxy ? 'private' : 'public'
    const taken = places[kind].take(address, () => hangUp(c))
    if (typeof taken === 'function') return taken
    warn({ event: 'feed_full', cause: taken, places: kind }, FULL[taken])
    return null
  }

  return new Hono().get('/revocations', async (c) => {
    const since = readId(c.req.query('since') ?? '0')
    if (since === null) {
      const detail = '`since` must be the id of an entry (a whole number).'
      noteRefusal(c, 'bad_since')
      return problem('bad_since', { title: 'Invalid since', detail })
    }
    const supports = [JSON_TYPE, STREAM_TYPE]
    const type = accepts(c, { header: 'Accept', supports, default: JSON_TYPE })
    c.header('Cache-Control', 'no-store')
    c.header('Vary', `Accept, ${CONTRACT_HEADER}`)
    const contract = readContract(c.req.header(CONTRACT_HEADER))
    try {
      const client = await authenticateClient(service, c)
      if (client === 'invalid') return refuseClient(c, client)
      if (type === JSON_TYPE) return c.json(await pageFor(contract, revocations, since, JSON_PAGE))
      c.header('Content-Type', STREAM_TYPE)
      // Otherwise nginx would buffer the events.
      c.header('X-Accel-Buffering', 'no')
      if (c.req.method === 'HEAD') return c.body(null)
      // An unknown id counts as none: everything from the start.
      const from = readId(c.req.header('last-event-id') ?? '') ?? since
      // Anyone may open one, but a single client cannot use them all up.
      const onEnd = takePlace(c, client)
      if (!onEnd) {
        noteRefusal(c, 'feed_full')
        return problem('feed_full', { title: 'Try again in a moment' })
      }
      const drop = () => hangUp(c)
      return c.body(await openRevocationStream({ revocations, contract, from, now, drop, onEnd }))
    } catch (error) {
      if (!isOutage(error)) throw error
      log.warn({ err: error }, 'could not read the revocations')
      return outageProblem()
    }
  })
}

const FULL: Record<Full | 'app', string> = {
  app: 'The revocation feed refused a stream: this app has too many. Check that it calls auth() once per process',
  network:
    'The revocation feed refused a stream: its network has too many. If these are your apps, set ' +
    'INTERNAL_PORT and let them connect there (AUTH_INTERNAL_URL). If they come through your proxy, check TRUSTED_PROXIES',
  total:
    'The revocation feed refused a stream: it has reached its limit. If your apps were refused, set INTERNAL_PORT and ' +
    "let them connect there (AUTH_INTERNAL_URL), where anonymous clients can't",
}

const readId = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null)

function hangUp(c: Context): void {
  const { outgoing } = (c.env ?? {}) as Partial<HttpBindings>
  outgoing?.destroy()
}
