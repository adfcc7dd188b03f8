import { dictionary } from '@zxcvbn-ts/language-common'

let known: ReadonlySet<string> | undefined

/** Loaded at the first use: about 10 ms and a few MB that commands do not need. */
const common = (): ReadonlySet<string> => {
  known ??= new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))
  return known
}

/** Whether a password, in any case, is among the tens of thousands most common in stolen lists. */
export const isCommonPassword = (password: string): boolean => common().has(password.toLowerCase())
