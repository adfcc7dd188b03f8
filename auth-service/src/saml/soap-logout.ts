import { fetchFor } from '@latchkey/jwt-middleware/contract'
import { NS } from '../platform/xml/saml-names.ts'
import { MAX_XML } from '../platform/xml/strict-xml.ts'
import { readLogoutAnswer } from './logout-message.ts'
import { type LogoutSubject, writeLogoutRequest } from './logout-writer.ts'
import type { SamlKey } from './saml-keys.ts'
import { signXml } from './sign-xml.ts'
import { inEnvelope, outOfEnvelope } from './soap-envelope.ts'

export interface SoapLogoutOptions {
  /** Our entity ID. */
  readonly issuer: string
  readonly key: SamlKey
  /** The address of the service provider, which an administrator chose: it may be within the network. */
  readonly url: string
  /** In seconds. */
  readonly now: number
}

/** How long a service provider may take, in ms. */
const TIMEOUT = 2_500

/** A service provider did not take a logout request. The message contains nothing that it sent but status codes. */
export class SoapLogoutError extends Error {
  override readonly name = 'SoapLogoutError'
  readonly code: 'http_status' | 'no_answer' | 'refused'

  constructor(code: SoapLogoutError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Sends a signed logout request without a browser (saml-bindings, section 3.2). The answer counts by the connection, which
 * https authenticates; a signature in it is not looked at.
 * @throws SoapLogoutError, or an error of the network
 */
export async function sendSoapLogout(
  { issuer, key, url, now }: SoapLogoutOptions,
  subject: LogoutSubject,
): Promise<void> {
  const { id, xml } = writeLogoutRequest({ issuer, destination: url, now }, subject, null)
  const answer = await fetchFor(new URL(url).origin)(url, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: SOAP_ACTION },
    body: inEnvelope(signXml(xml, key)),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  })
  if (answer.status !== 200) {
    await answer.body?.cancel()
    throw new SoapLogoutError('http_status', `The app answered ${answer.status}.`)
  }
  const root = outOfEnvelope(await textOf(answer), NS.samlp, 'LogoutResponse')
  const { inResponseTo, codes } = root ? readLogoutAnswer(root) : { inResponseTo: null, codes: [] }
  if (inResponseTo !== id) throw new SoapLogoutError('no_answer', 'The app answered something else.')
  // One that does not know the session any more has ended it.
  if (codes.includes('success') || codes.includes('unknown_principal')) return
  throw new SoapLogoutError('refused', `The app answered ${codes.join(' ') || 'an unknown status'}.`)
}

const SOAP_ACTION = '"http://www.oasis-open.org/committees/security"'

/** At most the longest document. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MAX_XML) throw new SoapLogoutError('no_answer', 'The app answered more than 64 KiB.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
