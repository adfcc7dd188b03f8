import { loginUrl } from '../contract/urls.ts'
import type { AuthRequest } from './request.ts'
import { type IsReader, ownPage, returnAddress } from './return-address.ts'

export interface LinksOptions {
  readonly loginUrl: string
  /** The page that asks before it signs out, if it is not the auth service's. */
  readonly signOutUrl?: string | undefined
  readonly issuer: string
  readonly ownOrigin: string
  readonly isReader: IsReader
}

/**
 * The URLs of the auth service's pages, absolute. They return to the page of this request, or to `next`: a path or URL
 * of the app's own. Anything else, which may come from a stranger, stands for the start page.
 */
export interface Links {
  signIn(request: AuthRequest, next?: string): string
  signUp(request: AuthRequest, next?: string): string
  /** The page that asks before it signs out. */
  signOut(request: AuthRequest, next?: string): string
  account(): string
}

/** Parameters of `LOGIN_URL` are kept, except on the account page. */
export function createLinks({
  loginUrl: login,
  signOutUrl,
  issuer,
  ownOrigin,
  isReader,
}: LinksOptions): Links {
  const page = (path: string): string => new URL(path + new URL(login).search, issuer).href
  const [signUpPage, signOutPage, accountPage] = [page('/register'), page('/logout'), `${issuer}/account`]

  const leadingTo = (base: string) => (request: AuthRequest, next?: string) =>
    loginUrl(
      base,
      next === undefined ? returnAddress(request, ownOrigin, isReader) : ownPage(next, ownOrigin),
    )

  return {
    signIn: leadingTo(login),
    signUp: leadingTo(signUpPage),
    signOut: leadingTo(signOutUrl ?? signOutPage),
    account: () => accountPage,
  }
}
