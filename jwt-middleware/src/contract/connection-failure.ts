import { innermostError, type NodeError } from './innermost-error.ts'

/** Why a server could not be used, and the remedy; both are safe to log. */
export interface ConnectionFailure {
  readonly reason: string
  readonly remedy: string
}

/** A response, as far as it shows who sent it. */
export interface AnswerHead {
  readonly status: number
  readonly contentType: string
  readonly location: string | null
}

/** The setting with the address, and the address. */
export interface Target {
  readonly url: string
  /** Default: `AUTH_INTERNAL_URL`. */
  readonly setting?: string
}

type Explain = (
  target: Required<Target> & { readonly host: string; readonly error: NodeError },
) => ConnectionFailure

const NO_TLS: Explain = ({ setting }) => ({
  reason: 'it does not speak TLS',
  remedy: `The server speaks http at that port: use http:// in ${setting}, or the port that speaks TLS.`,
})

const PRIVATE_AUTHORITY: Explain = () => ({
  reason: 'its certificate is signed by an authority that Node does not know',
  remedy:
    'If the authority is your own, set NODE_EXTRA_CA_CERTS to the file with its certificate (PEM) and start again. ' +
    'Otherwise let the server send the intermediate certificates, too.',
})

const NO_ROUTE: Explain = ({ setting }) => ({
  reason: 'no network leads there',
  remedy: `Check ${setting}, and whether a firewall is in between.`,
})

const SILENT: Explain = ({ setting }) => ({
  reason: 'it does not answer in time',
  remedy: `Check ${setting}, whether the auth service is up, and whether a firewall is in between.`,
})

const CLOSED: Explain = ({ setting }) => ({
  reason: 'it closed the connection without an answer',
  remedy: `Check whether that port speaks http or https, as ${setting} says, and look into the log of the server there.`,
})

/** The message of `fetch`, which has no code, about a port that it never uses (Fetch, section 2.10). */
const BAD_PORT = 'bad port'

const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  [BAD_PORT]: ({ setting }) => ({
    reason: 'fetch never uses that port, nor do browsers: it belongs to another protocol',
    remedy: `Let the auth service listen on another port, such as 4000, and set ${setting} to that.`,
  }),
  ENOTFOUND: ({ host, setting }) => ({
    reason: `DNS knows no address for ${host}`,
    remedy: /(^|\.)localhost$/.test(host)
      ? `Node does not resolve *.localhost, as browsers do: set ${setting} to http://127.0.0.1 and the port of the auth service.`
      : `Check the name in ${setting}. Set AUTH_INTERNAL_URL to an address that this machine can reach.`,
  }),
  EAI_AGAIN: () => ({
    reason: 'DNS does not answer',
    remedy: 'Check the name servers of this machine or container, e.g. in /etc/resolv.conf.',
  }),
  ECONNREFUSED: ({ setting }) => ({
    reason: 'nothing listens there',
    remedy: `Start the auth service, or set ${setting} to where it listens. In a container, localhost is the container itself.`,
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
      'Renew the certificate. If it is still valid, the clock of this machine is ahead: let NTP keep it.',
  }),
  CERT_NOT_YET_VALID: () => ({
    reason: 'its certificate is not valid yet',
    remedy:
      'The clock of this machine is most likely behind: let NTP keep it, e.g. with timedatectl set-ntp true.',
  }),
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host, setting, error }) => ({
    reason: `its certificate is not for ${host}, but for ${error.cert?.subjectaltname?.slice(0, 200) || 'another name'}`,
    remedy: `Use a name in ${setting} that the certificate covers, or let the server have a certificate for ${host}.`,
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
  remedy: `The server may speak https at that port: compare ${setting} with where it listens.`,
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
      remedy: `Set ${setting} to the address that answers by itself; redirects are not followed.`,
    }
  }
  if (status === 502 || status === 504) {
    return {
      reason: `it answered ${status}: a proxy is there, and does not reach the auth service`,
      remedy: 'Start the auth service, and check where the proxy leads to.',
    }
  }
  if (status === 503) {
    return {
      reason: 'it answered 503',
      remedy:
        'The auth service does not reach its database, is overloaded, or is just starting: look into its log.',
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
      remedy: `A proxy or firewall in between refuses programs: check ${setting}, and let the path through.`,
    }
  }
  if (status === 404 || status === 405) {
    return {
      reason: `it answered ${status}`,
      remedy: `That is not the auth service, or another version of it: check ${setting}.`,
    }
  }
  return status === 200
    ? null
    : {
        reason: `it answered ${status}`,
        remedy: `Check ${setting}, and look into the log of the auth service.`,
      }
}

/** The part of a fetched response that {@link explainAnswer} needs. */
export const headOf = ({ status, headers }: Response): AnswerHead => ({
  status,
  contentType: headers.get('content-type') ?? '',
  location: headers.get('location'),
})
