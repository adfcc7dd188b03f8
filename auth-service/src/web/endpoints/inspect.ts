import { createHash } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { configuredCookieNames } from '../../platform/config/config.ts'
import { isOperatorProof, PROOF_HEADER } from '../../platform/crypto/operator-proof.ts'
import type { Service } from '../../service.ts'

/** The doctor's endpoint. */
export const INSPECT_PATH = '/healthz/inspect'

/** What the running service sees of a request, and its settings. None of it is secret, and none is public. */
export interface Inspection {
  /** The other end of the connection: a proxy, or the client itself. */
  readonly peer: string
  readonly peerPort: number
  /** Whether that is in TRUSTED_PROXIES. */
  readonly isTrusted: boolean
  /** The client address according to the service. */
  readonly address: string
  readonly forwardedFor: string | null
  /** The clock, in ms. */
  readonly time: number
  /** Settings that must be the same everywhere. */
  readonly settings: Readonly<Record<string, string>>
}

/** `GET /healthz/inspect`: for `latchkey doctor`, which knows SECRET_KEY; for others it does not exist. */
export const inspectEndpoint = ({ config, now }: Pick<Service, 'config' | 'now'>) =>
  new Hono().get(INSPECT_PATH, async (c, next) => {
    if (!isOperatorProof(c.req.header(PROOF_HEADER) ?? '', config, Date.now)) return next()
    return c.json(inspect(c, { config, now }), 200, { 'cache-control': 'no-store' })
  })

function inspect(c: Context, { config, now }: Pick<Service, 'config' | 'now'>): Inspection {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  const { address, isProxied } = c.var.client
  return {
    peer: incoming?.socket.remoteAddress ?? '',
    peerPort: incoming?.socket.remotePort ?? 0,
    isTrusted: isProxied,
    address,
    forwardedFor: c.req.header('x-forwarded-for') ?? null,
    time: now(),
    settings: sharedSettings(config),
  }
}

/** The settings that the doctor compares, by name. */
export function sharedSettings(config: Service['config']): Readonly<Record<string, string>> {
  const { authUrl, cookieDomain, refreshCookie, trustedProxies, accessTtl } = config
  const { forwardAuthProxy, forwardAuthRules } = config
  return {
    AUTH_URL: authUrl,
    COOKIE_DOMAIN: cookieDomain,
    COOKIE_PREFIX: configuredCookieNames(config).access.replace(/\.access$/, ''),
    REFRESH_COOKIE: refreshCookie,
    TRUSTED_PROXIES: trustedProxies.map(({ address, prefix }) => `${address}/${prefix}`).join(', '),
    ACCESS_TTL: String(accessTtl),
    FORWARD_AUTH_PROXY: forwardAuthProxy ?? '',
    FORWARD_AUTH_RULES: nameOf(forwardAuthRules),
  }
}

/** The content of the file, which may have changed since the service started. */
function nameOf({ rules, permissions }: Service['config']['forwardAuthRules']): string {
  const content = JSON.stringify([rules, permissions])
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8)
  return rules.length === 0 ? '' : `version ${hash}`
}
