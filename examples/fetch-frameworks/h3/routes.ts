import type { User, WebAuth } from '@latchkey/jwt-middleware/web'
import { type H3, HTTPError, redirect, setCookie } from 'h3'
import { endless, guardedCases, PUBLIC } from './guarded-cases.ts'

const page = (user: User, content: string) =>
  new Response(
    `<!doctype html><html lang="en"><title>H3</title><link rel="icon" href="data:,">
<nav><a href="/">Start</a> <a href="/notes">Notes</a></nav>
<p>${user.isAuthenticated ? user.email : 'anonymous'}</p>${content}</html>`,
    { headers: { 'content-type': 'text/html; charset=utf-8' } },
  )

const START = '<h1>Start</h1><form method="post" action="/sign-out"><button>Sign out</button></form>'

const notes = (user: User, added: string) =>
  page(
    user,
    `<h1>Notes of ${user.isAuthenticated && user.email}</h1>
<form method="post"><label>Text <input name="text"></label><button>Add</button></form>
<p id="added">${added.replaceAll(/[<&]/g, '')}</p>`,
  )

/** The pages of the suite, and the cases of every adapter. */
export function addRoutes(app: H3, web: WebAuth): void {
  app
    .get('/', ({ context }) => page(context.user, START))
    .get('/notes', ({ context }) => notes(context.user, ''))
    .post('/notes', async ({ context, req }) =>
      notes(context.user, String((await req.formData()).get('text'))),
    )
    .get('/broken', () => {
      throw new Error('broken on purpose')
    })
    .get('/refused', () => {
      throw new HTTPError({ status: 418, message: 'refused by a route' })
    })
    .all('/open', ({ context }) => Response.json(context.user))
    .get('/public', ({ context }) => Response.json(context.user, { headers: PUBLIC }))
    .get('/own', (event) => {
      setCookie(event, 'own', '1')
      return 'own'
    })
    .get('/stream', () => endless())
    .get('/unchanged', () => new Response(null, { status: 304 }))
    .get('/moved', () => redirect('/open'))
    .get('/missing', () => {
      throw HTTPError.status(404)
    })
    .get('/denied', () => {
      throw new HTTPError({ status: 403, message: 'Not yours', headers: { 'x-own': '1' } })
    })
    .get('/hang', () => new Promise(() => {}))
    .post('/notes/publish', ({ context }) => {
      if (!context.user.can('notes.publish')) throw new HTTPError({ status: 403 })
      return { published: true }
    })
    .get('/api/cards', ({ req }) =>
      web.tokenRequired({ scopes: ['cards.read'] }, () => new Response('ok'))(req),
    )
  for (const [path, handle] of Object.entries(guardedCases(web))) app.all(path, ({ req }) => handle(req))
}
