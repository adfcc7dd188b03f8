import type { Dictionary } from '../language.ts'

/** What is mailed. */
export const mailsInGerman: Dictionary = {}
