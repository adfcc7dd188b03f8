/** Hash algorithms for new passwords. */
export const PASSWORD_HASHERS = ['bcrypt_sha256', 'argon2id'] as const
export type PasswordHasher = (typeof PASSWORD_HASHERS)[number]

/** The lowest allowed minimum length, in characters (NIST SP 800-63B-4, section 3.1.1.2, with a second factor). */
export const SHORTEST_MINIMUM = 8
