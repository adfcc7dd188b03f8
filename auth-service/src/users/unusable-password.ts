import { randomToken } from '../platform/crypto/random-id.ts'

/** How what is stored instead of a hash begins, as in Django, where no password is right. */
export const UNUSABLE = '!'

/** One like no other, so that every change of a password changes what is stored. */
export const unusablePassword = (): string => UNUSABLE + randomToken()

/** Whether there is a password that could be right. */
export const hasPassword = ({ password }: { readonly password: string }): boolean =>
  !password.startsWith(UNUSABLE)
