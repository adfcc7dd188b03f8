import { fetchFor } from '@latchkey/jwt-middleware/contract'
import { DOMParser } from '@xmldom/xmldom'

/** The identity provider of the family. */
export interface IdentityProvider {
  readonly entityId: string
  readonly signIn: string
  readonly signOut: string
  /** The certificates of its metadata, as base64. Throws if it can't be reached. */
  certificates(): Promise<string[]>
}

/** How long the metadata counts, in ms: a rotation of its key then needs no restart. */
const LIFETIME = 300_000
const TIMEOUT = 5_000
const MD = 'urn:oasis:names:tc:SAML:2.0:metadata'
const DS = 'http://www.w3.org/2000/09/xmldsig#'

/** Reads the metadata at the origin of the login page: the connection to it says that it is genuine. */
export function createIdentityProvider(
  loginUrl: string,
  now: () => number,
  fetch: typeof globalThis.fetch = fetchFor(new URL(loginUrl).origin),
): IdentityProvider {
  const { origin } = new URL(loginUrl)
  const entityId = `${origin}/saml/metadata`
  let known: { readonly certificates: string[]; readonly until: number } | null = null

  async function read(): Promise<string[]> {
    const answer = await fetch(entityId, { signal: AbortSignal.timeout(TIMEOUT), redirect: 'error' })
    if (!answer.ok) throw new Error(`${entityId} answered ${answer.status}.`)
    const document = new DOMParser().parseFromString(await answer.text(), 'text/xml')
    const keys = [...document.getElementsByTagNameNS(MD, 'KeyDescriptor')]
    return keys.flatMap((key) =>
      [...key.getElementsByTagNameNS(DS, 'X509Certificate')].map((one) => one.textContent ?? ''),
    )
  }

  return {
    entityId,
    signIn: `${origin}/saml/sso`,
    signOut: `${origin}/saml/slo`,
    async certificates() {
      if (known === null || known.until <= now())
        known = { certificates: await read(), until: now() + LIFETIME }
      return known.certificates
    },
  }
}
