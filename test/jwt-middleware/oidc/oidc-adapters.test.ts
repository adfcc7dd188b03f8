import { createRequire } from 'node:module'
import { getRequestListener } from '@hono/node-server'
import { createAuth } from '@latchkey/jwt-middleware'
import * as onExpress from '@latchkey/jwt-middleware/express'
import * as onFastify from '@latchkey/jwt-middleware/fastify'
import * as onHono from '@latchkey/jwt-middleware/hono'
import * as onKoa from '@latchkey/jwt-middleware/koa'
import * as onNode from '@latchkey/jwt-middleware/node'
import * as onWeb from '@latchkey/jwt-middleware/web'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type MakeApp, openOidcApp } from '../support/oidc-app.ts'
import { untilTold } from '../support/oidc-partner.ts'

afterEach(() => vi.useRealTimers())

const express4: typeof express = createRequire(import.meta.url)('express-4')

const greet = (email: string) => `Hello, ${email}`

/** An app on each framework with one guarded page, and its own sign-out. */
const APPS: Record<string, MakeApp> = {
  Hono(options) {
    const web = onHono.auth(options)
    onTestFinished(() => web.close())
    const app = new Hono()
    app.use(web)
    app.get('/private', onHono.loginRequired(), (c) => c.text(greet(c.var.user.email)))
    app.post('/sign-out', web.signOut())
    return getRequestListener(app.fetch)
  },
  Express(options) {
    const web = onExpress.auth(options)
    onTestFinished(() => web.close())
    const app = express()
    app.use(web)
    app.get(
      '/private',
      onExpress.loginRequired((req, res) => res.send(greet(req.user.email))),
    )
    app.post('/sign-out', web.signOut())
    return app
  },
  'Express behind a body parser'(options) {
    const web = onExpress.auth(options)
    onTestFinished(() => web.close())
    const app = express()
    app.use(express.json(), express.urlencoded({ extended: false }), web)
    app.get(
      '/private',
      onExpress.loginRequired((req, res) => res.send(greet(req.user.email))),
    )
    app.post('/sign-out', web.signOut())
    return app
  },
  // Its parsers leave an empty object with bodies that they do not read.
  'Express 4 behind a parser of JSON'(options) {
    const web = onExpress.auth(options)
    onTestFinished(() => web.close())
    const app = express4()
    app.use(express4.json(), web as never)
    app.get('/private', onExpress.loginRequired((req, res) => res.send(greet(req.user.email))) as never)
    app.post('/sign-out', web.signOut() as never)
    return app
  },
  async Fastify(options) {
    const web = onFastify.auth(options)
    onTestFinished(() => web.close())
    const app = fastify()
    app.addContentTypeParser('application/x-www-form-urlencoded', (_, payload, done) => {
      payload.resume().on('end', () => done(null, null))
    })
    await app.register(web)
    app.get(
      '/private',
      onFastify.loginRequired((request) => greet(request.user.email)),
    )
    app.post('/sign-out', web.signOut())
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  Koa(options) {
    const web = onKoa.auth(options)
    onTestFinished(() => web.close())
    const app = new Koa()
    app.use(web)
    const page = onKoa.loginRequired((ctx) => {
      ctx.body = greet(ctx.state.user.email)
    })
    const signOut = web.signOut()
    app.use((ctx, next) => (ctx.path === '/sign-out' ? signOut : page)(ctx as never, next))
    return app.callback()
  },
  'node:http'(options) {
    const web = onNode.auth(options)
    onTestFinished(() => web.close())
    const page = web.loginRequired((_, res, user) => res.end(greet(user.email)))
    const signOut = web.signOut()
    return async (req, res) => {
      if ((await web(req, res)) === null) return
      await (req.url === '/sign-out' ? signOut : page)(req, res)
    }
  },
  'the Fetch standard'(options) {
    const web = onWeb.auth(options)
    onTestFinished(() => web.close())
    const page = web.loginRequired((_, user) => new Response(greet(user.email)))
    const signOut = web.signOut()
    return getRequestListener((request) => {
      if (new URL(request.url).pathname === '/sign-out') return signOut(request)
      return web.handle((asked) => page(asked))(request)
    })
  },
  'web standards alone'(options) {
    const auth = createAuth(options)
    onTestFinished(() => auth.close())
    return getRequestListener(async (request) => {
      const { user, response } = await auth.authenticate(request)
      if (response) return response
      if (new URL(request.url).pathname === '/sign-out') return auth.signOut(request)
      const refused = auth.guard(request, user)
      return refused ?? auth.finish(request, new Response(greet((user as { email: string }).email)))
    })
  },
}

describe.each(Object.keys(APPS))('An app off the domain on %s', (name) => {
  it('signs its users in and out, and hears of sign-outs elsewhere', async () => {
    const { site, ada, ownUrl, visit, logged } = await openOidcApp(APPS[name] as MakeApp)
    const { url, page } = await visit('/private')
    expect([url, page.status, page.html]).toEqual([`${ownUrl}/private`, 200, 'Hello, ada@example.com'])
    expect((await ada.get(`${ownUrl}/private`)).html).toBe('Hello, ada@example.com')

    // The fast path of known users leaves them these addresses.
    const again = await ada.get(`${ownUrl}/auth/sign-in?next=/private`)
    expect(again.location).toContain(`${site.origin}/oidc/auth?`)

    site.wait(331)
    const renewed = await ada.get(`${ownUrl}/private`)
    expect([renewed.status, renewed.headers.getSetCookie().length]).toEqual([200, 1])

    const user = await site.service.users.findByEmail('ada@example.com')
    await site.service.sessions.endAll(user?.id as number)
    const asProgram = () => ada.request(`${ownUrl}/private`, { headers: { accept: 'application/json' } })
    await untilTold(site, async () => expect((await asProgram()).status).toBe(401))
    expect(logged.filter(({ event }) => event === 'logout_token_refused')).toEqual([])
  })

  it('leads from its sign-out to the question of the auth service', async () => {
    const { site, ada, ownUrl, visit } = await openOidcApp(APPS[name] as MakeApp)
    await visit('/private')
    const page = await ada.post('/sign-out', {})
    expect(page.status).toBe(200)
    expect(page.refresh).toContain(`${site.origin}/oidc/logout?`)
    expect((await ada.get(`${ownUrl}/private`)).location).toContain('/auth/sign-in?next=')
  })
})
