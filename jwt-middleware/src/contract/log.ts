import { debuglog } from 'node:util'

/** The log of the middleware. A pino logger fits; fields never contain a token. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

const debug = debuglog('latchkey')

/** Warnings on stderr; with `NODE_DEBUG=latchkey` also the reasons of every rejection. */
export const defaultLogger: Logger = {
  debug: (fields, message) => debug('%s %j', message, fields),
  warn: (fields, message) => console.warn(`latchkey: ${message}`, fields),
}
