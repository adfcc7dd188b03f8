import './contract/check-node.ts'
import { refuseInvalidOptions, refuseUnknownOptions } from './contract/errors.ts'
import { refuseMissingPeer, refuseOldPeer } from './contract/peer-version.ts'
import type { OidcPart, OidcSettings } from './oidc/oidc-part.ts'
import { DEFAULT_CALLBACK, isCallbackPath, oidcPaths } from './oidc/oidc-paths.ts'
import { createOidcSide } from './oidc/oidc-side.ts'

export type { OidcPart } from './oidc/oidc-part.ts'

/** An app that signs its users in by OpenID Connect, since it does not see the family's cookies. */
export interface OidcOptions {
  /** This app's client ID. Default: the option `clientId` of `auth()`, else `AUTH_CLIENT_ID` of the environment. */
  readonly clientId?: string
  /**
   * This app's client secret. Default: the option `clientSecret` of `auth()`, else `AUTH_CLIENT_SECRET` of the
   * environment.
   */
  readonly clientSecret?: string
  /** Where the provider leads back to; the other addresses are beside it. Default: `/auth/callback`. */
  readonly callbackPath?: string
}

/**
 * For an app on another domain than the family's: `auth({ oidc: oidc() })`. It signs users in at the auth service by
 * OpenID Connect, and keeps a session of its own in a sealed cookie. Everything else stays as in the family.
 * @throws LatchkeyError `invalid_options`, `unsupported_version`, and `package_missing` without openid-client
 */
export function oidc(options: OidcOptions = {}): OidcPart {
  refuseMissingPeer('openid-client')
  refuseOldPeer('openid-client')
  refuseUnknownOptions('oidc()', options, ['clientId', 'clientSecret', 'callbackPath'])
  const { clientId, clientSecret, callbackPath = DEFAULT_CALLBACK } = options
  refuseInvalidOptions(
    'oidc()',
    isCallbackPath(callbackPath)
      ? []
      : [`callbackPath is "${callbackPath}". Set it to a path of this app, for example ${DEFAULT_CALLBACK}`],
  )
  const paths = oidcPaths(callbackPath)

  const cookieAt = (ownOrigin: string, name: string): string =>
    `${ownOrigin.startsWith('https:') ? '__Host-' : ''}latchkey.${name}`

  const settingsFor = (ownOrigin: string): OidcSettings => {
    const session = cookieAt(ownOrigin, 'session')
    return {
      cookies: { access: session, refresh: session },
      loginUrl: ownOrigin + paths.signIn,
      signOutUrl: ownOrigin + paths.signOut,
    }
  }

  return {
    'from oidc() of @latchkey/jwt-middleware/oidc': true,
    clientId,
    clientSecret,
    callbackPath,
    settingsFor,
    createSide: (side) =>
      createOidcSide(side, settingsFor(side.ownOrigin), paths, cookieAt(side.ownOrigin, 'sign-in')),
  }
}
