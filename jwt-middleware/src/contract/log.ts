import { debuglog } from 'node:util'

/** Where the middleware says what it did. A pino logger fits; fields never hold a token. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

const debug = debuglog('latchkey')

/** Warnings on stderr; the reasons of every refusal with `NODE_DEBUG=latchkey`. */
export const defaultLogger: Logger = {
  debug: (fields, message) => debug('%s %j', message, fields),
  warn: (fields, message) => console.warn(`latchkey: ${message}`, fields),
}
