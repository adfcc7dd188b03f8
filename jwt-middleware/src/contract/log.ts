import { debugLog } from '#node-or-web/contract/debug-log'

/** The log of the middleware. A pino logger fits; fields never contain a token. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

/** Warnings on stderr; with `NODE_DEBUG=latchkey` also the reasons of every rejection. */
export const defaultLogger: Logger = {
  debug: debugLog,
  warn: (fields, message) => console.warn(`latchkey: ${message}`, fields),
}
