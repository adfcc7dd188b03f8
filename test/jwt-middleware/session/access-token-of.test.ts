import { createAuthCore } from '@latchkey/jwt-middleware'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { revocationSource } from '../../support/revocation-source.ts'
import {
  APP,
  accessPayload,
  ISSUER,
  jwksResponse,
  NOW,
  recordingLogger,
  type TestKey,
  testKey,
} from '../../support/tokens.ts'

let key: TestKey
beforeAll(async () => {
  key = await testKey('key-1')
})

/** The token that identified the user of a request with these headers. */
async function tokenFor(headers: Record<string, string>): Promise<string | null> {
  const auth = createAuthCore({
    loginUrl: `${ISSUER}/login`,
    ownUrl: APP,
    log: recordingLogger(),
    now: () => NOW * 1000,
    fetch: async () => jwksResponse(key),
    revocations: revocationSource(),
  })
  onTestFinished(() => auth.close())
  const request = { method: 'GET', target: '/', header: (name: string) => headers[name] }
  const { user } = await auth.authenticate(request)
  if (!user.isAuthenticated) throw new Error(`anonymous: ${user.reason}`)
  return auth.accessTokenOf(user)
}

const access = (changes: Record<string, unknown> = {}) => key.sign(accessPayload(changes))

it('accessTokenOf() returns the token of a cookie, or that of a program', async () => {
  const token = access()
  expect(await tokenFor({ cookie: `jwt.access=${token}` })).toBe(token)
  expect(await tokenFor({ authorization: `Bearer ${token}` })).toBe(token)
})

it('of several cookies of one name, it is the one that counts', async () => {
  const [expired, good] = [access({ iat: NOW - 900, exp: NOW - 600 }), access()]
  for (const tokens of [
    [expired, good],
    [good, expired],
    [`${good}x`, good],
  ]) {
    const cookie = tokens.map((token) => `jwt.access=${token}`).join('; ')
    expect(await tokenFor({ cookie })).toBe(good)
  }
})
