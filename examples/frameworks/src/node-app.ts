import { createServer } from 'node:http'
import { auth } from '@latchkey/jwt-middleware/node'
import { announce, greetingPage, HOST, PORT, staffPage } from './greeting-page.ts'

const web = auth()
const signOut = web.signOut()
const showStaff = web.staffRequired((_req, res) => {
  res.setHeader('content-type', 'text/html')
  res.end(staffPage('node:http'))
})

const server = createServer(async (req, res) => {
  if (req.url === '/staff') return showStaff(req, res)
  if (req.url === '/sign-out' && req.method === 'POST') return signOut(req, res)
  const user = await web(req, res)
  if (user === null) return
  if (req.url !== '/') return void res.writeHead(404).end('Not found')
  res.setHeader('content-type', 'text/html')
  res.end(greetingPage({ framework: 'node:http', user, signInUrl: web.signInUrl(req) }))
})
server.listen(PORT, HOST, () => announce('node:http'))
