import type { AuthenticatedUser } from '@latchkey/jwt-middleware'

/** How a page calls a user. */
export const nameOf = ({ firstName, lastName, email }: AuthenticatedUser): string =>
  [firstName, lastName].filter((part) => part !== '').join(' ') || email
