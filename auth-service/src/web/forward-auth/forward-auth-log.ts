import { loggableHost } from '@latchkey/jwt-middleware/contract'
import type { Service } from '../../service.ts'
import { type HeaderProblem, headersOf } from './original-request.ts'

/** Why a request is refused before anyone asks for its user. */
export type ForwardAuthRefusal =
  | HeaderProblem
  | 'untrusted_proxy'
  | 'public_request'
  | 'foreign_host'
  | 'other_origin'
  | 'ambiguous_path'

const NOTES: Readonly<Record<ForwardAuthRefusal, readonly [message: string, setting: string]>> = {
  untrusted_proxy: [
    'refused to answer at /forward-auth: only proxies in TRUSTED_PROXIES are believed there',
    'TRUSTED_PROXIES',
  ],
  public_request: [
    'refused to answer at /forward-auth of AUTH_URL: hide that path at the proxy, which asks at the internal address of this service',
    'AUTH_URL, and the internal address at the proxy',
  ],
  forged_identity: [
    'refused a request at /forward-auth: a client sent a header that some programs take for X-Latchkey-…; let the proxy remove headers with characters other than letters, digits and dashes',
    'FORWARD_AUTH_PROXY, and the headers that the proxy removes',
  ],
  missing_headers: [
    'refused a request at /forward-auth: it lacks a header that the proxy of FORWARD_AUTH_PROXY must send',
    'FORWARD_AUTH_PROXY',
  ],
  other_headers: [
    'refused a request at /forward-auth: it has a header about its URL that the proxy of FORWARD_AUTH_PROXY does not send; a client forged it, or the proxy is another one, or changes paths before it asks',
    'FORWARD_AUTH_PROXY',
  ],
  unreadable_headers: [
    'refused a request at /forward-auth: the headers of the proxy are not those of one http(s) request',
    'FORWARD_AUTH_PROXY',
  ],
  foreign_host: [
    'refused a request at /forward-auth: its host is not at or under COOKIE_DOMAIN with the scheme of AUTH_URL, and no registered app has its origin',
    'COOKIE_DOMAIN, AUTH_URL here, or the origins of the app at /admin/apps',
  ],
  other_origin: [
    'refused a request at /forward-auth: an app has rules for its host, but under another scheme or port, or two apps have its origin',
    'the origins of the app at /admin/apps',
  ],
  ambiguous_path: [
    'refused a request at /forward-auth: the site behind the proxy could read its path as another one than the rules do',
    'FORWARD_AUTH_RULES, or the link that leads there',
  ],
}

/** Writes why requests are refused. */
export interface ForwardAuthLog {
  /** With the host only: a path may be private. */
  refused(cause: ForwardAuthRefusal, host?: string): void
  /** A proxy asks, and the setting is missing. */
  isOff(): void
}

/** At most ten different lines of a kind a minute, since strangers can cause them. */
export function createForwardAuthLog({ config, warn }: Pick<Service, 'config' | 'warn'>): ForwardAuthLog {
  const { forwardAuthProxy: proxy } = config
  return {
    refused(cause, host) {
      const [message, setting] = NOTES[cause]
      const isOfHeaders = proxy !== undefined && setting === 'FORWARD_AUTH_PROXY'
      warn(
        {
          event: 'forward_auth_refused',
          cause,
          ...(host !== undefined && { host: loggableHost(host) }),
          ...(isOfHeaders && { proxy, expected: headersOf(proxy).join(', ') }),
          setting,
        },
        message,
      )
    },
    isOff() {
      warn(
        { event: 'forward_auth_refused', cause: 'off', setting: 'FORWARD_AUTH_PROXY' },
        'a proxy asked at /forward-auth, which answers only if FORWARD_AUTH_PROXY names the proxy',
      )
    },
  }
}
