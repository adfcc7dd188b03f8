import { problemResponse } from '@latchkey/jwt-middleware/contract'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

interface ProblemKind {
  readonly status: ContentfulStatusCode
  /** The setting to look at, if one may be the cause. */
  readonly setting?: string
}

/** All errors of the HTTP interface by their code, which logs and programs read. `docs/http-interface.md` explains them. */
export const PROBLEMS = {
  malformed: { status: 400 },
  duplicate_field: { status: 400 },
  no_token: { status: 400 },
  bad_since: { status: 400 },
  unsupported_token_type: { status: 400 },
  unsupported_grant_type: { status: 400 },
  unauthorized_client: { status: 400 },
  invalid_scope: { status: 400 },
  invalid_grant: { status: 400 },
  authorization_pending: { status: 400 },
  slow_down: { status: 400 },
  expired_token: { status: 400 },
  access_denied: { status: 400 },
  sign_in_failed: { status: 401 },
  invalid_client: { status: 401 },
  session_cookie_missing: { status: 401 },
  missing: { status: 401 },
  rejected: { status: 401 },
  session_over: { status: 401 },
  untrusted_proxy: { status: 403, setting: 'TRUSTED_PROXIES' },
  proxy_headers: { status: 403, setting: 'FORWARD_AUTH_PROXY' },
  foreign_host: { status: 403, setting: 'COOKIE_DOMAIN' },
  ambiguous_path: { status: 403 },
  not_allowed: { status: 403, setting: 'FORWARD_AUTH_RULES' },
  cross_origin: { status: 403, setting: 'AUTH_URL' },
  other_address: { status: 403, setting: 'AUTH_URL' },
  no_cookie: { status: 403, setting: 'AUTH_URL' },
  expired_form: { status: 403 },
  registration_closed: { status: 403, setting: 'REGISTRATION' },
  invitation_needed: { status: 403, setting: 'REGISTRATION' },
  no_mail: { status: 403, setting: 'SMTP_URL' },
  staff_only: { status: 403 },
  superusers_only: { status: 403 },
  insufficient_user_authentication: { status: 403 },
  not_found: { status: 404 },
  expired_link: { status: 404 },
  method_not_allowed: { status: 405 },
  other_person: { status: 409 },
  changed_meanwhile: { status: 409 },
  conflicting: { status: 409, setting: 'PREVIOUS_COOKIES' },
  invitation_over: { status: 410 },
  too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  invalid_fields: { status: 422 },
  too_many_tries: { status: 429, setting: 'TRUSTED_PROXIES' },
  too_many_changes: { status: 429 },
  too_many_app_tokens: { status: 429 },
  failed: { status: 500 },
  unavailable: { status: 503 },
  feed_full: { status: 503, setting: 'INTERNAL_PORT' },
} as const satisfies Record<string, ProblemKind>

export type ProblemCode = keyof typeof PROBLEMS

/** The members of a problem beside its status and code. */
export interface ProblemMembers {
  readonly title: string
  readonly detail?: string
  readonly [extension: string]: unknown
}

/** Responds to a program with a problem (RFC 9457). */
export const problem = (
  code: ProblemCode,
  members: ProblemMembers,
  headers: Record<string, string> = {},
): Response =>
  problemResponse({ status: PROBLEMS[code].status, code, ...members }, { ...retryHeaders(code), ...headers })

/** When to try again after an outage. */
export const retryHeaders = (code: ProblemCode): Record<string, string> =>
  PROBLEMS[code].status === 503 ? { 'retry-after': '5' } : {}

/** Responds to a program that the database does not respond. */
export const outageProblem = (title = 'Try again in a moment'): Response => problem('unavailable', { title })
