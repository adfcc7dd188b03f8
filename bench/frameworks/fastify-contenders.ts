import cookie from '@fastify/cookie'
import fastifyJwt from '@fastify/jwt'
import { auth } from '@latchkey/jwt-middleware/fastify'
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify'
import { createLocalUsers } from '../local-users.ts'
import { COOKIE } from '../people.ts'
import {
  type Contender,
  type CreateContender,
  emailOf,
  HTML,
  KEPT_PRIVATE,
  PATH,
  pageOf,
  REFUSAL,
} from './contender.ts'
import { byToken, type Claims, EXPECTED, publicKeyOf } from './jwt-cookie.ts'

async function serve(app: FastifyInstance): Promise<Contender> {
  await app.ready()
  return { server: app.server, signIn: byToken }
}

const answer = (reply: FastifyReply, email: string | undefined) =>
  email === undefined ? reply.code(401).send(REFUSAL) : reply.header('Content-Type', HTML).send(pageOf(email))

export const bareFastify: CreateContender = ({ all }) => {
  const app = fastify()
  app.get(PATH, (_request, reply) => answer(reply, all[0].email))
  return serve(app)
}

export const privateFastify: CreateContender = ({ all }) => {
  const app = fastify()
  app.get(PATH, (_request, reply) => answer(reply.headers(KEPT_PRIVATE), all[0].email))
  return serve(app)
}

export const latchkeyFastify: CreateContender = ({ jwk, all }) => {
  const app = fastify()
  app.register(auth(createLocalUsers(jwk, all.length).options))
  app.get(PATH, (request, reply) => answer(reply, emailOf(request.user)))
  return serve(app)
}

/** As @fastify/jwt's documentation has it for cookies, with the options of its verifier. */
export const fastifyJwtWith =
  (cache: object): CreateContender =>
  (visitors) => {
    const app = fastify()
    app.register(fastifyJwt, {
      secret: { public: publicKeyOf(visitors).export({ type: 'spki', format: 'pem' }).toString() },
      cookie: { cookieName: COOKIE, signed: false },
      verify: { algorithms: ['ES256'], allowedIss: EXPECTED.issuer, allowedAud: EXPECTED.audience, ...cache },
    })
    app.register(cookie)
    app.addHook('onRequest', (request) => request.jwtVerify())
    app.get(PATH, (request, reply) => answer(reply, (request.user as never as Claims).user_email))
    return serve(app)
  }
