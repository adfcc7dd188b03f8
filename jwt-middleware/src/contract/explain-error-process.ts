import type { ConnectionFailure, Target } from './connection-failure.ts'
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
