/** An app that serves one request and then only follows the feed. */
import { auth } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'

const [authInternalUrl = '', loginUrl = '', ownUrl = '', token = ''] = process.argv.slice(2)
const middleware = auth({ authInternalUrl, loginUrl, ownUrl, onUserDeleted: () => {} })
const app = new Hono().use(middleware).get('/', (c) => c.json(c.var.user))
const response = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
const { isAuthenticated } = (await response.json()) as { isAuthenticated: boolean }
console.log(JSON.stringify({ isAuthenticated, feed: middleware.status().feed.state }))
