import { type DestinationStream, type Logger, pino } from 'pino'
import { causes } from '../database/db-errors.ts'
import { requestContext } from './request-context.ts'

export type Log = Logger

/**
 * JSON lines on stdout, each with the id of its request. They contain no tokens, passwords, cookies, emails, addresses
 * or query parameters.
 */
export function createLog(level: string, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    serializers: { err: describeError },
    mixin: () => requestContext.getStore() ?? {},
  }
  return destination ? pino(options, destination) : pino(options)
}

/** Describes an error by its innermost cause: drizzle's wrapper quotes the parameters, Postgres's detail the row. */
export function describeError(error: unknown): Record<string, unknown> {
  const innermost = causes(error).at(-1)
  if (!innermost) return { message: String(error) }
  const { name, code, message, stack } = innermost as NodeJS.ErrnoException
  return { name, ...(code === undefined ? {} : { code }), message, stack }
}
