import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AuthCore } from '../auth.ts'
import type { User } from '../users/user.ts'
import { wholeRequest } from './node-exchange.ts'

/**
 * The user who opens a WebSocket, for the `upgrade` event of node's server. `null`: the opening was refused, and the
 * socket is closed. An anonymous visitor is refused only where `requireLogin` asks for a user: look at
 * `isAuthenticated`, and at what else a guard would ask.
 */
export type Upgrade = (req: IncomingMessage, socket: Duplex) => Promise<User | null>

export const createUpgrade =
  (core: AuthCore): Upgrade =>
  async (req, socket) => {
    // Node listens no longer, and an error without a listener would end the process.
    socket.on('error', () => socket.destroy())
    const request = wholeRequest(req)
    const { user, refusal } = await core.authenticate(request)
    const answer = refusal ?? (core.requiresLogin(request) ? core.guard(request, user) : null)
    if (answer === null) return user
    const body = await answer.text()
    const headers = [...answer.headers, ['content-length', Buffer.byteLength(body)], ['connection', 'close']]
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    socket.end(`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines}\r\n${body}`)
    return null
  }
