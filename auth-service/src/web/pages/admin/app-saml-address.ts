import type { App } from '../../../apps/apps.ts'
import { pemOf } from '../../../apps/certificate-input.ts'
import { providerDetailsOf, type ServiceProvider } from '../../../apps/service-provider-input.ts'
import { message } from '../../../platform/i18n/message.ts'
import type { Shown } from '../../forms/stale-form.ts'

/** The page about SAML of an app. */
export const addressOfSaml = ({ id }: Pick<App, 'id'>): string => `/admin/apps/${id}/saml`

/** The values in its form. */
export function samlShown(provider: ServiceProvider | null): Shown {
  if (provider === null) return NOT_YET
  const details = providerDetailsOf(provider)
  return {
    ...details,
    acs_urls: details.acs_urls.join(' '),
    slo_url: details.slo_url ?? '',
    slo_response_url: details.slo_response_url ?? '',
    slo_soap_url: details.slo_soap_url ?? '',
    certificates: details.certificates.map(pemOf).join(''),
    encryption_certificate:
      details.encryption_certificate === null ? '' : pemOf(details.encryption_certificate),
    groups: details.groups?.join(', ') ?? '',
  }
}

/** Those of an app that is no service provider. */
const NOT_YET = {
  entity_id: '',
  acs_urls: '',
  slo_url: '',
  slo_binding: 'redirect',
  slo_response_url: '',
  slo_soap_url: '',
  certificates: '',
  encryption_certificate: '',
  name_id_format: 'persistent',
  signed_requests: false,
  encrypt_assertions: false,
  starts_here: false,
  groups: '',
}

/** What the page says after a change. */
export const SAML_DONE = {
  saved: message('Saved. Other processes of this service apply it within seconds.'),
  removed: message('This app no longer signs users in by SAML.'),
}
