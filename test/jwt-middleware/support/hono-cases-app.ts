import {
  type AuthOptions,
  auth,
  loginRequired,
  permissionRequired,
  staffRequired,
  tokenRequired,
} from '@latchkey/jwt-middleware/hono'
import { type Context, Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { streamText } from 'hono/streaming'

/** The app of `docs/frameworks/your-own.md`, on Hono. */
export function honoCasesApp(options: AuthOptions): Hono {
  const app = new Hono()
  const web = auth(options)
  const show = (c: Context) => c.json(c.var.user)
  const showPublic = (c: Context) => {
    c.header('cache-control', 'public, max-age=60')
    c.header('vary', 'Accept')
    return show(c)
  }
  app.use(web)
  app.all('/open', show)
  app.all('/private', loginRequired(), show)
  app.get('/staff', staffRequired(), show)
  app.get('/team', permissionRequired('cards.read'), show)
  app.get('/cards', tokenRequired({ scopes: ['cards.read'] }), (c) => c.json(c.var.caller))
  app.post('/echo', loginRequired(), async (c) => c.text(await c.req.text()))
  app.get('/live', loginRequired(), show)
  app.get('/public', showPublic)
  app.get('/guarded/public', loginRequired(), showPublic)
  app.get('/own', (c) => {
    setCookie(c, 'own', '1')
    return c.text('own')
  })
  app.get('/stream', (c) =>
    streamText(c, async (stream) => {
      await stream.write('one')
      await new Promise(() => {})
    }),
  )
  app.get('/unchanged', (c) => c.body(null, 304))
  app.get('/moved', (c) => c.redirect('/open'))
  app.get('/broken', () => {
    throw new Error('broken on purpose')
  })
  app.get('/missing', () => {
    throw new HTTPException(404)
  })
  app.get('/denied', () => {
    throw new HTTPException(403, { res: new Response('Not yours', { status: 403 }) })
  })
  app.get('/hang', () => new Promise(() => {}))
  app.post('/sign-out', web.signOut())
  return app.onError((error, c) =>
    error instanceof HTTPException ? error.getResponse() : c.text('broken', 500),
  )
}
