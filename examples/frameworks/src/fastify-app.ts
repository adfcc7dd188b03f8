import { auth, staffRequired } from '@latchkey/jwt-middleware/fastify'
import { fastify } from 'fastify'
import { announce, greetingPage, HOST, PORT, staffPage } from './greeting-page.ts'

const app = fastify()
const web = auth()
app.register(web)
// Fastify reads no forms by itself; the one that signs out is empty.
app.addContentTypeParser('application/x-www-form-urlencoded', (_request, body, done) => {
  body.resume()
  done(null)
})
app.get('/', async (request, reply) => {
  reply.type('text/html')
  return greetingPage({ framework: 'Fastify', user: request.user, signInUrl: web.signInUrl(request) })
})
app.get(
  '/staff',
  staffRequired(async (_request, reply) => {
    reply.type('text/html')
    return staffPage('Fastify')
  }),
)
app.post('/sign-out', web.signOut())
await app.listen({ host: HOST, port: PORT })
announce('Fastify')
