import { sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import { SignedXml } from 'xml-crypto'
import { pemOf } from '../../../auth-service/src/apps/certificate-input.ts'
import type { ServiceProviderInput } from '../../../auth-service/src/apps/service-provider-input.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { ALGORITHMS } from '../../../auth-service/src/platform/xml/saml-names.ts'
import { makeSamlKey, type NewSamlKey } from '../../../auth-service/src/saml/saml-certificate.ts'
import type { Service } from '../../../auth-service/src/service.ts'
import { NOW } from '../../support/tokens.ts'
import type { Browser, Page } from './browser.ts'
import { attribute } from './browser.ts'
import type { Site } from './site.ts'

export const ENTITY_ID = 'https://wiki.example/saml/metadata'
export const ACS = 'https://wiki.example/saml/acs'
export const SLO = 'https://wiki.example/saml/slo'

/** Keys of service providers, by their host: making one takes longer than most tests. */
const made = new Map<string, Promise<NewSamlKey>>()
export function keyOf(host: string): Promise<NewSamlKey> {
  const known = made.get(host) ?? makeSamlKey(host, NOW * 1000)
  made.set(host, known)
  return known
}

/** Registers an app that is a service provider; by default with one address, unsigned requests, and no sign-outs. */
export async function registerProvider(
  { apps, serviceProviders }: Pick<Service, 'apps' | 'serviceProviders'>,
  input: ServiceProviderInput = {},
  name = 'Wiki',
) {
  const created = await apps.create({ name, origins: [`https://${name.toLowerCase()}.example`] }, OPERATOR)
  if (!created.ok) throw new Error(`${name} already exists.`)
  const facts = { entity_id: ENTITY_ID, acs_urls: [ACS], ...input }
  const set = await serviceProviders.set(created.value.id, facts, OPERATOR)
  if (!set?.ok) throw new Error(JSON.stringify(set))
  return set.value
}

/** A service provider by node-saml, which trusts the certificates of our metadata. */
export async function nodeSaml(
  site: Pick<Site, 'app' | 'origin'>,
  options: Partial<ConstructorParameters<typeof SAML>[0]> = {},
) {
  const metadata = await (await site.app.request('/saml/metadata')).text()
  const idpCert = [...metadata.matchAll(/<md:KeyDescriptor.*?<ds:X509Certificate>([^<]+)</gs)].map(
    ([, base64 = '']) => pemOf(base64),
  )
  return new SAML({
    entryPoint: `${site.origin}/saml/sso`,
    logoutUrl: `${site.origin}/saml/slo`,
    callbackUrl: ACS,
    issuer: ENTITY_ID,
    audience: ENTITY_ID,
    idpCert,
    idpIssuer: `${site.origin}/saml/metadata`,
    identifierFormat: null,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.ifPresent,
    ...options,
  })
}

/** The form on a page that brings a message to an app. */
export function sentForm({ html }: Pick<Page, 'html'>) {
  const [, form = ''] = /(<form id="send".*?<\/form>)/s.exec(html) ?? []
  if (form === '') throw new Error(`No message for an app on this page: ${html.slice(0, 2000)}`)
  const inputs = form.match(/<input [^>]*>/g) ?? []
  const fields: Record<string, string> = Object.fromEntries(
    inputs.map((input) => [attribute(input, 'name') ?? '', attribute(input, 'value') ?? '']),
  )
  const message = fields.SAMLResponse ?? fields.SAMLRequest ?? ''
  return {
    action: attribute(form, 'action') as string,
    fields,
    xml: Buffer.from(message, 'base64').toString(),
  }
}

/** Follows redirects on the auth service: the page at the end. */
export async function follow(browser: Browser, from: string): Promise<Page> {
  let page = await browser.get(from)
  for (let step = 0; step < 8 && page.location !== null; step++) {
    const to = new URL(page.location, from)
    if (to.origin !== new URL(from).origin) return page
    page = await browser.get(to.href)
  }
  return page
}

export interface RequestParts {
  readonly id?: string
  readonly issuer?: string
  readonly destination?: string | null
  readonly attributes?: string
  readonly inner?: string
  /** In seconds. */
  readonly issued?: number
}

let count = 0
/** An `ID` that no other message has. */
export const freshId = () => `_message-${++count}`

const head = (name: string, parts: RequestParts, destination: string) => {
  const { id = freshId(), issuer = ENTITY_ID, attributes = '', inner = '', issued = NOW } = parts
  const target = parts.destination === undefined ? destination : parts.destination
  const to = target === null ? '' : ` Destination="${target}"`
  return (
    `<samlp:${name} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"` +
    ` ID="${id}" Version="2.0" IssueInstant="${new Date(issued * 1000).toISOString()}"${to} ${attributes}>` +
    `<saml:Issuer>${issuer}</saml:Issuer>${inner}</samlp:${name}>`
  )
}

/** An authentication request, written by hand so that anything can be wrong with it. */
export const authnRequest = ({ origin }: Pick<Site, 'origin'>, parts: RequestParts = {}) =>
  head('AuthnRequest', parts, `${origin}/saml/sso`)

/** A logout request for a user. */
export const logoutRequest = (
  { origin }: Pick<Site, 'origin'>,
  nameId: string,
  parts: RequestParts & { readonly indexes?: readonly string[] } = {},
) => {
  const indexes = (parts.indexes ?? []).map((one) => `<samlp:SessionIndex>${one}</samlp:SessionIndex>`)
  const inner = `<saml:NameID>${nameId}</saml:NameID>${indexes.join('')}${parts.inner ?? ''}`
  return head('LogoutRequest', { ...parts, inner }, `${origin}/saml/slo`)
}

/** Signs the root of a document as service providers do. */
export function signed(
  xml: string,
  { privateKey, certificate }: NewSamlKey,
  changes: { digest?: string } = {},
) {
  const { rsaSha256, sha256, exclusive, enveloped } = ALGORITHMS
  const signer = new SignedXml({
    privateKey,
    publicCert: pemOf(certificate),
    signatureAlgorithm: rsaSha256,
    canonicalizationAlgorithm: exclusive,
  })
  signer.addReference({
    xpath: '/*',
    transforms: [enveloped, exclusive],
    digestAlgorithm: (changes.digest ?? sha256) as typeof sha256,
  })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
  })
  return signer.getSignedXml()
}

/** The query of a message by HTTP-Redirect, signed if there is a key. */
export function redirectQuery(
  xml: string,
  { privateKey }: Partial<NewSamlKey> = {},
  relayState?: string,
): string {
  const pairs = [
    ['SAMLRequest', deflateRawSync(xml).toString('base64')],
    ...(relayState === undefined ? [] : [['RelayState', relayState]]),
    ...(privateKey ? [['SigAlg', ALGORITHMS.rsaSha256]] : []),
  ] as const
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join('&')
  if (!privateKey) return query
  return `${query}&Signature=${encodeURIComponent(sign('sha256', Buffer.from(query), privateKey).toString('base64'))}`
}

/** Sends a form of another site, which brings no cookies with it. */
export const postFrom = (site: Pick<Site, 'app' | 'origin'>, path: string, fields: Record<string, string>) =>
  site.app.request(`${site.origin}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      origin: 'https://wiki.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      accept: 'text/html',
    },
    body: new URLSearchParams(fields).toString(),
  })

export const base64 = (xml: string): string => Buffer.from(xml).toString('base64')
