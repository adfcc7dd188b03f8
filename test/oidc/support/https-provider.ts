import { onTestFinished, vi } from 'vitest'
import type { Config } from '../../../auth-service/src/platform/config/config.ts'
import { serve } from '../../../auth-service/src/web/server.ts'
import { openService, type TestService, testConfig } from '../../auth-service/support/services.ts'
import { deadPort } from '../../support/dead-port.ts'
import { type Answer, type Sent, send, type Via } from '../../support/http.ts'
import { type AtEnd, certificateFor, runNginx } from '../../support/proxies.ts'
import { NOW } from '../../support/tokens.ts'

/** What a proxy says of a request. It and the buffers are as docs/recipes/proxies.md has them. */
const FORWARDED = [
  'proxy_set_header Host $http_host;',
  'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
  'proxy_set_header X-Forwarded-Proto $scheme;',
]

/** The auth service behind nginx with TLS, on real sockets. */
export interface HttpsProvider {
  readonly service: TestService
  readonly origin: string
  /** Where it is without nginx. */
  readonly internalUrl: string
  readonly via: Via
  /** Advances the clock of the service, and of this process, in seconds. */
  wait(seconds: number): void
  /** One request, through nginx. */
  send(url: string, sent?: Sent): Promise<Answer>
  /** The answer as JSON. */
  json(path: string): Promise<Record<string, unknown>>
}

/** Freezes the clock, since oidc-provider reads that of the process. */
export async function openHttpsProvider(
  changes: Partial<Config> = {},
  atEnd: AtEnd = onTestFinished,
): Promise<HttpsProvider> {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW * 1000 })
  atEnd(() => void vi.useRealTimers())
  const port = await deadPort()
  const host = 'auth.demo.localhost'
  const origin = `https://${host}:${port}`
  const config: Partial<Config> = {
    authUrl: origin,
    https: true,
    trustedProxies: [{ address: '127.0.0.1', prefix: 32 }],
    ...changes,
  }
  const service = await openService(testConfig(config))
  const server = await serve(service)
  atEnd(() => server.close())
  const { cert, key, authority } = certificateFor([host], atEnd)
  await runNginx(
    `server {
      listen 127.0.0.1:${port} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
      large_client_header_buffers 4 64k; proxy_buffer_size 16k; proxy_buffers 8 16k;
      location / { proxy_pass http://127.0.0.1:${server.address.port}; ${FORWARDED.join(' ')} }
    }`,
    port,
    atEnd,
  )
  const via = { port, authority }
  return {
    service,
    origin,
    internalUrl: `http://127.0.0.1:${server.address.port}`,
    via,
    wait(seconds) {
      service.wait(seconds)
      vi.setSystemTime(Date.now() + seconds * 1000)
    },
    send: (url, sent) => send(new URL(url, origin).href, sent, via),
    async json(path) {
      const { status, text } = await send(new URL(path, origin).href, {}, via)
      if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`)
      return JSON.parse(text)
    },
  }
}
