import { type Profile, SAML, ValidateInResponseTo } from '@node-saml/node-saml'
import type { IdentityProvider } from './family.ts'
import { messageIn, sessionIndexesIn } from './logout-request.ts'
import type { SignIns, Visitor } from './sign-ins.ts'

export interface ServiceProviderOptions {
  readonly ownUrl: string
  readonly idp: IdentityProvider
  readonly signIns: SignIns
  /** With which this app signs, as PEM. */
  readonly privateKey: string
  readonly certificate: string
  readonly now: () => number
}

/** The user that an assertion describes. */
export interface SignedIn {
  readonly visitor: Visitor
  /** When the family's session ends unless it is used, in seconds. */
  readonly until: number
}

/** The user and the sessions of a verified logout request. */
export interface LogoutRequest {
  readonly id: string
  readonly nameId: string
  readonly sessionIndexes: readonly string[]
  /** The address that takes the answer to the family. */
  answer(relayState: string, isDone: boolean): Promise<string>
}

export type ServiceProvider = ReturnType<typeof createServiceProvider>

/** SAML by node-saml, with the checks that it leaves to its users. Everything that is not valid throws. */
export function createServiceProvider(options: ServiceProviderOptions) {
  const { ownUrl, idp, signIns, privateKey, certificate, now } = options
  const acsUrl = `${ownUrl}/saml/acs`
  const saml = new SAML({
    issuer: ownUrl,
    audience: ownUrl,
    callbackUrl: acsUrl,
    logoutCallbackUrl: `${ownUrl}/saml/slo`,
    entryPoint: idp.signIn,
    logoutUrl: idp.signOut,
    idpIssuer: idp.entityId,
    idpCert: (done) => void idp.certificates().then((list) => done(null, list), done),
    privateKey,
    publicCert: certificate,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
    disableRequestedAuthnContext: true,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    // The account page of the family may begin a sign-in, too.
    validateInResponseTo: ValidateInResponseTo.ifPresent,
    cacheProvider: signIns.requests,
    // For differences between clocks.
    acceptedClockSkewMs: 30_000,
  })

  const requestOf = (profile: Profile | null, xml: string): LogoutRequest => {
    if (!profile?.ID) throw new Error('This is not a logout request.')
    const { ID: id, nameID: nameId } = profile
    return {
      id,
      nameId,
      sessionIndexes: sessionIndexesIn(xml),
      answer: (relayState, isDone) => saml.getLogoutResponseUrlAsync(profile, relayState, {}, isDone),
    }
  }

  return {
    /** Where a sign-in begins. */
    signInUrl: () => saml.getAuthorizeUrlAsync('', undefined, {}),

    async receive(message: string): Promise<SignedIn> {
      const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: message })
      if (!profile) throw new Error('The answer describes no user.')
      const { id, recipient, until } = factsOf(profile)
      // node-saml compares neither with what came before.
      if (recipient !== acsUrl) throw new Error(`The assertion is for ${recipient}.`)
      if (!signIns.useOnce(id, Math.floor(now() / 1000) + ASSERTION_LIFETIME))
        throw new Error('The assertion was used before.')
      return { visitor: visitorOf(profile), until }
    },

    /** Where the browser goes to sign the user out of the family. */
    signOutUrl: ({ nameId, nameIdFormat, sessionIndex }: Visitor) =>
      saml.getLogoutUrlAsync(
        { issuer: idp.entityId, nameID: nameId, nameIDFormat: nameIdFormat, sessionIndex },
        '',
        {},
      ),

    /** Takes a logout request, or the answer to ours (`null`), from an address. */
    async receiveLogout(query: string): Promise<LogoutRequest | null> {
      const fields = fieldsOf(query)
      const { profile } = await saml.validateRedirectAsync(fields, query)
      if (!fields.SAMLRequest) return null
      const { inflateRawSync } = await import('node:zlib')
      return requestOf(profile, inflateRawSync(Buffer.from(fields.SAMLRequest, 'base64')).toString())
    },

    /** Takes a logout request that the family sends itself, without a browser. */
    async receiveSoap(envelope: string): Promise<LogoutRequest> {
      const xml = messageIn(envelope)
      if (xml === null) throw new Error('The envelope contains no message.')
      const SAMLRequest = Buffer.from(xml).toString('base64')
      const { profile } = await saml.validatePostRequestAsync({ SAMLRequest })
      return requestOf(profile, xml)
    },

    metadata: () => saml.generateServiceProviderMetadata(null, certificate),
  }
}

/** How long an assertion is remembered, in seconds: longer than any can be used. */
const ASSERTION_LIFETIME = 86_400

/** What node-saml does not look at. */
function factsOf(profile: Profile) {
  const { Assertion = {} } = (profile.getAssertion?.() ?? {}) as { Assertion?: Parsed }
  const confirmation = Assertion.Subject?.[0]?.SubjectConfirmation?.[0]?.SubjectConfirmationData?.[0]?.$
  const end = Assertion.AuthnStatement?.[0]?.$?.SessionNotOnOrAfter
  return {
    id: Assertion.$?.ID ?? '',
    recipient: confirmation?.Recipient,
    until: Math.floor(Date.parse(end ?? '') / 1000),
  }
}

/** An element as node-saml reads it. */
interface Parsed {
  readonly $?: Readonly<Record<string, string>>
  readonly Subject?: readonly Parsed[]
  readonly SubjectConfirmation?: readonly Parsed[]
  readonly SubjectConfirmationData?: readonly Parsed[]
  readonly AuthnStatement?: readonly Parsed[]
}

function visitorOf(profile: Profile): Visitor {
  const all = (name: string) => [profile[name] ?? []].flat().map(String)
  const [email = ''] = all('urn:oid:0.9.2342.19200300.100.1.3')
  const [name = ''] = all('urn:oid:2.16.840.1.113730.3.1.241')
  return {
    nameId: profile.nameID,
    nameIdFormat: profile.nameIDFormat,
    sessionIndex: profile.sessionIndex ?? '',
    email,
    name,
    groups: all('urn:oid:1.3.6.1.4.1.5923.1.5.1.1'),
  }
}

/**
 * The fields of a signed address. node-saml takes one without a signature, and finds the signed fields by a part of their
 * name, so that each must be there once, and nothing else.
 */
function fieldsOf(query: string): Record<string, string> {
  const pairs = [...new URLSearchParams(query)]
  const fields = Object.fromEntries(pairs)
  const names = Object.keys(fields)
  const isOne = (fields.SAMLRequest === undefined) !== (fields.SAMLResponse === undefined)
  const known = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature']
  if (
    !isOne ||
    !fields.Signature ||
    names.length !== pairs.length ||
    names.some((name) => !known.includes(name))
  )
    throw new Error('The address contains no signed message.')
  return fields
}
