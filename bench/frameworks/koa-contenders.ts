import { createServer } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/koa'
import Koa, { type Context } from 'koa'
import jwt from 'koa-jwt'
import { createLocalUsers } from '../local-users.ts'
import { COOKIE } from '../people.ts'
import { type Contender, type CreateContender, emailOf, KEPT_PRIVATE, pageOf, REFUSAL } from './contender.ts'
import { byToken, type Claims, EXPECTED, publicKeyOf } from './jwt-cookie.ts'

const serve = (app: Koa): Contender => ({ server: createServer(app.callback()), signIn: byToken })

function answer(ctx: Context, email: string | undefined): void {
  if (email === undefined) ctx.status = 401
  ctx.body = email === undefined ? REFUSAL : pageOf(email)
}

export const bareKoa: CreateContender = ({ all }) => {
  const app = new Koa()
  app.use((ctx) => answer(ctx, all[0].email))
  return serve(app)
}

export const privateKoa: CreateContender = ({ all }) => {
  const app = new Koa()
  app.use((ctx) => {
    ctx.set(KEPT_PRIVATE)
    answer(ctx, all[0].email)
  })
  return serve(app)
}

export const latchkeyKoa: CreateContender = ({ jwk, all }) => {
  const app = new Koa()
  app.use(auth(createLocalUsers(jwk, all.length).options))
  app.use((ctx) => answer(ctx, emailOf(ctx.state.user)))
  return serve(app)
}

export const koaJwt: CreateContender = (visitors) => {
  const app = new Koa()
  // Text would be parsed again for each request.
  const secret = publicKeyOf(visitors) as never
  app.use(jwt({ secret, algorithms: ['ES256'], cookie: COOKIE, ...EXPECTED }))
  app.use((ctx) => answer(ctx, (ctx.state.user as never as Claims).user_email))
  return serve(app)
}
