import { encode } from '@auth/core/jwt'
import type { Visitor } from './contender.ts'

const secret = 'a secret of the benchmark, and of no one else'

export const AUTH_JS = { secret, providers: [], trustHost: true, logger: { error() {} } }

const NAME = 'authjs.session-token'

/** Signs visitors in with the encrypted cookie that Auth.js sets after a sign-in; it has no database here. */
export async function byAuthJs({ email, uuid }: Visitor): Promise<string> {
  const token = { name: 'Ada Lovelace', email, sub: uuid }
  return `${NAME}=${await encode({ token, secret, salt: NAME })}`
}
