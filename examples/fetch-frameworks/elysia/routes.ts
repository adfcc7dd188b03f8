import type { User, WebAuth } from '@latchkey/jwt-middleware/web'
import { Elysia, NotFoundError, redirect } from 'elysia'
import { endless, guardedCases, PUBLIC } from './guarded-cases.ts'
import { more } from './more.ts'

const page = (user: User, content: string) =>
  new Response(
    `<!doctype html><html lang="en"><title>Elysia</title><link rel="icon" href="data:,">
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
export function routes(web: WebAuth) {
  const userOf = async (request: Request) => (await web(request)).user
  const app = new Elysia()
    .use(more(web))
    .get('/', async ({ request }) => page(await userOf(request), START))
    .get('/broken', () => {
      throw new Error('broken on purpose')
    })
    .all('/open', async ({ request }) => Response.json(await userOf(request)))
    .get('/public', async ({ request }) => Response.json(await userOf(request), { headers: PUBLIC }))
    .get('/own', ({ cookie }) => {
      cookie.own?.set({ value: '1', path: '/' })
      return 'own'
    })
    .get('/stream', () => new Response(endless()))
    .get('/unchanged', () => new Response(null, { status: 304 }))
    .get('/moved', () => redirect('/open'))
    .get('/missing', () => {
      throw new NotFoundError()
    })
    .get('/denied', ({ status }) => {
      throw status(403, 'Not yours')
    })
    .get('/hang', () => new Promise(() => {}))
  for (const [path, handle] of Object.entries(guardedCases(web)))
    app.all(path, ({ request }) => handle(request), { parse: 'none' })
  return app
}

export const showNotes = ({ user, body }: { user: User; body?: unknown }) =>
  notes(user, String((body as { text?: string } | undefined)?.text ?? ''))
