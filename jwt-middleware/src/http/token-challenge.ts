import { problemResponse } from '../contract/problem.ts'
import { PRIVATE, RETRY_AFTER } from './answer.ts'

/** Answers to programs that sent an API token, or should have: problems (RFC 9457), and never a redirect. */
export interface TokenChallenge {
  /** No token was sent: 401 without an error code (RFC 6750, section 3.1). */
  missing(scopes: readonly string[]): Response
  /** The token is wrong, expired, revoked or not for this app: 401. */
  invalid(detail: string): Response
  /** More than one token, or no token in the right place: 401. */
  malformed(): Response
  /** The token is valid, and lacks these scopes, or no scope would be enough: 403. */
  insufficient(scopes: readonly string[], detail?: string): Response
  /** The token could not be checked: 503. */
  unavailable(): Response
}

export function createTokenChallenge({ ownOrigin }: { readonly ownOrigin: string }): TokenChallenge {
  function answer(
    status: 401 | 403,
    title: string,
    detail: string,
    error?: string,
    scopes: readonly string[] = [],
  ) {
    // Names of scopes contain neither quotes nor backslashes.
    const parameters = [
      `realm="${ownOrigin}"`,
      ...(error === undefined ? [] : [`error="${error}"`, `error_description="${ascii(detail)}"`]),
      ...(scopes.length === 0 ? [] : [`scope="${scopes.join(' ')}"`]),
    ]
    const members = {
      ...(error !== undefined && { error }),
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    }
    const headers = { ...PRIVATE, 'www-authenticate': `Bearer ${parameters.join(', ')}` }
    return problemResponse({ status, title, detail, ...members }, headers)
  }

  return {
    missing: (scopes) =>
      answer(
        401,
        'API token required',
        'Send an API token as Authorization: Bearer lk_...',
        undefined,
        scopes,
      ),
    invalid: (detail) => answer(401, 'API token refused', detail, 'invalid_token'),
    malformed: () =>
      answer(
        401,
        'API token refused',
        'Send one Authorization header with one token: Bearer lk_...',
        'invalid_request',
      ),
    insufficient: (scopes, detail = 'This API token does not have the scopes that are required here.') =>
      answer(403, 'Not allowed', detail, 'insufficient_scope', scopes),
    unavailable: () =>
      problemResponse(
        {
          status: 503,
          title: 'Temporarily unavailable',
          detail: 'The API token can’t be checked at the moment. Please try again in a few seconds.',
        },
        { ...PRIVATE, 'retry-after': RETRY_AFTER },
      ),
  }
}

/** A header takes no typographic apostrophe. */
const ascii = (text: string): string => text.replaceAll('’', "'")
