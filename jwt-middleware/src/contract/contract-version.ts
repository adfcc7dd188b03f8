/**
 * The header with the contract version that an app understands; 1 without it. From 2 on, apps order tokens by
 * `user_version` and know feed entries about all sessions of a user.
 */
export const CONTRACT_HEADER = 'latchkey-contract'
export const CONTRACT = 2

/** The value of that header, which may be invalid. */
export const readContract = (header: string | undefined): number =>
  /^\d{1,3}$/.test(header ?? '') ? Number(header) : 1
