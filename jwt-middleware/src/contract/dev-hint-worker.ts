import type * as InProcess from './dev-hint-process.ts'

/** Wrangler has its own file of settings. */
export const devHint: typeof InProcess.devHint = () => ''
