import { BINDINGS, PROTOCOL, writeSaml } from '../platform/xml/saml-names.ts'
import { element } from '../platform/xml/xml-tree.ts'
import { messageId } from './message-id.ts'
import { NAME_ID_URNS } from './name-id.ts'
import type { SamlKey } from './saml-keys.ts'
import { entityIdOf, SAML_ROUTES } from './saml-routes.ts'
import { signXml } from './sign-xml.ts'

/** Our metadata (saml-metadata, section 2.4.3), signed. `certificates` are those of all keys, as base64. */
export function writeMetadata(authUrl: string, certificates: readonly string[], key: SamlKey): string {
  const services = (name: string, path: string) =>
    Object.values(BINDINGS).map((Binding) => element(name, { Binding, Location: authUrl + path }))
  const keys = certificates.map((certificate) =>
    element(
      'md:KeyDescriptor',
      { use: 'signing' },
      element('ds:KeyInfo', {}, element('ds:X509Data', {}, element('ds:X509Certificate', {}, certificate))),
    ),
  )
  const metadata = element(
    'md:EntityDescriptor',
    { ID: messageId(), entityID: entityIdOf(authUrl), cacheDuration: 'P1D' },
    element(
      'md:IDPSSODescriptor',
      // Each service provider decides that for itself.
      { WantAuthnRequestsSigned: 'false', protocolSupportEnumeration: PROTOCOL },
      ...keys,
      ...services('md:SingleLogoutService', SAML_ROUTES.slo),
      ...Object.values(NAME_ID_URNS).map((urn) => element('md:NameIDFormat', {}, urn)),
      ...services('md:SingleSignOnService', SAML_ROUTES.sso),
    ),
  )
  return signXml(writeSaml(metadata), key, false)
}
