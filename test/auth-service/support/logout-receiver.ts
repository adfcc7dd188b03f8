import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose'
import { onTestFinished } from 'vitest'
import type { Service } from '../../../auth-service/src/service.ts'

/** A relying party that hears of sign-outs on a real socket, until the test ends. */
export async function openLogoutReceiver() {
  const tokens: string[] = []
  const state = { status: 200 }
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
    res.statusCode = state.status
    res.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}/logout`,
    /** The logout tokens so far. */
    tokens,
    /** How it answers from now on. */
    answer: (status: number) => {
      state.status = status
    },
    /** The claims of a logout token, verified as the standard asks. */
    async claims(
      service: Pick<Service, 'keys' | 'config'>,
      clientId: string,
      token = tokens.at(-1) ?? '',
    ): Promise<JWTPayload> {
      const keys = createLocalJWKSet(service.keys.published() as never)
      const { payload } = await jwtVerify(token, keys, {
        issuer: service.config.authUrl,
        audience: clientId,
        typ: 'logout+jwt',
        currentDate: new Date(),
      })
      return payload
    },
  }
}
