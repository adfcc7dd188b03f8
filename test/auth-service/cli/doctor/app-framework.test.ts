import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, it, onTestFinished } from 'vitest'
import { recognise } from '../../../../auth-service/src/cli/doctor/app-framework.ts'
import { tempApp } from '../../../support/temp-app.ts'

/** A server with this listener on a free port; its page. */
async function pageOf(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`)
}

const nameOf = async (page: URL, folder = tempApp()) => (await recognise(page, '', folder))?.name ?? null

const LISTENERS: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  Hono: () => getRequestListener(new Hono().get('/notes', (c) => c.text('notes')).fetch),
  Express: () => {
    const app = express().disable('x-powered-by')
    return app.get('/notes', (_req, res) => void res.send('notes'))
  },
  Fastify: async () => {
    const app = fastify().get('/notes', async () => 'notes')
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  Koa: () => {
    const app = new Koa()
    app.use((ctx) => {
      if (ctx.path === '/notes') ctx.body = 'notes'
    })
    return app.callback()
  },
}

describe('The doctor recognises from outside', () => {
  it.each(Object.keys(LISTENERS))('an app on %s', async (name) => {
    const listener = await LISTENERS[name]?.()
    expect(await nameOf(await pageOf(listener as RequestListener))).toBe(name)
  })

  it('nothing in a server that tells nothing, and nothing where none answers', async () => {
    expect(await nameOf(await pageOf((_req, res) => res.writeHead(404).end('Nothing here')))).toBeNull()
    expect(await nameOf(new URL('http://127.0.0.1:1/'))).toBeNull()
  })
})

describe('The doctor recognises by package.json', () => {
  const silent = () => pageOf((_req, res) => res.end('hello'))

  it.each([
    ['Next.js', { next: '16', express: '5' }],
    ['SvelteKit', { '@sveltejs/kit': '3' }],
    ['Nitro', { nitro: '3', h3: '2' }],
    ['Elysia', { elysia: '1' }],
    ['Fastify', { fastify: '5' }],
    [null, { react: '19' }],
  ])('the app of the folder: %s', async (name, dependencies) => {
    const page = await silent()
    const folder = tempApp({
      '.env': `OWN_URL=${page.origin}\n`,
      'package.json': JSON.stringify({ dependencies }),
    })
    expect(await nameOf(page, folder)).toBe(name)
  })

  it('no other app than the one of the folder, and none by a broken file', async () => {
    const page = await silent()
    const manifest = JSON.stringify({ devDependencies: { next: '16' } })
    const elsewhere = tempApp({ '.env': 'OWN_URL=http://app9.example.com\n', 'package.json': manifest })
    const broken = tempApp({ '.env': `OWN_URL=${page.origin}\n`, 'package.json': '{' })
    const bare = tempApp({ 'package.json': manifest })
    for (const folder of [elsewhere, broken, bare]) expect(await nameOf(page, folder)).toBeNull()
  })
})
