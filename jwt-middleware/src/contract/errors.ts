/** Failures that throw, and the reasons of an aborted `user.signal`; all expected failures are return values. */
export type ErrorCode =
  | 'invalid_options'
  | 'cookie_too_large'
  | 'store_unavailable'
  | 'table_conflict'
  | 'middleware_missing'
  | 'auth_unavailable'
  | 'name_taken'
  | 'foreign_user'
  | 'unknown_permission'
  | 'session_ended'
  | 'session_unconfirmed'
  | 'user_blocked'
  | 'user_deleted'
  | 'testing_in_production'
  | 'package_missing'
  | 'unsupported_node'
  | 'unsupported_runtime'
  | 'unsupported_version'

/** An error with a stable `code`. The message says what broke and what to do, and never contains a token. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * Rejects unknown option names, which are usually misspellings.
 * @throws LatchkeyError `invalid_options`, naming every unknown key and the known ones
 */
export function refuseUnknownOptions(caller: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  throw new LatchkeyError(
    'invalid_options',
    `${caller} does not know the option ${unknown.map((key) => `"${key}"`).join(', ')}. ` +
      `It takes: ${[...known].sort().join(', ')}.`,
  )
}

/** Checks required options, and collects every problem, so that one start reports them all. */
export function refuseInvalidOptions(caller: string, problems: readonly string[]): void {
  if (problems.length === 0) return
  throw new LatchkeyError('invalid_options', [`${caller} can't start:`, ...problems].join('\n  - '))
}
