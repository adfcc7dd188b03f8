import type * as InProcess from './sole-tokens-process.ts'

/** Only servers of Node show raw headers. */
export const soleTokens: typeof InProcess.soleTokens = () => null
