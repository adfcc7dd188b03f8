import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { serve } from '../../../auth-service/src/web/server.ts'
import { MAX_HEADER } from '../../../auth-service/src/web/unreadable-request.ts'
import { openService, testConfig } from '../support/services.ts'

async function open(config = {}) {
  const service = await openService(testConfig(config))
  const server = await serve(service)
  onTestFinished(() => server.close())
  return { service, server }
}

/** The response to these bytes until the connection closes. */
async function send(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk
  })
  socket.write(text)
  await once(socket, 'close')
  return answer
}

const cookies = (bytes: number) => `a=${'x'.repeat(bytes)}`
const request = (path: string, more: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n\r\n`

it('17 KB of cookies are accepted: users can sign in', async () => {
  const { server } = await open()
  const url = `http://127.0.0.1:${server.address.port}/login`
  const response = await fetch(url, { headers: { cookie: cookies(17_000) } })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('<form')
})

it('too many cookies get a page that says what to delete, in every language', async () => {
  const { server, service } = await open()
  const answer = await send(server.address.port, request('/login', `Cookie: ${cookies(2 * MAX_HEADER)}`))
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('Content-Type: text/html; charset=utf-8')
  expect(answer).toContain('Delete the cookies of demo.localhost')
  expect(answer).toContain('Löschen Sie die Cookies von demo.localhost')
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`)
  expect(head).toMatch(/Content-Security-Policy: default-src 'none'; script-src 'sha256-/)
  await send(server.address.port, request('/login', `Cookie: ${cookies(2 * MAX_HEADER)}`))
  expect(service.logged.filter(({ event }) => event === 'headers_too_large')).toHaveLength(1)
  expect(JSON.stringify(service.logged)).not.toContain('xxxx')
})

it('a URL that is too long gets the same page', async () => {
  const { server } = await open()
  const answer = await send(server.address.port, request(`/login?next=${'x'.repeat(2 * MAX_HEADER)}`, 'X: y'))
  expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  expect(answer).toContain('the address is far too long')
})

it('the listener for apps responds the same way', async () => {
  const { server } = await open({ internalPort: 0 })
  const { port = 0 } = server.internalAddress ?? {}
  expect(await send(port, request('/healthz', `X: ${cookies(2 * MAX_HEADER)}`))).toMatch(/^HTTP\/1\.1 431 /)
})

it('invalid HTTP still gets a bare 400, and the server continues', async () => {
  const { server } = await open()
  expect(await send(server.address.port, 'HELLO\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n\r\n$/,
  )
  expect((await fetch(`http://127.0.0.1:${server.address.port}/healthz`)).status).toBe(200)
})
