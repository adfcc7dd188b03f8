import { randomToken } from '../platform/crypto/random-id.ts'

/** The prefix that replaces a hash in Django when no password is valid. */
export const UNUSABLE = '!'

/** Unique, so that every password change changes the stored value. */
export const unusablePassword = (): string => UNUSABLE + randomToken()

/** Whether a valid password exists. */
export const hasPassword = ({ password }: { readonly password: string }): boolean =>
  !password.startsWith(UNUSABLE)
