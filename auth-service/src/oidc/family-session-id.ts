/** The id of a session of the family as oidc-provider knows it: no id of its own sessions begins like this. */
const PREFIX = 'family.'

export const familyIdOf = (sid: string): string => PREFIX + sid

/** The session of the family with this id in oidc-provider; `null` if it is one of oidc-provider's own. */
export const sidOf = (id: unknown): string | null =>
  typeof id === 'string' && id.startsWith(PREFIX) ? id.slice(PREFIX.length) : null
