import { dictionary } from '@zxcvbn-ts/language-common'

let known: ReadonlySet<string> | undefined

/** Made with the first question: some 10 ms and a few MB that commands have no use for. */
const common = (): ReadonlySet<string> => {
  known ??= new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))
  return known
}

/** Whether a password, in any case, is among the tens of thousands that turn up most in stolen lists. */
export const isCommonPassword = (password: string): boolean => common().has(password.toLowerCase())
