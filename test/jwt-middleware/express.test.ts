import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  auth,
  loginRequired,
  requireFresh,
  staffRequired,
  superuserRequired,
  userPassesTest,
} from '@latchkey/jwt-middleware/express'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { send } from '../support/http.ts'
import { adapterSuite, type StartApp } from './adapter-suite.ts'

async function listen(app: express.Express) {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

const show: RequestHandler = (req, res) => void res.json(req.user)

const start: StartApp = async (options, isAda) => {
  const app = express()
  const middleware = auth(options)
  app.use(middleware)
  app.all('/open', show)
  app.all('/private', loginRequired(), show)
  app.get('/fresh', requireFresh(), show)
  app.get(
    '/staff',
    staffRequired((req, res) => {
      expectTypeOf(req.user.email).toEqualTypeOf<string>()
      res.json(req.user)
    }),
  )
  app.get('/superuser', superuserRequired(), show)
  app.get('/ada', userPassesTest(isAda), show)
  app.get('/public', (req, res) => {
    res.setHeader('cache-control', 'public, max-age=60')
    res.vary('Accept')
    res.json(req.user)
  })
  return { ...(await listen(app)), forget: middleware.forget, status: middleware.status }
}

adapterSuite('Express', start)

describe('auth() for Express', () => {
  it.each([loginRequired, requireFresh])('explains a guard that runs before it: %o', async (guard) => {
    let thrown: unknown
    const onError: ErrorRequestHandler = (error, _req, res, _next) => {
      thrown = error
      res.status(500).end()
    }
    const server = await listen(express().get('/notes', guard(), show).use(onError))
    await send(`${server.url}/notes`)
    await server.close()
    expect(thrown).toMatchObject({
      code: 'middleware_missing',
      message: expect.stringContaining('app.use(auth())'),
    })
  })
})
