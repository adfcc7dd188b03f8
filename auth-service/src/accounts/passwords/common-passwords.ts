import { lazy, lazyPackage } from '../../platform/process/lazy.ts'

const lists = lazyPackage<typeof import('@zxcvbn-ts/language-common')>('@zxcvbn-ts/language-common')

/** Loaded at the first use: about 10 ms and a few MB that commands do not need. */
const common = lazy(
  () => new Set(lists().dictionary['passwords-common'].map((password) => password.toLowerCase())),
)

/** Whether a password, in any case, is among the tens of thousands most common in stolen lists. */
export const isCommonPassword = (password: string): boolean => common().has(password.toLowerCase())
