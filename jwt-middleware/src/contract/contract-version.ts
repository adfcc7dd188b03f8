/**
 * The header by which apps tell the auth service how much of what it says they understand; without it, 1. From 2 on, they
 * order tokens by `user_version` and know entries of the feed about all sessions of a person.
 */
export const CONTRACT_HEADER = 'latchkey-contract'
export const CONTRACT = 2

/** What a caller said in that header, of whatever worth. */
export const readContract = (header: string | undefined): number =>
  /^\d{1,3}$/.test(header ?? '') ? Number(header) : 1
