import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { auth } from '@latchkey/jwt-middleware/hono'
import { getCookieCache } from 'better-auth/cookies'
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { jwt } from 'hono/jwt'
import { getIronSession } from 'iron-session'
import { type CryptoKey, importJWK } from 'jose'
import { createLocalUsers } from '../local-users.ts'
import { COOKIE } from '../people.ts'
import { AUTH_JS, authJsOnHono, byAuthJs } from './auth-js.ts'
import { createSessions, type SessionPlace } from './better-auth-sessions.ts'
import {
  type Contender,
  type CreateContender,
  emailOf,
  KEPT_PRIVATE,
  PATH,
  pageOf,
  REFUSAL,
} from './contender.ts'
import { byIronSession, IRON_SESSION, type IronData } from './iron-cookie.ts'
import { byToken, byUntypedToken, type Claims, EXPECTED } from './jwt-cookie.ts'

const serve = (app: Hono, signIn: Contender['signIn']): Contender => ({
  server: createAdaptorServer({ fetch: app.fetch }) as Server,
  signIn,
})

const answer = (c: Context, email: string | undefined) =>
  email === undefined ? c.text(REFUSAL, 401) : c.html(pageOf(email))

export const bareHono: CreateContender = ({ all }) => {
  const app = new Hono()
  app.get(PATH, (c) => c.html(pageOf(all[0].email)))
  return serve(app, byToken)
}

export const privateHono: CreateContender = ({ all }) => {
  const app = new Hono()
  app.get(PATH, (c) => {
    c.header('Cache-Control', KEPT_PRIVATE['Cache-Control'])
    c.header('Vary', KEPT_PRIVATE.Vary)
    return c.html(pageOf(all[0].email))
  })
  return serve(app, byToken)
}

export const latchkeyHono: CreateContender = ({ jwk, all }) => {
  const app = new Hono()
  app.use(auth(createLocalUsers(jwk, all.length).options))
  app.get(PATH, (c) => answer(c, emailOf(c.get('user'))))
  return serve(app, byToken)
}

export const honoJwt: CreateContender = async ({ jwk }) => {
  const app = new Hono()
  // A CryptoKey is the fastest option; any other key is imported again for each request.
  const secret = (await importJWK(jwk, 'ES256')) as CryptoKey
  const verification = { iss: EXPECTED.issuer, aud: EXPECTED.audience }
  app.use(jwt({ secret, alg: 'ES256', cookie: COOKIE, verification }))
  app.get(PATH, (c) => answer(c, (c.get('jwtPayload') as Claims).user_email))
  return serve(app, byUntypedToken)
}

export const ironHono: CreateContender = () => {
  const app = new Hono()
  app.get(PATH, async (c) => {
    const session = await getIronSession<IronData>(
      {
        read: (name) => getCookie(c, name),
        write: (name, value, options) => setCookie(c, name, value, options as never),
      },
      IRON_SESSION,
    )
    return answer(c, session.email)
  })
  return serve(app, byIronSession)
}

/** As better-auth's documentation of Hono has it. */
export const betterAuthHono =
  (place: SessionPlace): CreateContender =>
  async () => {
    const { auth, signIn } = await createSessions(place)
    const app = new Hono<{ Variables: { session: Awaited<ReturnType<typeof auth.api.getSession>> } }>()
    app.use(async (c, next) => {
      c.set('session', await auth.api.getSession({ headers: c.req.raw.headers }))
      await next()
    })
    app.get(PATH, (c) => answer(c, c.get('session')?.user.email))
    return serve(app as never, signIn)
  }

/** Another app of the family, with the public keys alone: better-auth's asymmetric cookie is made for it. */
export const betterAuthElsewhere: CreateContender = async () => {
  const { auth, signIn } = await createSessions('asymmetric cookie')
  let jwks: Awaited<ReturnType<typeof readKeys>> | undefined
  const readKeys = () => (auth.api as never as { getJwks(): Promise<{ keys: object[] }> }).getJwks()
  const app = new Hono()
  app.get(PATH, async (c) => {
    jwks ??= await readKeys()
    const session = await getCookieCache(c.req.raw, {
      strategy: 'jwt',
      isSecure: false,
      jwt: { jwks },
    } as never)
    return answer(c, session?.user.email)
  })
  // The other cookie is for the app that has the database.
  return serve(app, async (visitor) => {
    const own = (await signIn(visitor)).split('; ')
    return own.find((cookie) => cookie.startsWith('better-auth.session_data=')) ?? ''
  })
}

export const authJsHono: CreateContender = async () => {
  const { initAuthConfig, verifyAuth } = await authJsOnHono()
  const app = new Hono()
  app.use(initAuthConfig(() => ({ ...AUTH_JS })))
  app.get(PATH, verifyAuth(), (c) => answer(c, c.get('authUser').session.user?.email))
  return serve(app, byAuthJs)
}
