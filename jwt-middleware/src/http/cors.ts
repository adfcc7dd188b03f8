import { isWithinDomain } from '../contract/cookies.ts'
import { isSafeMethod } from '../contract/same-origin.ts'
import { PRIVATE } from './answer.ts'
import type { AuthRequest } from './request.ts'

/** Whose pages may read responses: all of the family's, or those of these origins. */
export type Readers = 'family' | readonly string[]

/** Lets pages of other origins read responses that cookies authenticate (Fetch, section 3.3). */
export interface Cors {
  /** Whether pages of this origin may read: an `Origin` header, or `undefined`. */
  isReader(origin: string | undefined): boolean
  /** The answer to the preflight of a reader; `null` for every other request. */
  preflight(request: AuthRequest): Response | null
  /** The headers that let the sender read the response; none for strangers. All responses get `Vary: Origin`, too. */
  headers(request: AuthRequest): Readonly<Record<string, string>>
}

export interface CorsOptions {
  readonly readers: Readers
  readonly ownOrigin: string
  /** The domain that the app and the auth service share, or `null`. */
  readonly familyDomain: string | null
  /** Origins whose pages may send unsafe requests. */
  readonly sameOrigins: readonly string[]
  /** A preflight that gets less than it asks for. */
  readonly onRefused: (request: AuthRequest, cause: 'cors' | 'trustedOrigins') => void
}

/** Seconds for which a browser keeps the answer to a preflight. */
const PREFLIGHT_AGE = '600'
const HEADER_NAMES = /^[\w-]+(?: *, *[\w-]+){0,40}$/
/** Headers of refusals that scripts could not read otherwise. */
const EXPOSED = 'retry-after, www-authenticate'

export function createCors(options: CorsOptions): Cors {
  const { readers, ownOrigin, familyDomain, sameOrigins, onRefused } = options
  const httpsOnly = ownOrigin.startsWith('https:')

  function isOfFamily(origin: string): boolean {
    const url = URL.parse(origin)
    if (familyDomain === null || url === null || url.origin !== origin) return false
    if (url.protocol !== 'https:' && (httpsOnly || url.protocol !== 'http:')) return false
    return isWithinDomain(url.hostname, familyDomain)
  }

  const isReader = (origin: string | undefined): origin is string =>
    origin !== undefined &&
    origin !== ownOrigin &&
    (readers === 'family' ? isOfFamily(origin) : readers.includes(origin))

  const allowing = (origin: string) => ({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  })

  return {
    isReader,

    preflight(request) {
      const { method, header } = request
      const [origin, wanted] = [header('origin'), header('access-control-request-method')]
      if (method !== 'OPTIONS' || origin === undefined || wanted === undefined) return null
      if (!isReader(origin)) {
        if (origin !== ownOrigin) onRefused(request, 'cors')
        return null
      }
      // To read is not to write: that takes trustedOrigins as well.
      const isAllowed = isSafeMethod(wanted) || sameOrigins.includes(origin)
      if (!isAllowed) onRefused(request, 'trustedOrigins')
      const names = header('access-control-request-headers') ?? ''
      return new Response(null, {
        status: 204,
        headers: {
          ...allowing(origin),
          'access-control-allow-methods': isAllowed ? wanted : 'GET, HEAD',
          // Browsers send a POST whatever methods are allowed: without a header such as JSON's type, they don't.
          ...(isAllowed && HEADER_NAMES.test(names) && { 'access-control-allow-headers': names }),
          'access-control-max-age': PREFLIGHT_AGE,
          'cache-control': PRIVATE['cache-control'],
          vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
        },
      })
    },

    headers({ header }) {
      const origin = header('origin')
      return isReader(origin) ? { ...allowing(origin), 'access-control-expose-headers': EXPOSED } : NONE
    },
  }
}

const NONE = {}

/**
 * The domain that two hosts share: at or under the cookie domain, since that is above both. `null` for addresses and
 * for a single label. On a public suffix such as `co.uk` browsers share no cookies, so there is nothing to read.
 */
export function sharedDomain(one: string, other: string): string | null {
  if (/^[\d.]+$|:/.test(one)) return null
  const [mine, theirs] = [one.split('.').reverse(), other.split('.').reverse()]
  const different = mine.findIndex((label, at) => label !== theirs[at])
  const labels = different === -1 ? mine : mine.slice(0, different)
  return labels.length > 1 ? labels.reverse().join('.') : null
}
