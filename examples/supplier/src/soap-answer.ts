/** The answer to a logout request in a SOAP envelope (saml-bindings, section 3.2). The connection says whose it is. */
export const soapAnswer = (entityId: string, id: string, inResponseTo: string, issuedAt: Date): string =>
  `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${escaped(id)}" Version="2.0" IssueInstant="${issuedAt.toISOString()}" InResponseTo="${escaped(inResponseTo)}"><saml:Issuer>${escaped(entityId)}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status></samlp:LogoutResponse></S:Body></S:Envelope>`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
