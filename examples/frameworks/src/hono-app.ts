import { serve } from '@hono/node-server'
import { auth, staffRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import { announce, greetingPage, HOST, PORT, staffPage } from './greeting-page.ts'

const app = new Hono()
const web = auth()
app.use(web)
app.get('/', (c) =>
  c.html(greetingPage({ framework: 'Hono', user: c.var.user, signInUrl: web.signInUrl(c) })),
)
app.get('/staff', staffRequired(), (c) => c.html(staffPage('Hono')))
app.post('/sign-out', web.signOut())
serve({ fetch: app.fetch, hostname: HOST, port: PORT }, () => announce('Hono'))
