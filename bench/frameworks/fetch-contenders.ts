import { createServer, type RequestListener, type Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { auth } from '@latchkey/jwt-middleware/web'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { toNodeHandler } from 'srvx/node'
import { createLocalUsers } from '../local-users.ts'
import { COOKIE } from '../people.ts'
import {
  type CreateContender,
  emailOf,
  HTML,
  KEPT_PRIVATE,
  pageOf,
  REFUSAL,
  type Visitors,
} from './contender.ts'
import { byToken, type Claims, EXPECTED } from './jwt-cookie.ts'

type Handler = (request: Request) => Response | Promise<Response>

/** Runs a handler of the Fetch standard on node. */
export type ServeFetch = (handler: Handler) => Server

export const onHonoServer: ServeFetch = (fetch) => createAdaptorServer({ fetch }) as Server
export const onSrvx: ServeFetch = (fetch) => createServer(toNodeHandler(fetch) as RequestListener)

const answer = (email: string | undefined, more?: object): Response =>
  email === undefined
    ? new Response(REFUSAL, { status: 401 })
    : new Response(pageOf(email), { headers: { 'Content-Type': HTML, ...more } })

const by =
  (create: (visitors: Visitors) => Handler) =>
  (serve: ServeFetch): CreateContender =>
  (visitors) => ({ server: serve(create(visitors)), signIn: byToken })

export const bareFetch = by(
  ({ all }) =>
    () =>
      answer(all[0].email),
)

export const privateFetch = by(
  ({ all }) =>
    () =>
      answer(all[0].email, KEPT_PRIVATE),
)

export const latchkeyFetch = by(({ jwk, all }) =>
  auth(createLocalUsers(jwk, all.length).options).handle((_request, user) => answer(emailOf(user))),
)

/** As jose's documentation has it, with the keys at hand. */
export const joseFetch = by(({ jwk }) => {
  const keys = createLocalJWKSet({ keys: [jwk] })
  const expected = { ...EXPECTED, algorithms: ['ES256'] }
  return async (request) => {
    const token = request.headers.get('cookie')?.match(new RegExp(`(?:^|; )${COOKIE}=([^;]+)`))?.[1]
    if (token === undefined) return answer(undefined)
    const verified = await jwtVerify<Claims>(token, keys, expected).catch(() => null)
    return answer(verified?.payload.user_email)
  }
})
