import { createServer } from 'node:http'
import { handler } from './build/handler.js'

// The proxy in front of an app says this; tests have none. Set PROTOCOL_HEADER=x-forwarded-proto.
const server = createServer((req, res) => {
  req.headers['x-forwarded-proto'] = new URL(process.env.OWN_URL).protocol.slice(0, -1)
  handler(req, res)
})
server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening on', server.address().port))
