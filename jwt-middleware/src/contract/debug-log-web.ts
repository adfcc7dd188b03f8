import type * as OnNode from './debug-log-node.ts'
import { environment } from './environment.ts'

export const debugLog: typeof OnNode.debugLog = (fields, message) => {
  if (/\blatchkey\b/.test(environment().NODE_DEBUG ?? '')) console.debug(`latchkey: ${message}`, fields)
}
