import type { Hono } from 'hono'
import { clientDetailsOf } from '../../../apps/oidc-clients.ts'
import type { AdminEnv } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { oidcShown } from './app-oidc-address.ts'
import { AppOidcView } from './app-oidc-view.tsx'
import { appProtocolPage } from './app-protocol-page.tsx'

/** `/admin/apps/:id/oidc`: how an app signs users in by OpenID Connect. */
export const appOidcPage = (web: Web): Hono<AdminEnv> =>
  appProtocolPage(web, {
    path: 'oidc',
    settingsOf: ({ oidc }) => oidc,
    shown: oidcShown,
    ticks: ['first_party', 'device_flow'],
    view: AppOidcView,
    json: ({ clientId, oidc }) => ({ client_id: clientId, oidc: oidc && clientDetailsOf(oidc) }),
    store: web.oidcClients,
    devicesOf: ({ id }) => web.oidc.devices.count(id),
    actions: { 'sign-out-devices': (app, by) => web.oidc.devices.signOutAll(app, by) },
  })
