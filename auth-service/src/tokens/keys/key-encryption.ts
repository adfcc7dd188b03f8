import { type KeyObject, randomBytes } from 'node:crypto'
import { type PublicJwk, readPublicJwk, type SigningAlgorithm } from '@latchkey/jwt-middleware/contract'
import { unixTime } from '../../platform/clock.ts'
import { type Config, ConfigError } from '../../platform/config/config.ts'
import { createEncryption } from '../../platform/crypto/encryption.ts'
import { exportPrivateKey, generateKey, importPrivateKey, publicJwk } from '../../platform/crypto/jws.ts'
import type { Database } from '../../platform/database/database.ts'

/** A stored signing key: `next`, `current` or `retiring`; times in seconds. */
export type KeyRow = Database['signingKeys']['$inferSelect']

export interface SigningKey {
  readonly kid: string
  readonly alg: SigningAlgorithm
  readonly key: KeyObject
}

/** Creates signing keys, and encrypts their private parts. */
export interface KeyEncryption {
  /** A new key of SIGNING_ALG in state `next`. */
  make(): KeyRow
  /** @throws ConfigError if neither SECRET_KEY nor a fallback decrypts it */
  open(row: KeyRow): SigningKey
  /** Its private part, encrypted again with SECRET_KEY; `null` if it already is. Throws like {@link open}. */
  reencrypt(row: KeyRow): string | null
}

/** Characters of a key's id (`kid`). */
export const KID_LENGTH = 12

export type KeyEncryptionConfig = Pick<Config, 'secretKey' | 'secretKeyFallbacks' | 'signingAlg'>

export function createKeyEncryption(config: KeyEncryptionConfig, now: () => number): KeyEncryption {
  const encryption = createEncryption(config, 'signingKeys')

  function open({ kid, alg, privateKey }: KeyRow): SigningKey {
    const der = encryption.decrypt(privateKey, kid)
    if (der) return { kid, alg, key: importPrivateKey(der) }
    throw new ConfigError([
      "SECRET_KEY can't decrypt the signing keys in this database. Start with the SECRET_KEY that encrypted them, " +
        'or add it to SECRET_KEY_FALLBACKS. If it is lost, empty the table signing_keys: new keys are created, and ' +
        'all users must sign in again',
    ])
  }

  return {
    make() {
      const key = generateKey(config.signingAlg)
      // A command would read an id with a leading dash as an option.
      const kid = randomBytes((KID_LENGTH * 3) / 4)
        .toString('base64url')
        .replace(/^-/, '_')
      const at = unixTime(now)
      return {
        kid,
        alg: config.signingAlg,
        state: 'next',
        publicJwk: JSON.stringify(publicJwk(key)),
        privateKey: encryption.encrypt(exportPrivateKey(key), kid),
        createdAt: at,
        changedAt: at,
      }
    },
    open,
    reencrypt(row) {
      open(row)
      return encryption.reencrypt(row.privateKey, row.kid)
    },
  }
}

/** The published public half of a stored key. */
export function publishedKey({ kid, alg, publicJwk }: KeyRow): PublicJwk {
  const jwk = readPublicJwk({ ...JSON.parse(publicJwk), kid, alg })
  if (!jwk) throw new Error(`The signing key ${kid} in the database can not be read.`)
  return jwk
}
