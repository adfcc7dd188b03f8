import type { Element } from '@xmldom/xmldom'
import { NS } from '../platform/xml/saml-names.ts'
import { attributeOf, childrenOf, onlyChild, textIn } from '../platform/xml/strict-xml.ts'

/** What an authentication request asks for (saml-core, section 3.4.1). */
export interface AuthnRequest {
  /** Where the answer goes: one of the two, or the default. */
  readonly consumerUrl: string | null
  readonly consumerIndex: string | null
  readonly protocolBinding: string | null
  readonly forceAuthn: boolean
  readonly isPassive: boolean
  /** The URN of the format of names; `null` for any. */
  readonly nameIdFormat: string | null
  readonly spNameQualifier: string | null
  /** The name of the user that it is about; `null` for any. */
  readonly subject: string | null
  readonly context: RequestedContext | null
}

/** How the user must have signed in (saml-core, section 3.3.2.2.1). */
export interface RequestedContext {
  readonly comparison: string
  readonly classes: readonly string[]
}

export function readAuthnRequest(root: Element): AuthnRequest {
  const policy = onlyChild(root, NS.samlp, 'NameIDPolicy')
  const subject = onlyChild(root, NS.saml, 'Subject')
  const name = subject && onlyChild(subject, NS.saml, 'NameID')
  const context = onlyChild(root, NS.samlp, 'RequestedAuthnContext')
  return {
    consumerUrl: attributeOf(root, 'AssertionConsumerServiceURL'),
    consumerIndex: attributeOf(root, 'AssertionConsumerServiceIndex'),
    protocolBinding: attributeOf(root, 'ProtocolBinding'),
    forceAuthn: isTrue(attributeOf(root, 'ForceAuthn')),
    isPassive: isTrue(attributeOf(root, 'IsPassive')),
    nameIdFormat: policy && attributeOf(policy, 'Format'),
    spNameQualifier: policy && attributeOf(policy, 'SPNameQualifier'),
    subject: subject && (name ? textIn(name).trim() : ''),
    context: context && {
      comparison: attributeOf(context, 'Comparison') ?? 'exact',
      classes: childrenOf(context, NS.saml, 'AuthnContextClassRef').map((one) => textIn(one).trim()),
    },
  }
}

/** `xs:boolean` (XML Schema 1, part 2, section 3.2.2). */
const isTrue = (value: string | null): boolean => value === 'true' || value === '1'
