import type { Dictionary } from '../language.ts'

/** The pages of the administration, and what they say of groups, apps and invitations. */
export const adminInGerman: Dictionary = {}
