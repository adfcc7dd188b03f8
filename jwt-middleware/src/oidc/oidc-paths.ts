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

/** Whether the text is a path of which the others can be made. It may end with a slash, as in some frameworks all do. */
export const isCallbackPath = (path: unknown): path is string =>
  typeof path === 'string' && /^(?:\/[\w.~-]+)+\/?$/.test(path) && !OTHERS.includes(partsOf(path).name)

const OTHERS = ['sign-in', 'sign-out', 'signed-out', 'back-channel-logout']

function partsOf(path: string) {
  const [, folder = '', name = '', end = ''] = /^(.*\/)([^/]+)(\/?)$/.exec(path) ?? []
  return { folder, name, end }
}

/** The callback, and the others beside it. */
export function oidcPaths(callback: string): OidcPaths {
  const { folder, end } = partsOf(callback)
  const beside = (name: string): string => folder + name + end
  return {
    callback,
    signIn: beside('sign-in'),
    signOut: beside('sign-out'),
    signedOut: beside('signed-out'),
    backChannelLogout: beside('back-channel-logout'),
  }
}
