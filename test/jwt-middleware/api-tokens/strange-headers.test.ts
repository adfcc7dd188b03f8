import { connect } from 'node:net'
import { auth, loginRequired } from '@latchkey/jwt-middleware/express'
import { createTestAuth } from '@latchkey/jwt-middleware/testing'
import express from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingLogger } from '../../support/tokens.ts'
import { listening } from '../support/listening.ts'

/** What a server answers to these bytes. */
async function sendBytes(port: number, authorization: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const head = Buffer.from('GET / HTTP/1.1\r\nhost: app\r\nconnection: close\r\nauthorization: Bearer ')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  // The server may close before it has read everything.
  socket.on('error', () => {})
  socket.write(Buffer.concat([head, authorization, Buffer.from('\r\n\r\n')]))
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(chunks).toString('latin1')
}

describe('A token over a socket of its own', () => {
  const log = recordingLogger()
  let asked: string[]
  let server: Awaited<ReturnType<typeof listening>>
  let headers: { authorization: string }

  beforeEach(async () => {
    asked = []
    log.warnings.length = 0
    const testAuth = createTestAuth()
    headers = testAuth.apiToken().headers
    const app = express()
    app.use(
      auth({
        ...testAuth.options,
        log,
        fetch: (input, init) => {
          if (String(input).endsWith('/introspect')) asked.push(String(init?.body))
          return testAuth.options.fetch(input, init)
        },
      }),
    )
    app.get('/', loginRequired(), (req, res) => void res.send(req.user.isAuthenticated && req.user.email))
    server = await listening(app)
  })
  afterEach(() => server.close())

  it.each<[string, Buffer, RegExp]>([
    ['of 20 KB is refused by Node', Buffer.from(`lk_${'a'.repeat(20_000)}`), /^HTTP\/1\.1 431 /],
    // Node closes before it has read everything, so that its answer may not arrive.
    ['of 100 KB is refused by Node', Buffer.from(`lk_${'a'.repeat(100_000)}`), /^(HTTP\/1\.1 431 |$)/],
    ['with a NUL is refused by Node', Buffer.from('lk_abc\0def'), /^HTTP\/1\.1 400 /],
    ['with an escape is refused by Node', Buffer.from('lk_abc\x1bdef'), /^HTTP\/1\.1 400 /],
    [
      'of 10 KB is refused by the app',
      Buffer.from(`lk_${'a'.repeat(10_000)}`),
      /^HTTP\/1\.1 401 [\s\S]*invalid_token/,
    ],
    [
      'in UTF-8 is refused by the app',
      Buffer.from(`lk_${'é'.repeat(49)}`),
      /^HTTP\/1\.1 401 [\s\S]*invalid_token/,
    ],
    [
      'of all high bytes is refused by the app',
      Buffer.from('lk_\u00ff\u0080', 'latin1'),
      /^HTTP\/1\.1 401 [\s\S]*invalid_token/,
    ],
  ])('%s, without a look-up or a warning, and the next one counts', async (_, token, expected) => {
    const port = Number(new URL(server.url).port)
    expect(await sendBytes(port, token)).toMatch(expected)
    expect([asked, log.warnings]).toEqual([[], []])
    const next = await sendBytes(port, Buffer.from(headers.authorization.slice('Bearer '.length)))
    expect(next).toMatch(/^HTTP\/1\.1 200 [\s\S]*ada@example\.com/)
  })
})
