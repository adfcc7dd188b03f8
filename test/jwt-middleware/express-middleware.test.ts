import { createRequire } from 'node:module'
import type { AuthOptions } from '@latchkey/jwt-middleware'
import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import { createTestAuth, type TestAuth } from '@latchkey/jwt-middleware/testing'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import express5, { type Express, type RequestHandler } from 'express'
import session from 'express-session'
import helmet from 'helmet'
import multer from 'multer'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { send } from '../support/http.ts'
import { recordingLogger } from '../support/tokens.ts'
import { listening } from './support/listening.ts'

/** The same interface, without types of its own. */
const express4: typeof express5 = createRequire(import.meta.url)('express-4')
const OWN_URL = 'http://app1.example.com'

type MakeApp = (express: typeof express5, order: string, options: AuthOptions) => Express
/** The same app by `require`, of the build. */
const { makeApp: makeAppByRequire } = createRequire(import.meta.url)('./support/express-app.cjs') as {
  makeApp: MakeApp
}

declare module 'express-session' {
  interface SessionData {
    visits: number
  }
}

let testAuth: TestAuth
let options: AuthOptions
beforeEach(() => {
  testAuth = createTestAuth({ ownUrl: OWN_URL })
  options = { ...testAuth.options, log: recordingLogger() }
})

/** The cookies of a browser whose access token has expired. */
function expired(): { cookie: string } {
  const { headers } = testAuth.signedIn()
  testAuth.clock.advance(361)
  return headers
}

const namesOf = (setCookies: readonly string[] = []): string[] =>
  setCookies.map((line) => line.split('=', 1)[0] as string)

const makeApp: MakeApp = (express, order, options) => {
  const app = express()
  const others: RequestHandler[] = [
    helmet(),
    compression({ threshold: 0 }),
    cookieParser(),
    session({ secret: 'only here', resave: false, saveUninitialized: false }),
  ]
  const web = auth(options)
  for (const one of order === 'before' ? [...others, web] : [web, ...others]) app.use(one)
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.cookie('theme', 'dark')
    res.json({
      email: req.user.isAuthenticated && req.user.email,
      visits: req.session.visits,
      cookies: Object.keys(req.cookies as object),
      text: 'a'.repeat(5000),
    })
  })
  app.post('/files', loginRequired(), multer().single('file'), (req, res) => {
    res.json([req.user.isAuthenticated && req.user.email, req.file?.buffer.toString()])
  })
  app.get('/sent', loginRequired(), (_req, res) => res.sendFile(import.meta.filename, { maxAge: '1h' }))
  return app
}

const CASES = [
  ['import', '5', 'before', makeApp, express5],
  ['import', '5', 'after', makeApp, express5],
  ['import', '4', 'before', makeApp, express4],
  ['import', '4', 'after', makeApp, express4],
  ['require', '5', 'before', makeAppByRequire, express5],
  ['require', '4', 'after', makeAppByRequire, express4],
] as const

describe.each(CASES)('%s of ./express on Express %s, with usual middleware %s it', (...given) => {
  const [, , order, make, express] = given
  async function open() {
    const { url, server, close } = await listening(make(express, order, options))
    onTestFinished(() => {
      // The client's own last for seconds.
      server.closeAllConnections()
      return close()
    })
    return url
  }

  it('renews in a compressed response, beside a session and cookies of the app', async () => {
    const url = await open()
    // Decompresses.
    const answer = await fetch(url, { headers: { ...expired(), 'accept-encoding': 'gzip' } })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(await answer.json()).toMatchObject({
      email: 'ada@example.com',
      visits: 1,
      cookies: ['jwt.access', 'jwt.refresh'],
    })
    const cookies = answer.headers.getSetCookie()
    expect(namesOf(cookies).sort()).toEqual(['connect.sid', 'jwt.access', 'jwt.refresh', 'theme'])
    expect(answer.headers.get('cache-control')).toBe('private, no-store')
    const vary = answer.headers.get('vary')?.toLowerCase() ?? ''
    for (const name of ['accept-encoding', 'cookie']) {
      expect(vary.match(new RegExp(`\\b${name}\\b`, 'g')), vary).toEqual([name])
    }
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")

    const cookie = cookies.map((line) => line.split(';', 1)[0]).join('; ')
    const again = await fetch(url, { headers: { cookie } })
    expect(await again.json()).toMatchObject({ email: 'ada@example.com', visits: 2 })
  })

  it('takes a file of a user, and refuses that of a stranger before it is read', async () => {
    const url = await open()
    const upload = (headers: Record<string, string>) => {
      const body = new FormData()
      body.set('file', new Blob(['hello']), 'a.txt')
      return fetch(`${url}/files`, { method: 'POST', body, headers: { ...headers, origin: OWN_URL } })
    }
    expect(await (await upload(testAuth.signedIn().headers)).json()).toEqual(['ada@example.com', 'hello'])
    expect((await upload({})).status).toBe(401)
  })

  it('keeps files private that res.sendFile() sends, with 304 and parts', async () => {
    const url = `${await open()}/sent`
    const { headers } = testAuth.signedIn()
    const whole = await send(url, { headers })
    expect([whole.status, whole.headers['cache-control']]).toEqual([200, 'private, no-store'])
    const part = await send(url, { headers: { ...headers, range: 'bytes=0-9' } })
    expect([part.status, part.text.length]).toEqual([206, 10])
    const unchanged = await send(url, {
      headers: { ...expired(), 'if-none-match': String(whole.headers.etag) },
    })
    expect([unchanged.status, unchanged.headers['cache-control']]).toEqual([304, 'private, no-store'])
    expect(namesOf(unchanged.headers['set-cookie'])).toEqual(['jwt.access', 'jwt.refresh'])
  })
})
