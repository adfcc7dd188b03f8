import { debuglog } from 'node:util'

const debug = debuglog('latchkey')

/** Writes a line on stderr with `NODE_DEBUG=latchkey`. */
export const debugLog = (fields: Readonly<Record<string, unknown>>, message: string): void =>
  debug('%s %j', message, fields)
