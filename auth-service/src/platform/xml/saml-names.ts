import { createXmlWriter } from './xml-tree.ts'

/** The namespaces of SAML 2.0 and XML Signature, by the prefixes with which they are written. */
export const NS = {
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/** Writes a SAML document. */
export const writeSaml = createXmlWriter(NS)

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:'

/** Status codes of an answer (saml-core, section 3.2.2.2). */
export const STATUS_CODES = {
  success: `${STATUS}Success`,
  requester: `${STATUS}Requester`,
  responder: `${STATUS}Responder`,
  no_passive: `${STATUS}NoPassive`,
  request_denied: `${STATUS}RequestDenied`,
  no_authn_context: `${STATUS}NoAuthnContext`,
  invalid_name_id_policy: `${STATUS}InvalidNameIDPolicy`,
  unknown_principal: `${STATUS}UnknownPrincipal`,
  partial_logout: `${STATUS}PartialLogout`,
} as const

export type StatusCode = keyof typeof STATUS_CODES

/** How a message travels in the browser (saml-bindings, sections 3.4 and 3.5). */
export const BINDINGS = {
  redirect: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect',
  post: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
} as const

/** The same without a browser (section 3.2). */
export const SOAP_BINDING = 'urn:oasis:names:tc:SAML:2.0:bindings:SOAP'

export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'

/** The context class of a sign-in (saml-authn-context, section 3.4). */
export const CONTEXTS = {
  password: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
  unspecified: 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified',
} as const

/** Algorithms of XML Signature and XML Encryption. */
export const ALGORITHMS = {
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  rsaSha384: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha384',
  rsaSha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  aes256Gcm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  rsaOaep: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
} as const
