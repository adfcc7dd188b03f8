import type { Hono } from 'hono'
import { providerDetailsOf } from '../../../apps/service-provider-input.ts'
import type { AdminEnv } from '../../middleware/require-staff.ts'
import type { Web } from '../../web.ts'
import { appProtocolPage } from './app-protocol-page.tsx'
import { samlShown } from './app-saml-address.ts'
import { AppSamlView } from './app-saml-view.tsx'

/** `/admin/apps/:id/saml`: how an app signs users in by SAML. */
export const appSamlPage = (web: Web): Hono<AdminEnv> =>
  appProtocolPage(web, {
    path: 'saml',
    settingsOf: ({ saml }) => saml,
    shown: samlShown,
    moreFields: ['metadata'],
    ticks: ['signed_requests', 'encrypt_assertions', 'starts_here'],
    view: AppSamlView,
    json: ({ saml }) => ({ saml: saml && providerDetailsOf(saml) }),
    store: web.serviceProviders,
  })
