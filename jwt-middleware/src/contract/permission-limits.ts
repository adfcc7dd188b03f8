/** What the auth service takes when an app publishes its permissions. */
export const PERMISSION_LIMITS = {
  /** Permissions of one app. */
  most: 200,
  /** It is also a scope (RFC 6749, section 3.3). */
  name: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/,
  /** Characters of a description. */
  longestDescription: 300,
  /** Groups of one permission. */
  mostGroups: 200,
  /** It becomes part of a command that users paste into a shell. */
  path: /^\/(?!\/)[A-Za-z0-9._~/-]{0,199}$/,
  /** Bytes of the whole list as JSON. */
  longestBody: 65_536,
} as const

/** The body of the request that publishes permissions. */
export const permissionsBody = (permissions: readonly object[]): string => JSON.stringify({ permissions })
