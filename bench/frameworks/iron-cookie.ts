import { sealData } from 'iron-session'
import type { Visitor } from './contender.ts'

export interface IronData {
  readonly email: string
}

const cookieName = 'session'
const password = 'a secret of the benchmark, and of no one else'

export const IRON_SESSION = { cookieName, password }

/** Signs visitors in with the sealed cookie that iron-session writes. */
export const byIronSession = async ({ email }: Visitor): Promise<string> =>
  `${cookieName}=${await sealData({ email } satisfies IronData, { password })}`
