import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { auth } from '@latchkey/jwt-middleware/express'
import Database from 'better-sqlite3'
import cookieParser from 'cookie-parser'
import express, { type ErrorRequestHandler, type Express, type Response } from 'express'
import { expressjwt } from 'express-jwt'
import session from 'express-session'
import { createLocalUsers } from '../local-users.ts'
import { COOKIE } from '../people.ts'
import { AUTH_JS, authJsOnExpress, byAuthJs } from './auth-js.ts'
import {
  type Contender,
  type CreateContender,
  cookiesOf,
  emailOf,
  KEPT_PRIVATE,
  PATH,
  pageOf,
  REFUSAL,
} from './contender.ts'
import { byToken, type Claims, EXPECTED, publicKeyOf } from './jwt-cookie.ts'

declare module 'express-session' {
  interface SessionData {
    email: string
  }
}

const serve = (app: Express, signIn: Contender['signIn']): Contender => ({
  server: createServer(app),
  signIn,
})

function answer(res: Response, email: string | undefined): void {
  if (email === undefined) res.status(401).send(REFUSAL)
  else res.send(pageOf(email))
}

export const bareExpress: CreateContender = ({ all }) => {
  const app = express()
  app.get(PATH, (_req, res) => answer(res, all[0].email))
  return serve(app, byToken)
}

export const privateExpress: CreateContender = ({ all }) => {
  const app = express()
  app.get(PATH, (_req, res) => {
    res.set(KEPT_PRIVATE)
    answer(res, all[0].email)
  })
  return serve(app, byToken)
}

export const latchkeyExpress: CreateContender = ({ jwk, all }) => {
  const app = express()
  app.use(auth(createLocalUsers(jwk, all.length).options))
  app.get(PATH, (req, res) => answer(res, emailOf(req.user)))
  return serve(app, byToken)
}

export const expressJwt: CreateContender = (visitors) => {
  const app = express()
  app.use(cookieParser())
  app.use(
    expressjwt({
      // Text would be parsed again for each request.
      secret: publicKeyOf(visitors),
      algorithms: ['ES256'],
      ...EXPECTED,
      getToken: (req) => req.cookies[COOKIE],
    }),
  )
  app.get(PATH, (req, res) => answer(res, (req.auth as never as Claims).user_email))
  const refuse: ErrorRequestHandler = (_error, _req, res, _next) => answer(res, undefined)
  app.use(refuse)
  return serve(app, byToken)
}

/** The store has no types. */
type CreateStore = (
  of: typeof session,
) => new (options: {
  client: Database.Database
  expired?: object
}) => session.Store

export const sessionExpress: CreateContender = () => {
  const Store = (createRequire(import.meta.url)('better-sqlite3-session-store') as CreateStore)(session)
  const store = new Store({ client: new Database(':memory:') })
  const app = express()
  app.use(
    session({
      store,
      secret: 'a secret of the benchmark, and of no one else',
      resave: false,
      saveUninitialized: false,
      cookie: { maxAge: 86_400_000 },
    }),
  )
  app.get(PATH, (req, res) => answer(res, req.session.email))
  app.post('/sign-in/:email', (req, res) => {
    req.session.email = req.params.email
    res.end()
  })
  return serve(app, async ({ email }, origin) =>
    cookiesOf(await fetch(`${origin}/sign-in/${encodeURIComponent(email)}`, { method: 'POST' })),
  )
}

export const authJsExpress: CreateContender = async () => {
  const { getSession } = await authJsOnExpress()
  const config = { ...AUTH_JS }
  const app = express()
  app.set('trust proxy', true)
  app.use(async (req, res, next) => {
    res.locals.session = await getSession(req, config)
    next()
  })
  app.get(PATH, (_req, res) => answer(res, res.locals.session?.user?.email))
  return serve(app, byAuthJs)
}
