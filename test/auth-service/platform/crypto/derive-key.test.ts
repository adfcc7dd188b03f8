import { describe, expect, it } from 'vitest'
import { deriveKey, type KeyPurpose } from '../../../../auth-service/src/platform/crypto/derive-key.ts'
import { createEncryption } from '../../../../auth-service/src/platform/crypto/encryption.ts'
import { createKeyedHash } from '../../../../auth-service/src/platform/crypto/keyed-hash.ts'
import { isOperatorProof } from '../../../../auth-service/src/platform/crypto/operator-proof.ts'

const SECRET_KEY = 'a secret of thirty-two characters'

// Recorded before the derivations were combined in one file. Databases and browsers hold data encrypted with these
// keys.
const KEYS: Record<KeyPurpose, string> = {
  csrf: '7e9ba974898e57a186a0fc99b7539825928bf8486cdd7d230920a1a27fdca09b',
  redirectCounter: '5c62fe5573c33b39c041d11aa81f60d56e356a0ff59c63caafb85507f43e62d1',
  operatorProof: 'e6eb80fb4a37630d1fd51519da6ffe70393f60de9d1528c67f444541df975506',
  siteProof: 'ed7f71793c5a417415bbefcb7b65d1cdee1db14ff34c21297e0f1e6b78e2362c',
  messageIds: '0baf2f854d72190b92f7d0da91cbc8c34db4a8865e29ffd9db4e7b775410f884',
  requestLog: '39d7547dbc93d209bcdc3928a45b44715eadb876c50ad73486f8ff90fad1f167',
  rateLimits: '4b5749a115d14f5b00c02a851bb0de558fae9040f43a01e141da3d10769ac7cc',
  dummyHash: '9d35a56ead609a96cdda8e3c0751e69b53ddb29eb4014d23e5ca8d01b667fd45',
  knownDevices: 'a7e1984a31afc046a62330d30a27a3e66ede2682ee00870c527ab5723b84b84b',
  formAnswerIds: 'dbe8f26e18ee6bba0ecdfc199782261643a5999582e4fc291792a52d5178d406',
  formAnswers: 'abbb8e86476b2c3159a520e280607ad0f9bacb0f2418c60ac33f95cc91e1967c',
  mails: '34d8018a2e312fd056e6efae91c6ad2d44fd13f37efab9b62877c63a4197de94',
  magicLink: 'bf0c2f86f86aaded3bbfbe225b2d23fe108d4527a1f2820a1589f102fe9538e0',
  carriedForm: '20376844334a0e2e53919910cec119cc89c2be6c7108ecc05e05808e446e1cfc',
  flash: '6ee6a5fdc52211ecd0500947d56fb1c4a135550bbf222c5a841cb8ffd08ec1e3',
  oidcCookies: 'fa5bfb9ed58b3d6e44b3aedc6ed05c0c8aefcf11a1b33165b618ad4c3cd77fa4',
  oidcRefreshTokens: '5dfe4c4b301c1b2bfa6a2d70e1ece933229a61e2850423c1416e4f7ce5772b88',
  oidcSessionIds: '3e0684130fd6cf049483e25c3bd6af76338c522c32beb9c71f911f60e374188c',
  samlKeys: '5e0af9cf71a03196da06fb32f8845858f63b72fc8accb120fa97e7b0bbbbf40c',
  samlSessionIds: 'b783d2369ee79b1d8ac245e5eaea9fe5ec5d3bd414b72dce461c5b3022e3169d',
  signingKeys: '364678ec64cde444e07317c4417fb14c54d48dd91fa444158713ea243bd8d903',
}

describe('keys derived from SECRET_KEY', () => {
  it.each(Object.entries(KEYS))('never change: %s', (purpose, key) => {
    expect(deriveKey(SECRET_KEY, purpose as KeyPurpose).toString('hex')).toBe(key)
  })

  it('still decrypt a stored signing key', () => {
    const { decrypt } = createEncryption({ secretKey: SECRET_KEY, secretKeyFallbacks: [] }, 'signingKeys')
    const stored = 'v1.fS9FTW4JGwAKQcJI.eokMOZmQ1S2ucIXfoQ.ms5TPb8D_pJPTyTh4siwQw'
    expect(decrypt(stored, 'kid-1')?.toString()).toBe('a private key')
  })

  it('still give the same keyed hashes and proofs', () => {
    expect(createKeyedHash(SECRET_KEY, 'knownDevices')('uuid').toString('hex')).toBe(
      '4702cf6e6e7cae1b89876b05128e015ee6e365433186c1f52cabe5d8e87677e1',
    )
    const proof = '1700000000.hVSNZkG_Y-dAZW55EdgJEeMczvB8mH6GgQqWqN_jt7A'
    expect(
      isOperatorProof(proof, { secretKey: SECRET_KEY, secretKeyFallbacks: [] }, () => 1_700_000_000_000),
    ).toBe(true)
  })
})
