import type { Request } from 'express'
import type { MiddlewareHandler } from 'hono'
import type { Visitor } from './contender.ts'

/** Without their types, which bring those of browsers: the whole project would have a `document`. */
const load = (name: string) => import(name)

interface Session {
  readonly user?: { readonly email?: string }
}

interface OnHono {
  initAuthConfig(config: () => object): MiddlewareHandler
  verifyAuth(): MiddlewareHandler<{ Variables: { authUser: { readonly session: Session } } }>
}

interface OnExpress {
  getSession(req: Request, config: object): Promise<Session | null>
}

export const authJsOnHono = (): Promise<OnHono> => load('@hono/auth-js')
export const authJsOnExpress = (): Promise<OnExpress> => load('@auth/express')

const secret = 'a secret of the benchmark, and of no one else'
const NAME = 'authjs.session-token'

export const AUTH_JS = { secret, providers: [], trustHost: true, logger: { error() {} } }

/** Signs visitors in with the encrypted cookie that Auth.js sets after a sign-in; it has no database here. */
export async function byAuthJs({ email, uuid }: Visitor): Promise<string> {
  const { encode } = await load('@auth/core/jwt')
  const token = { name: 'Ada Lovelace', email, sub: uuid }
  return `${NAME}=${await encode({ token, secret, salt: NAME })}`
}
