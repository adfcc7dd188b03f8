import { verify, X509Certificate } from 'node:crypto'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { ALGORITHMS } from '../platform/xml/saml-names.ts'

/** Why a query of the HTTP-Redirect binding is refused. */
export type RedirectProblem = 'malformed_query' | 'weak_algorithm' | 'bad_signature'

/** The query of a message by HTTP-Redirect (saml-bindings, section 3.4.4). */
export interface RedirectQuery {
  readonly parameter: 'SAMLRequest' | 'SAMLResponse'
  /** Base64. */
  readonly message: string
  readonly relayState: string | null
  readonly signature: { readonly algorithm: string; readonly value: string } | null
  /** What the signature is over: the parameters as they were sent, in the order of the binding. */
  readonly signedText: string
}

const NAMES = ['SAMLRequest', 'SAMLResponse', 'RelayState', 'SigAlg', 'Signature', 'SAMLEncoding'] as const
type Name = (typeof NAMES)[number]

/**
 * Reads the query as it was sent. Service providers encode it differently, and sign it as they encoded it, so that
 * nothing is decoded and encoded again. A parameter twice is refused. `null` if there is no message.
 */
export function readRedirectQuery(rawQuery: string): Result<RedirectQuery | null, RedirectProblem> {
  const raw = new Map<Name, string>()
  for (const part of rawQuery.replace(/^\?/, '').split('&')) {
    const at = part.indexOf('=')
    const name = at < 0 ? part : part.slice(0, at)
    const known = NAMES.find((one) => one === name)
    // Written in another way, it would be read here, and not be what was signed.
    if (!known && NAMES.some((one) => one === decoded(name))) return failure('malformed_query')
    if (!known) continue
    if (raw.has(known)) return failure('malformed_query')
    raw.set(known, at < 0 ? '' : part.slice(at + 1))
  }
  const sent = (['SAMLRequest', 'SAMLResponse'] as const).filter((name) => raw.has(name))
  const [parameter] = sent
  if (!parameter) return success(null)
  const values = new Map([...raw].map(([name, value]) => [name, decoded(value)]))
  const encoding = values.get('SAMLEncoding')
  const isKnown =
    encoding === undefined || encoding === 'urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE'
  if (sent.length > 1 || !isKnown || [...values.values()].includes(null)) return failure('malformed_query')
  const [algorithm, value] = [values.get('SigAlg'), values.get('Signature')]
  if ((algorithm === undefined) !== (value === undefined)) return failure('malformed_query')
  const signed = [parameter, 'RelayState', 'SigAlg'] as const
  return success({
    parameter,
    message: values.get(parameter) ?? '',
    relayState: values.get('RelayState') ?? null,
    signature: algorithm && value ? { algorithm, value } : null,
    signedText: signed.flatMap((name) => (raw.has(name) ? [`${name}=${raw.get(name)}`] : [])).join('&'),
  })
}

/** `null` if it is not percent-encoded UTF-8. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return null
  }
}

const HASHES: Readonly<Record<string, string>> = {
  [ALGORITHMS.rsaSha256]: 'sha256',
  [ALGORITHMS.rsaSha384]: 'sha384',
  [ALGORITHMS.rsaSha512]: 'sha512',
}

/** Verifies the signature over the query by one of these certificates (saml-bindings, section 3.4.4.1). */
export function verifyRedirect(
  { signature, signedText }: RedirectQuery,
  certificates: readonly string[],
): Result<true, RedirectProblem> {
  if (signature === null) return failure('bad_signature')
  const hash = HASHES[signature.algorithm]
  if (hash === undefined) return failure('weak_algorithm')
  const bytes = Buffer.from(signature.value.replace(/\s+/g, ''), 'base64')
  const isValid = certificates.some((base64) => {
    const { publicKey } = new X509Certificate(Buffer.from(base64, 'base64'))
    return verify(hash, Buffer.from(signedText), publicKey, bytes)
  })
  return isValid ? success(true) : failure('bad_signature')
}
