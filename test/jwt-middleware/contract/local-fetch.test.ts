import { execFile, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fetchFor } from '../../../jwt-middleware/src/contract/local-fetch-node.ts'
import { keepEventStream } from '../../../jwt-middleware/src/feed/event-stream.ts'
import { deadPort } from '../../support/dead-port.ts'
import { tempApp } from '../../support/temp-app.ts'

async function listen(server: Server, host: string): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const serverThat = (listener: RequestListener, host = '127.0.0.1') => listen(createServer(listener), host)

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)

/** Requests the path below a name that no DNS knows. */
async function ask(port: number, path = '/', init?: RequestInit, protocol = 'http'): Promise<Response> {
  const origin = `${protocol}://auth.team.localhost:${port}`
  return fetchFor(origin)(origin + path, init)
}

describe('Names below localhost lead to this machine in Node, as in browsers (RFC 6761, section 6.3):', () => {
  it('the request keeps its host, method, headers and body', async () => {
    const port = await serverThat(async (request, answer) => {
      const { method, url, headers } = request
      const { host, cookie, 'content-type': type } = headers
      answer.end(JSON.stringify({ method, url, host, cookie, type, body: await text(request) }))
    })
    const init = {
      method: 'POST',
      headers: { cookie: 'a=1; b=2' },
      body: new URLSearchParams({ token: 'x' }),
    }
    expect(await (await ask(port, '/introspect?a=b', init)).json()).toEqual({
      method: 'POST',
      url: '/introspect?a=b',
      host: `auth.team.localhost:${port}`,
      cookie: 'a=1; b=2',
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      body: 'token=x',
    })
  })

  it('a switch of protocols that was not asked for fails, instead of keeping the request waiting', async () => {
    const port = await serverThat(({ socket }) => {
      socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')
    })
    await expect(ask(port)).rejects.toThrow('without a response')
  })

  it.runIf(hasIpv6)('a server that listens on ::1 only', async () => {
    const port = await serverThat((_, answer) => void answer.end('six'), '::1')
    expect(await (await ask(port)).text()).toBe('six')
  })

  it('every Set-Cookie arrives, a redirect is not followed, and an answer may have no body', async () => {
    const port = await serverThat((request, answer) => {
      if (request.url === '/empty') return void answer.writeHead(204).end()
      answer.writeHead(302, { location: '/empty', 'set-cookie': ['a=1; Path=/', 'b=2'] }).end('moved')
    })
    const moved = await ask(port, '/', { redirect: 'manual' })
    expect([moved.status, moved.headers.get('location'), moved.headers.getSetCookie()]).toEqual([
      302,
      '/empty',
      ['a=1; Path=/', 'b=2'],
    ])
    await moved.body?.cancel()
    const empty = await ask(port, '/empty')
    expect([empty.status, empty.body]).toEqual([204, null])
  })

  it('https, with the name in the certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-local-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const [key, cert] = ['key', 'cert'].map((end) => join(folder, end)) as [string, string]
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    const subject = ['-subj', '/CN=auth', '-addext', 'subjectAltName=DNS:auth.team.localhost']
    execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject], { stdio: 'pipe' })
    const server = createHttps(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (_, answer) => void answer.end(),
    )
    const port = await listen(server, '127.0.0.1')
    // The name fits, so that only the unknown authority is refused.
    await expect(ask(port, '/', {}, 'https')).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it('a server that does not answer in time, and one that is not there', async () => {
    const port = await serverThat(() => {})
    await expect(ask(port, '/', { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
      name: 'AbortError',
    })
    await expect(ask(await deadPort())).rejects.toThrow()
  })

  it('the revocation feed', async () => {
    const port = await serverThat((request, answer) => {
      answer
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`data: ${request.headers.host}\n\n`)
      onTestFinished(() => void answer.end())
    })
    const heard = await new Promise<string>((resolve, reject) => {
      const stop = keepEventStream({
        url: `http://auth.team.localhost:${port}/revocations`,
        resumeAfter: () => null,
        onEvent: (_, data) => resolve(data),
        onComment() {},
        onHeard() {},
        onLost: ({ reason }) => reject(new Error(reason)),
      })
      onTestFinished(stop)
    })
    expect(heard).toBe(`auth.team.localhost:${port}`)
  })

  it.each(['bun', 'deno'])('in %s as well, also for streams that this end stops', async (runtime) => {
    const port = await serverThat((request, answer) => {
      if (request.url === '/stream') return void answer.write('data: 1\n\n')
      request.pipe(answer.setHeader('heard', request.headers.host ?? ''))
    })
    const script = `
      import { fetchFor } from ${JSON.stringify(new URL('../../../jwt-middleware/src/contract/local-fetch-web.ts', import.meta.url).href)}
      const origin = 'http://auth.team.localhost:${port}'
      const answer = await fetchFor(origin)(origin + '/x', { method: 'POST', body: 'hello' })
      const stop = new AbortController()
      const { body } = await fetchFor(origin)(origin + '/stream', { signal: stop.signal })
      const reader = body.getReader()
      const { value } = await reader.read()
      stop.abort()
      const stopped = await reader.read().then(() => 'read on', () => 'stopped')
      console.log(answer.status, answer.headers.get('heard'), await answer.text(), new TextDecoder().decode(value).trim(), stopped)
      process.exit()`
    const file = join(tempApp({ 'script.mts': script }), 'script.mts')
    const bin = fileURLToPath(new URL(`../../../node_modules/.bin/${runtime}`, import.meta.url))
    const args = runtime === 'deno' ? ['run', '--allow-all', '--no-lock', file] : [file]
    const { stdout } = await promisify(execFile)(bin, args, { env: { ...process.env, NO_COLOR: '1' } })
    expect(stdout).toBe(`200 auth.team.localhost:${port} hello data: 1 stopped\n`)
  })

  it('other names, localhost itself, and other runtimes are left to the global fetch', () => {
    for (const origin of ['https://auth.example.com', 'http://localhost:4000', 'http://127.0.0.1:4000']) {
      expect(fetchFor(origin)).toBe(globalThis.fetch)
    }
    const { navigator } = globalThis
    const set = (value: unknown) =>
      Object.defineProperty(globalThis, 'navigator', { value, configurable: true })
    onTestFinished(() => void set(navigator))
    for (const other of [{ userAgent: 'Cloudflare-Workers' }, { userAgent: 'Bun/1.3.0' }, undefined]) {
      set(other)
      expect(fetchFor('http://auth.team.localhost:4000')).toBe(globalThis.fetch)
    }
  })
})
