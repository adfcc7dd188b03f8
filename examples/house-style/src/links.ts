import { loginUrl, ownAddress } from '@latchkey/jwt-middleware'
import type { Context } from 'hono'

export interface AppUrls {
  /** This app's public origin, `OWN_URL`. */
  readonly ownUrl: string
  /** The family's login page, `LOGIN_URL`. */
  readonly loginUrl: string
}

/** The links to the auth service on every page. */
export function createLinks({ ownUrl, loginUrl: login }: AppUrls) {
  const at = (path: string) => new URL(path, login).href
  return {
    account: at('/account'),
    signOut: loginUrl(at('/logout'), `${ownUrl}/`),
    /** To the login page, and back to the current page. */
    signIn(c: Context): string {
      const { pathname, search } = new URL(c.req.url)
      return loginUrl(login, ownAddress(ownUrl, c.req.method === 'GET' ? pathname + search : '/'))
    },
  }
}
