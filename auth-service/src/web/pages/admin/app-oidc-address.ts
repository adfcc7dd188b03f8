import type { App } from '../../../apps/apps.ts'
import type { OidcClient } from '../../../apps/oidc-client-input.ts'
import { clientDetailsOf } from '../../../apps/oidc-clients.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Shown } from '../../forms/stale-form.ts'

/** The page about OpenID Connect of an app. */
export const addressOfOidc = ({ id }: Pick<App, 'id'>): string => `/admin/apps/${id}/oidc`

/** The values in its form. */
export function oidcShown(client: OidcClient | null): Shown {
  if (client === null) return NOT_YET
  const { redirect_uris, post_logout_redirect_uris, groups, keys, back_channel_logout_uri, ...details } =
    clientDetailsOf(client)
  return {
    ...details,
    redirect_uris: redirect_uris.join(' '),
    post_logout_redirect_uris: post_logout_redirect_uris.join(' '),
    groups: groups?.join(', ') ?? '',
    keys: keys ?? '',
    back_channel_logout_uri: back_channel_logout_uri ?? '',
  }
}

/** Those of an app that is not a client. */
const NOT_YET = {
  redirect_uris: '',
  post_logout_redirect_uris: '',
  auth_method: 'client_secret_basic',
  keys: '',
  first_party: false,
  back_channel_logout_uri: '',
  groups: '',
  device_flow: false,
}

/** What the page says after a change. */
export const OIDC_DONE = {
  saved: message('Saved. Other processes of this service apply it within seconds.'),
  'sign-out-devices': message('All devices of this app are signed out.'),
  removed: message('This app no longer signs users in by OpenID Connect. All its tokens have ended.'),
}
