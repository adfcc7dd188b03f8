import type { AnswerHead, ConnectionFailure, Target } from './connection-failure.ts'
import { innermostError, type NodeError } from './innermost-error.ts'
import { isLocalName } from './local-name.ts'

type Explain = (
  target: Required<Target> & { readonly host: string; readonly error: NodeError },
) => ConnectionFailure

const NO_TLS: Explain = ({ setting }) => ({
  reason: 'it does not speak TLS',
  remedy: `That port uses http: write http:// in ${setting}, or use the TLS port.`,
})

const PRIVATE_AUTHORITY: Explain = () => ({
  reason: 'its certificate is signed by an authority that Node does not trust',
  remedy:
    'If it is your own authority, set NODE_EXTRA_CA_CERTS to the file with its certificate (PEM) and restart. ' +
    'Otherwise configure the server to send its intermediate certificates.',
})

const NO_ROUTE: Explain = ({ setting }) => ({
  reason: 'no network route leads there',
  remedy: `Check ${setting}, and check whether a firewall blocks it.`,
})

const SILENT: Explain = ({ setting }) => ({
  reason: 'it did not answer in time',
  remedy: `Check ${setting}, whether the auth service is running, and whether a firewall blocks it.`,
})

const CLOSED: Explain = ({ setting }) => ({
  reason: 'it closed the connection without answering',
  remedy: `Check whether that port uses http or https as in ${setting}, and check the log of that server.`,
})

/** The message of `fetch`, which has no code, about a port that it never uses (Fetch, section 2.10). */
const BAD_PORT = 'bad port'

const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  [BAD_PORT]: ({ setting }) => ({
    reason: 'fetch and browsers never use that port: it belongs to another protocol',
    remedy: `Let the auth service listen on another port, such as 4000, and set ${setting} to that port.`,
  }),
  ENOTFOUND: ({ host, setting }) => ({
    reason: `DNS has no address for ${host}`,
    remedy: isLocalName(host)
      ? `Unlike browsers, this program does not resolve *.localhost: leave out the option fetch, or set ${setting} to http://127.0.0.1 and the port of the auth service.`
      : `Check the name in ${setting}. Set AUTH_INTERNAL_URL to an address that this machine can reach.`,
  }),
  EAI_AGAIN: () => ({
    reason: 'DNS does not answer',
    remedy: 'Check the name servers of this machine or container, e.g. in /etc/resolv.conf.',
  }),
  ECONNREFUSED: ({ setting }) => ({
    reason: 'nothing listens there',
    remedy: `Start the auth service, or set ${setting} to the address where it listens. In a container, localhost is the container itself.`,
  }),
  EHOSTUNREACH: NO_ROUTE,
  ENETUNREACH: NO_ROUTE,
  ETIMEDOUT: SILENT,
  UND_ERR_CONNECT_TIMEOUT: SILENT,
  UND_ERR_HEADERS_TIMEOUT: SILENT,
  UND_ERR_BODY_TIMEOUT: SILENT,
  TimeoutError: SILENT,
  AbortError: SILENT,
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  CERT_HAS_EXPIRED: () => ({
    reason: 'its certificate has expired',
    remedy:
      'Renew the certificate. If it is still valid, the clock of this machine is ahead: synchronise it with NTP.',
  }),
  CERT_NOT_YET_VALID: () => ({
    reason: 'its certificate is not valid yet',
    remedy:
      'The clock of this machine is probably behind: synchronise it with NTP, for example with timedatectl set-ntp true.',
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host, setting, error }) => ({
    reason: `its certificate is not for ${host}, but for ${error.cert?.subjectaltname?.slice(0, 200) || 'another name'}`,
    remedy: `Use a name in ${setting} that the certificate covers, or give the server a certificate for ${host}.`,
  }),
  DEPTH_ZERO_SELF_SIGNED_CERT: PRIVATE_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: PRIVATE_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: PRIVATE_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: PRIVATE_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: PRIVATE_AUTHORITY,
}

/** Explains a connection error by the code of its innermost cause. */
export function explainError(
  error: unknown,
  { url, setting = 'AUTH_INTERNAL_URL' }: Target,
): ConnectionFailure {
  const innermost = innermostError(error)
  const { code = innermost.message === BAD_PORT ? BAD_PORT : innermost.name } = innermost
  const explain = /^HPE_|^HTTPParserError$/.test(code) ? NOT_HTTP : EXPLANATIONS[code]
  const host = URL.parse(url)?.hostname ?? url
  const explained = explain?.({ url, setting, host, error: innermost })
  return explained
    ? { ...explained, reason: `${explained.reason} (${code})` }
    : { reason: `the connection failed (${code})`, remedy: `Check ${setting}.` }
}

const NOT_HTTP: Explain = ({ setting }) => ({
  reason: 'its answer is not HTTP',
  remedy: `That port may use https: compare ${setting} with the address where the server listens.`,
})

/**
 * Explains a response that the auth service did not send: a redirect, a proxy's error, an HTML page. `null` if it looks
 * right.
 */
export function explainAnswer(
  { status, contentType, location }: AnswerHead,
  { setting = 'AUTH_INTERNAL_URL' }: Target,
): ConnectionFailure | null {
  if (status >= 300 && status < 400) {
    const target = location === null ? null : URL.parse(location)
    return {
      reason: `it redirects (${status})${target ? ` to ${target.origin}` : ''}`,
      remedy: `Set ${setting} to the final address. Redirects are not followed.`,
    }
  }
  if (status === 502 || status === 504) {
    return {
      reason: `it answered ${status}: a proxy there can't reach the auth service`,
      remedy: 'Start the auth service, and check the target address of the proxy.',
    }
  }
  if (status === 503) {
    return {
      reason: 'it answered 503',
      remedy: "The auth service can't reach its database, is overloaded, or is starting: check its log.",
    }
  }
  if (/^text\/html\b/i.test(contentType)) {
    return {
      reason: `it answered ${status} with an HTML page`,
      remedy: `Something else answers there, such as the login page of a proxy or another program: check ${setting}, and let the proxy pass the path through.`,
    }
  }
  if (status === 401 || status === 403 || status === 407) {
    return {
      reason: `it answered ${status}`,
      remedy: `A proxy or firewall rejects the request: check ${setting}, and let the path through.`,
    }
  }
  if (status === 404 || status === 405) {
    return {
      reason: `it answered ${status}`,
      remedy: `The address does not lead to the auth service, or to another version of it: check ${setting}.`,
    }
  }
  return status === 200
    ? null
    : {
        reason: `it answered ${status}`,
        remedy: `Check ${setting}, and check the log of the auth service.`,
      }
}
