/** The app's own addresses for OpenID Connect, as paths. */
export interface OidcPaths {
  readonly callback: string
  readonly signIn: string
  /** Asks before it signs out. */
  readonly signOut: string
  /** Where the provider leads after a sign-out. */
  readonly signedOut: string
  /** Where the provider says that a session has ended. */
  readonly backChannelLogout: string
}

export const DEFAULT_CALLBACK = '/auth/callback'

/** Whether the text is a path of which the others can be made. */
export const isCallbackPath = (path: unknown): path is string =>
  typeof path === 'string' && /^(?:\/[\w.~-]+)+$/.test(path) && !OTHERS.includes(lastOf(path))

const OTHERS = ['sign-in', 'sign-out', 'signed-out', 'back-channel-logout']

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The callback, and the others beside it. */
export function oidcPaths(callback: string): OidcPaths {
  const beside = (name: string): string => callback.slice(0, callback.lastIndexOf('/') + 1) + name
  return {
    callback,
    signIn: beside('sign-in'),
    signOut: beside('sign-out'),
    signedOut: beside('signed-out'),
    backChannelLogout: beside('back-channel-logout'),
  }
}
