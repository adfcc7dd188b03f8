import type { AuthCore } from '../auth.ts'
import type { AuthRequest } from '../http/request.ts'

/** What every adapter passes on to the app's owner. */
export type OwnFunctions = Pick<
  AuthCore,
  'permissions' | 'onSessionEnd' | 'onUserChange' | 'endWithSession' | 'forget' | 'status' | 'close'
>

/** Links to the auth service's pages, by what an adapter's handlers receive. */
export interface PageLinks<Context> {
  /** The login page, which returns to this page, or to `next`: a path or URL of this app. */
  signInUrl(context: Context, next?: string): string
  /** The registration, which returns likewise. */
  signUpUrl(context: Context, next?: string): string
  /** The page that asks before it signs out, and returns likewise. */
  signOutUrl(context: Context, next?: string): string
  /** The user's account. */
  accountUrl(): string
}

/** The functions and links of an adapter; `requestOf` reads the request of a handler's argument. */
export function ownFunctions<Context>(
  core: AuthCore,
  requestOf: (context: Context) => AuthRequest,
): OwnFunctions & PageLinks<Context> {
  const { permissions, onSessionEnd, onUserChange, endWithSession, forget, status, close, links } = core
  return {
    permissions,
    onSessionEnd,
    onUserChange,
    endWithSession,
    forget,
    status,
    close,
    signInUrl: (context, next) => links.signIn(requestOf(context), next),
    signUpUrl: (context, next) => links.signUp(requestOf(context), next),
    signOutUrl: (context, next) => links.signOut(requestOf(context), next),
    accountUrl: links.account,
  }
}
