import { createPrivateKey, randomUUID, sign } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'

export const ISSUER = 'http://auth.bench.localhost'
export const OWN_URL = 'http://app.bench.localhost'
export const COOKIE = 'jwt.access'

/** Without an auth service there is no feed. */
export const NO_REVOCATIONS = {
  since: async () => ({ last: 0, entries: [] }),
  subscribe: () => () => {},
}

/** Other cookies that a browser sends, with a realistic size. */
const COMPANY = `theme=dark; _ga=GA1.1.${'1234567890'.repeat(4)}; consent=${'a1b2c3d4'.repeat(80)}; ${'x'.repeat(40)}=1`

/** The length of an access token in its cookie. */
const TOKEN_LENGTH = 680

/** The uuid of the user with this number, from 0. */
export const uuidOf = (person: number): string =>
  `00000000-0000-4000-8000-${String(person).padStart(12, '0')}`

/** The address of the user with this number. */
export const addressOf = (person: number): string => `person-${person}@example.com`

/** The `Cookie` header of a browser with these cookies of ours. Shorter ones come in longer company. */
export function besideOthers(own: string): string {
  const missing = TOKEN_LENGTH - own.length - '; more='.length
  return `${COMPANY}${missing > 0 ? `; more=${'y'.repeat(missing)}` : ''}; ${own}`
}

/** A public key, and access tokens of users who are signed in for an hour. */
export async function createIssuer() {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const key = createPrivateKey({ key: (await exportJWK(pair.privateKey)) as never, format: 'jwk' })
  const kid = 'bench-1'
  const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
  const iat = Math.floor(Date.now() / 1000)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  function issue(person: number, typ = 'at+jwt'): string {
    const uuid = uuidOf(person)
    const claims = {
      iss: ISSUER,
      aud: 'bench.localhost',
      sub: uuid,
      user_uuid: uuid,
      user_email: addressOf(person),
      user_first_name: 'Ada',
      user_last_name: 'Lovelace',
      user_is_staff: false,
      user_is_superuser: false,
      sid: randomUUID(),
      jti: randomUUID(),
      iat,
      exp: iat + 3600,
      token_type: 'access',
    }
    const input = `${encode({ alg: 'ES256', kid, typ })}.${encode(claims)}`
    const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
    return `${input}.${signature.toString('base64url')}`
  }
  return { jwk, issue }
}

/** A public key, and the `Cookie` headers of users who are signed in for an hour. */
export async function signIn(people: number, typ?: string) {
  const { jwk, issue } = await createIssuer()
  const cookies = Array.from({ length: people }, (_, i) => besideOthers(`${COOKIE}=${issue(i, typ)}`))
  return { jwk, cookies }
}
