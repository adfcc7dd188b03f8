import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CONTRACT_HEADER } from '@latchkey/jwt-middleware/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createInternalApp } from '../../../auth-service/src/web/internal-app.ts'
import { serve } from '../../../auth-service/src/web/server.ts'
import { eventually } from '../../support/eventually.ts'
import { openStream } from '../support/event-stream.ts'
import { openService, testConfig } from '../support/services.ts'

async function opened() {
  const service = await openService(testConfig({ internalPort: 0 }))
  return service
}

describe('The listener for apps', () => {
  it('serves the endpoints for apps', async () => {
    const service = await opened()
    onTestFinished(() => service.close())
    const app = createInternalApp(service)
    const statuses = await Promise.all(
      (
        [
          ['GET', '/.well-known/jwks.json'],
          ['GET', '/revocations'],
          ['GET', '/healthz'],
          ['POST', '/refresh'],
          ['POST', '/introspect'],
          ['POST', '/logout'],
        ] as const
      ).map(
        async ([method, path]) =>
          (await app.request(path, { method, headers: { [CONTRACT_HEADER]: '2' } })).status,
      ),
    )
    expect(statuses).toEqual([200, 200, 200, 401, 400, 200])
  })

  it('serves no OpenID Connect without a client', async () => {
    const service = await opened()
    onTestFinished(() => service.close())
    const app = createInternalApp(service)
    for (const path of ['/.well-known/openid-configuration', '/oidc/token', '/oidc/userinfo', '/oidc/auth'])
      expect((await app.request(path, { method: /token$/.test(path) ? 'POST' : 'GET' })).status).toBe(404)
  })

  it.each([
    '/',
    '/login',
    '/oidc/auth',
    '/oidc/logout',
    '/account',
    '/admin',
    '/register',
    '/mailbox',
    '/assets/theme.css',
  ])('serves no page: %s', async (path) => {
    const service = await opened()
    onTestFinished(() => service.close())
    const response = await createInternalApp(service).request(path, { headers: { accept: 'text/html' } })
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ title: 'Not found', request_id: expect.any(String) })
  })

  it('runs beside the public one with streams of its own, and stops with it', async () => {
    const service = await opened()
    const server = await serve(service)
    const port = server.internalAddress?.port ?? 0
    expect(port).not.toBe(server.address.port)
    const stream = await openStream(port)
    await eventually(() => expect(stream.isReady()).toBe(true))
    await service.revocations.changeKeys({ removed: 'a' })
    await eventually(() => expect(stream.entries()).toHaveLength(1))
    await server.close()
    expect(await stream.ended).toBe(true)
  })

  it('exists only if INTERNAL_PORT is set', async () => {
    const service = await openService(testConfig())
    const server = await serve(service)
    expect(server.internalAddress).toBeNull()
    await server.close()
  })

  it('prevents the start if its port is taken, and the public port is released', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    onTestFinished(() => void other.close())
    const { port: internalPort } = other.address() as AddressInfo
    const service = await openService(testConfig({ internalPort }))
    onTestFinished(() => service.close())
    await expect(serve(service)).rejects.toMatchObject({ code: 'EADDRINUSE', port: internalPort })
  })
})
