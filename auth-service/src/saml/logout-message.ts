import type { Element } from '@xmldom/xmldom'
import { NS, STATUS_CODES, type StatusCode } from '../platform/xml/saml-names.ts'
import { attributeOf, childrenOf, onlyChild, textIn } from '../platform/xml/strict-xml.ts'

/** What a service provider asks to end (saml-core, section 3.7.1). */
export interface LogoutRequest {
  /** The user, as we called them; `''` if it is encrypted, or missing. */
  readonly nameId: string
  /** The sessions; empty for all of the user. */
  readonly sessionIndexes: readonly string[]
  /** In seconds. */
  readonly notOnOrAfter: number | null
}

export function readLogoutRequest(root: Element): LogoutRequest {
  const name = onlyChild(root, NS.saml, 'NameID')
  const end = attributeOf(root, 'NotOnOrAfter')
  return {
    nameId: name ? textIn(name).trim() : '',
    sessionIndexes: childrenOf(root, NS.samlp, 'SessionIndex').map((one) => textIn(one).trim()),
    notOnOrAfter: end === null ? null : Date.parse(end) / 1000,
  }
}

/** What a service provider answers to our logout request (saml-core, section 3.7.2). */
export interface LogoutAnswer {
  readonly inResponseTo: string | null
  readonly isSuccess: boolean
  /** Its status codes that we know, the outer one first. */
  readonly codes: readonly StatusCode[]
}

export function readLogoutAnswer(root: Element): LogoutAnswer {
  const status = onlyChild(root, NS.samlp, 'Status')
  const code = status && onlyChild(status, NS.samlp, 'StatusCode')
  const second = code && onlyChild(code, NS.samlp, 'StatusCode')
  const values = [code, second].map((one) => one && attributeOf(one, 'Value'))
  const known = Object.keys(STATUS_CODES) as StatusCode[]
  return {
    inResponseTo: attributeOf(root, 'InResponseTo'),
    codes: values.flatMap((value) => known.filter((name) => STATUS_CODES[name] === value)),
    isSuccess:
      code !== null &&
      attributeOf(code, 'Value') === STATUS_CODES.success &&
      (second === null || attributeOf(second, 'Value') !== STATUS_CODES.partial_logout),
  }
}
