import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { ForwardAuthProxy } from '../../platform/config/forward-auth-rules.ts'
import { isOperatorProof, SITE_PROOF } from '../../platform/crypto/operator-proof.ts'
import type { Service } from '../../service.ts'
import {
  type HeaderProblem,
  identityHeadersIn,
  readOriginalRequest,
  urlHeadersIn,
} from './original-request.ts'

/** What arrives at `/forward-auth` when the doctor visits a site behind the proxy. */
export interface SiteInspection {
  /** The other end of the connection. */
  readonly peer: string
  /** Whether that is in TRUSTED_PROXIES. */
  readonly isTrusted: boolean
  /** FORWARD_AUTH_PROXY of the running service. */
  readonly proxy: ForwardAuthProxy
  /** What is wrong with the headers about the URL; `null` for nothing. */
  readonly problem: HeaderProblem | null
  /** The request that they describe. */
  readonly origin: string | null
  readonly target: string | null
  /** The names of all headers about a URL or a method. */
  readonly urlHeaders: readonly string[]
  /** The names of all headers that some program takes for one about the user. */
  readonly identityHeaders: readonly string[]
  readonly hasCookie: boolean
}

/** What the service sees of a request, if the doctor sent it; otherwise `null`. */
export function inspectSite(
  c: Context,
  proxy: ForwardAuthProxy,
  { config }: Pick<Service, 'config'>,
): SiteInspection | null {
  const { headers } = c.req.raw
  const urlHeaders = urlHeadersIn(headers)
  const proofs = urlHeaders.map((name) => PROOF_IN.exec(headers.get(name) ?? '')?.[1] ?? '')
  if (!proofs.some((proof) => isOperatorProof(proof, config, Date.now, 'siteProof'))) return null
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  const read = readOriginalRequest(proxy, headers)
  return {
    peer: incoming?.socket.remoteAddress ?? '',
    isTrusted: c.var.client.isProxied,
    proxy,
    problem: read.ok ? null : read.reason,
    origin: read.ok ? read.value.origin : null,
    target: read.ok ? read.value.target : null,
    urlHeaders,
    identityHeaders: identityHeadersIn(headers),
    hasCookie: headers.get('cookie')?.includes(SITE_PROOF) ?? false,
  }
}

const PROOF_IN = new RegExp(`[?&]${SITE_PROOF}=([\\w.-]+)`)
