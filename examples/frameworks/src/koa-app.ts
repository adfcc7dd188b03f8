import { auth, staffRequired } from '@latchkey/jwt-middleware/koa'
import Koa, { type Middleware } from 'koa'
import { announce, greetingPage, HOST, PORT, staffPage } from './greeting-page.ts'

const web = auth()
const showStaff = staffRequired((ctx) => {
  ctx.body = staffPage('Koa')
})
const signOut = web.signOut()

/** Without a router; `@koa/router` does the same. */
const routes: Middleware = (ctx, next) => {
  if (ctx.path === '/staff') return showStaff(ctx, next)
  if (ctx.path === '/sign-out' && ctx.method === 'POST') return signOut(ctx, next)
  if (ctx.path !== '/') return
  ctx.body = greetingPage({ framework: 'Koa', user: ctx.state.user, signInUrl: web.signInUrl(ctx) })
}
new Koa()
  .use(web)
  .use(routes)
  .listen(PORT, HOST, () => announce('Koa'))
