import { sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { SloBinding } from '../apps/service-provider-input.ts'
import { ALGORITHMS } from '../platform/xml/saml-names.ts'
import type { SamlKey } from './saml-keys.ts'
import { signXml } from './sign-xml.ts'

/** How the browser brings a message: by an address, or by a form with these fields. */
export type Sending =
  | { readonly to: string }
  | { readonly action: string; readonly fields: Readonly<Record<string, string>> }

export type Parameter = 'SAMLRequest' | 'SAMLResponse'

interface Outgoing {
  readonly parameter: Parameter
  readonly xml: string
  readonly destination: string
  readonly relayState: string | null
}

/** Signs a message and sends it by this binding. */
export const sendMessage = (binding: SloBinding, outgoing: Outgoing, key: SamlKey): Sending =>
  binding === 'redirect'
    ? byRedirect(outgoing, key)
    : byForm({ ...outgoing, xml: signXml(outgoing.xml, key) })

/** The HTTP-POST binding (saml-bindings, section 3.5.4), for a message that is signed. */
export const byForm = ({ parameter, xml, destination, relayState }: Outgoing): Sending => ({
  action: destination,
  fields: {
    [parameter]: Buffer.from(xml).toString('base64'),
    ...(relayState !== null && { RelayState: relayState }),
  },
})

/** The HTTP-Redirect binding (section 3.4.4.1): the signature is over the query as it is sent. */
function byRedirect({ parameter, xml, destination, relayState }: Outgoing, { privateKey }: SamlKey): Sending {
  const pairs = [
    [parameter, deflateRawSync(xml).toString('base64')],
    ...(relayState === null ? [] : [['RelayState', relayState]]),
    ['SigAlg', ALGORITHMS.rsaSha256],
  ] as const
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`).join('&')
  const signature = sign('sha256', Buffer.from(query), privateKey).toString('base64')
  const separator = destination.includes('?') ? '&' : '?'
  return { to: `${destination}${separator}${query}&Signature=${encodeURIComponent(signature)}` }
}
