import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { explainAnswer, explainError } from '../../../jwt-middleware/src/contract/explain-process.ts'
import { keepEventStream } from '../../../jwt-middleware/src/feed/event-stream.ts'
import { fetchKeySet } from '../../../jwt-middleware/src/verify/parse-jwks.ts'
import { deadPort } from '../../support/dead-port.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-tls-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A self-signed certificate, from `openssl`. */
function certificate(name: string, ...dates: string[]) {
  const [key, cert] = ['key', 'pem'].map((end) => join(folder, `${name}.${end}`)) as [string, string]
  const subject = ['-subj', '/CN=auth', '-addext', `subjectAltName=DNS:${name}`]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert, ...subject, ...dates], { stdio: 'pipe' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

async function listen<Any extends Server>(server: Any): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const httpThat = (listener: RequestListener) => listen(createHttp(listener))

async function failureAt(url: string) {
  const fetched = await fetchKeySet(url, fetch)
  return fetched.ok ? null : fetched.reason
}

describe('A failed fetch of the keys has a reason and a remedy:', () => {
  it('a name below localhost, which the fetch of an app may not resolve', () => {
    const error = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } })
    expect(explainError(error, { url: 'http://auth.demo.localhost:4000/' })).toEqual({
      reason: 'DNS has no address for auth.demo.localhost (ENOTFOUND)',
      remedy: expect.stringMatching(
        /this program does not resolve \*\.localhost.*leave out the option fetch, or set AUTH_INTERNAL_URL to http:\/\/127/,
      ),
    })
    expect(explainError(error, { url: 'https://auth.example.com/' }).remedy).toMatch(/Check the name/)
  })

  it('a port where nothing listens', async () => {
    const failure = await failureAt(`http://127.0.0.1:${await deadPort()}/`)
    expect(failure).toEqual({
      reason: 'nothing listens there (ECONNREFUSED)',
      remedy: expect.stringContaining('AUTH_INTERNAL_URL'),
    })
  })

  it.each([1, 6000, 5061])('a port that fetch never uses: %i', async (port) => {
    expect(await failureAt(`http://127.0.0.1:${port}/`)).toEqual({
      reason: expect.stringMatching(/never use that port.*\(bad port\)$/),
      remedy: expect.stringMatching(/another port.*AUTH_INTERNAL_URL/),
    })
  })

  it('a port without TLS, and one without HTTP', async () => {
    const plain = await httpThat((_, answer) => void answer.end())
    expect((await failureAt(`https://127.0.0.1:${plain}/`))?.reason).toMatch(/does not speak TLS/)
    const noise = await listen(createTcp((socket) => void socket.end('220 mail.example.com ESMTP\r\n')))
    expect((await failureAt(`http://127.0.0.1:${noise}/`))?.reason).toMatch(/not HTTP/)
  })

  it('a certificate of a private authority', async () => {
    const port = await listen(createHttps(certificate('localhost'), (_, answer) => void answer.end()))
    expect(await failureAt(`https://localhost:${port}/`)).toEqual({
      reason: expect.stringMatching(/signed by an authority that Node does not trust/),
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
  })

  it.each([
    ['CERT_NOT_YET_VALID', /not valid yet/, /clock of this machine is probably behind/],
    ['CERT_HAS_EXPIRED', /has expired/, /Renew the certificate.*clock/],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      /authority that Node does not trust/,
      /NODE_EXTRA_CA_CERTS.*intermediate/,
    ],
    ['EAI_AGAIN', /DNS does not answer/, /resolv\.conf/],
    ['ECONNRESET', /closed the connection/, /http or https/],
    ['ENOMEDIUM', /the connection failed \(ENOMEDIUM\)/, /Check AUTH_INTERNAL_URL/],
  ])('%s', (code, reason, remedy) => {
    const explained = explainError({ cause: { code } }, { url: 'https://auth.example.com/' })
    expect(explained.reason).toMatch(reason)
    expect(explained.remedy).toMatch(remedy)
  })

  it('a certificate for another host, which is named', () => {
    const cause = { code: 'ERR_TLS_CERT_ALTNAME_INVALID', cert: { subjectaltname: 'DNS:www.example.com' } }
    expect(explainError({ cause }, { url: 'https://auth.example.com/' }).reason).toMatch(
      /not for auth\.example\.com, but for DNS:www\.example\.com/,
    )
  })

  it('the first of several addresses of a name', () => {
    const cause = { errors: [{ code: 'ECONNREFUSED' }, { code: 'EHOSTUNREACH' }] }
    expect(explainError({ cause }, { url: 'http://localhost/' }).reason).toMatch(/nothing listens/)
  })

  it('a redirect, with its target but not its query', async () => {
    const location = 'https://auth.example.com/jwks?token=secret'
    const port = await httpThat((_, answer) => void answer.writeHead(301, { location }).end())
    expect((await failureAt(`http://127.0.0.1:${port}/`))?.reason).toBe(
      'it redirects (301) to https://auth.example.com',
    )
  })

  it.each([
    [200, 'text/html', /HTML page/, /login page of a proxy/],
    [401, 'text/plain', /answered 401/, /proxy or firewall/],
    [404, 'application/json', /answered 404/, /does not lead to the auth service/],
    [502, 'text/html', /a proxy there can't reach/, /target address of the proxy/],
    [503, 'application/json', /answered 503/, /database/],
    [504, 'text/html', /a proxy there can't reach/, /target address of the proxy/],
    [500, 'application/json', /answered 500/, /log of the auth service/],
  ])('a response of %i with %s', (status, contentType, reason, remedy) => {
    const explained = explainAnswer({ status, contentType, location: null }, { url: 'http://auth/' })
    expect(explained?.reason).toMatch(reason)
    expect(explained?.remedy).toMatch(remedy)
  })

  it.each([
    ['an answer that is no JSON', 'text/plain', 'hello', /is not JSON/],
    ['JSON of something else', 'application/json', '{"status":"ok"}', /is not a JWK Set/],
  ])('%s', async (_, type, body, reason) => {
    const port = await httpThat((_, answer) => void answer.writeHead(200, { 'content-type': type }).end(body))
    expect((await failureAt(`http://127.0.0.1:${port}/`))?.reason).toMatch(reason)
  })

  it('a valid response is accepted', () => {
    const head = { status: 200, contentType: 'application/json', location: null }
    expect(explainAnswer(head, { url: 'http://auth/' })).toBeNull()
  })
})

describe('A failed feed connection has a reason, too:', () => {
  const lostAt = (url: string) =>
    new Promise<{ reason: string; remedy: string }>((resolve) => {
      const stop = keepEventStream({
        url,
        resumeAfter: () => null,
        onEvent() {},
        onComment() {},
        onHeard() {},
        onLost: resolve,
      })
      onTestFinished(stop)
    })

  it('a certificate of a private authority', async () => {
    const port = await listen(createHttps(certificate('localhost'), (_, answer) => void answer.end()))
    expect((await lostAt(`https://localhost:${port}/`)).remedy).toContain('NODE_EXTRA_CA_CERTS')
  })

  it('a page instead of a stream, a proxy without a backend, and an empty response', async () => {
    const html = await httpThat(
      (_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('hi'),
    )
    expect((await lostAt(`http://127.0.0.1:${html}/`)).reason).toMatch(/HTML page/)
    const proxy = await httpThat((_, answer) => void answer.writeHead(502).end())
    expect((await lostAt(`http://127.0.0.1:${proxy}/`)).reason).toMatch(/a proxy there/)
    expect((await lostAt(`http://127.0.0.1:${await deadPort()}/`)).reason).toMatch(/nothing listens/)
  })
})
