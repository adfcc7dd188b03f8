import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { type Message, message } from '../platform/i18n/message.ts'

/** Longest URI in bytes. */
export const MAX_URI = 2048

/** What kind of app a redirect URI belongs to (OpenID Connect Registration 1.0, `application_type`). */
export type UriKind = 'web' | 'native'

/** A redirect URI, and the kind of app that may have it; `null` for both. */
export interface RedirectUri {
  readonly uri: string
  readonly kind: UriKind | null
}

/** Hosts of this machine, where native apps listen at any port (RFC 8252, section 7.3). */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Schemes that browsers and systems handle themselves. A private-use scheme contains a dot, since it is a domain in
 * reverse (RFC 8252, section 7.1), so that none of them passes; `view-source.x` and the like are harmless.
 */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/

/** The rules of this service. */
export interface RedirectUriRules {
  /** Whether the auth service uses https. */
  readonly httpsOnly: boolean
  /** Whether the app has no secret, as native apps. */
  readonly isPublic: boolean
}

/**
 * Validates a redirect URI as it was typed. It is compared character by character later (RFC 9700, section 4.1.3), so
 * it is stored unchanged.
 */
export function readRedirectUri(typed: string, rules: RedirectUriRules): Result<RedirectUri, Message> {
  const bad = failure(
    message('“{uri}” is not a redirect URI. Write it like https://app.example.com/callback.', {
      uri: typed.slice(0, 200),
    }),
  )
  // Printable ASCII only, and no backslash, which browsers read as a slash.
  if (!/^[!-[\]-~]+$/.test(typed) || typed.length > MAX_URI) return bad
  const url = URL.parse(typed)
  if (url === null || typed.includes('#') || typed.includes('*')) return bad
  const { protocol, hostname, username, password } = url
  if (protocol === 'http:' || protocol === 'https:') {
    const [, authority = ''] = /^https?:\/\/([^/?]+)/i.exec(typed) ?? []
    if (authority === '' || authority.includes('@') || username !== '' || password !== '') return bad
    return readWeb({ uri: typed, protocol, hostname }, rules)
  }
  if (!PRIVATE_SCHEME.test(protocol)) return bad
  if (rules.isPublic) return success({ uri: typed, kind: 'native' })
  return failure(
    message('“{uri}” is for an app without a secret. Choose the method “none”, or an https address.', {
      uri: typed.slice(0, 200),
    }),
  )
}

function readWeb(
  { uri, protocol, hostname }: { uri: string; protocol: string; hostname: string },
  { httpsOnly, isPublic }: RedirectUriRules,
): Result<RedirectUri, Message> {
  const isLoopback = LOOPBACK.has(hostname)
  if (isLoopback && protocol === 'http:') return success({ uri, kind: isPublic ? 'native' : 'web' })
  if (protocol === 'http:' && httpsOnly) {
    return failure(
      message('{uri} is not https, but this service is. Use an https address.', { uri: uri.slice(0, 200) }),
    )
  }
  // Native apps may claim an https address (RFC 8252, section 7.2), though not one of this machine.
  return success({ uri, kind: protocol === 'http:' || isLoopback ? 'web' : null })
}
