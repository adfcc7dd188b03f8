import type { ErrorCode } from '@latchkey/jwt-middleware/contract'

const SQLITE_OUTAGES =
  /^SQLITE_(FULL|BUSY|LOCKED|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|INTERRUPT)/

// Classes of SQLSTATE: connection, resources, operator intervention, system error, transaction rolled back; and
// lock_not_available and read_only_sql_transaction (a replica, during a failover).
const POSTGRES_OUTAGES = /^(08...|53...|57...|58...|40...|55P03|25006)$/

const NETWORK_OUTAGES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
])

// pg gives these no code.
const POOL_OUTAGES =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated|Client .* not queryable)/

/** Whether the database is unreachable, full, locked or overloaded: temporary, and answered with 503. */
export const isOutage = (error: unknown): boolean =>
  causes(error).some(({ code, message }) =>
    typeof code === 'string' ? isOutageCode(code) : typeof message === 'string' && POOL_OUTAGES.test(message),
  )

const isOutageCode = (code: string): boolean =>
  SQLITE_OUTAGES.test(code) ||
  POSTGRES_OUTAGES.test(code) ||
  NETWORK_OUTAGES.has(code) ||
  code === ('store_unavailable' satisfies ErrorCode)

/** Whether a unique constraint rejected the statement. */
export const isUniqueViolation = (error: unknown): boolean =>
  causes(error).some(({ code }) => code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE')

interface Failure {
  readonly code?: unknown
  readonly message?: unknown
  readonly cause?: unknown
}

/** The error and its causes, outermost first. */
export function causes(error: unknown): Failure[] {
  const chain: Failure[] = []
  let failure = error
  while (typeof failure === 'object' && failure !== null && chain.length < 10) {
    chain.push(failure)
    failure = (failure as Failure).cause
  }
  return chain
}
