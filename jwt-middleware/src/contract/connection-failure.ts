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

/** The part of a fetched response that {@link explainAnswer} needs. */
export const headOf = ({ status, headers }: Response): AnswerHead => ({
  status,
  contentType: headers.get('content-type') ?? '',
  location: headers.get('location'),
})
