import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { PublicFetchOptions, PublicTarget } from '../../../auth-service/src/platform/net/public-fetch.ts'
import { certificateFor } from '../../support/proxies.ts'

/** An address that servers of the internet can have. */
export const PUBLIC_ADDRESS = '93.184.216.34'

interface Credentials {
  readonly cert: Buffer
  readonly key: Buffer
  readonly authority: string
}

/** By hosts, for all tests of a process: openssl takes longer than most of them. */
const certificates = new Map<string, Credentials>()

function credentialsOf(hosts: readonly string[]): Credentials {
  const known = certificates.get(hosts.join())
  if (known) return known
  const removals: (() => void | Promise<void>)[] = []
  const { cert, key, authority } = certificateFor(hosts, (removal) => void removals.push(removal))
  const credentials = { cert: readFileSync(cert), key: readFileSync(key), authority }
  for (const remove of removals) void remove()
  certificates.set(hosts.join(), credentials)
  return credentials
}

/**
 * Some hosts of the internet, all by one TLS server of this machine. Only DNS and the wire are replaced: a connection to
 * a public address leads here. What is allowed is up to the code under test.
 */
export async function openInternet(...hosts: readonly string[]) {
  const { cert, key, authority } = credentialsOf(hosts)
  const dns = new Map<string, () => readonly string[]>()
  const asked: string[] = []
  const dialled: PublicTarget[] = []
  const requests: IncomingMessage[] = []
  let answer: (req: IncomingMessage, res: ServerResponse) => void = (_, res) => void res.writeHead(404).end()
  const server = createServer({ cert, key }, (req, res) => {
    requests.push(req)
    answer(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo

  const options: PublicFetchOptions = {
    async resolve(host) {
      asked.push(host)
      return dns.get(host)?.() ?? [PUBLIC_ADDRESS]
    },
    connect(target) {
      dialled.push(target)
      return connectTls({ host: '127.0.0.1', port, servername: target.host, ca: authority })
    },
  }
  return {
    options,
    port,
    /** The hosts of which addresses were asked. */
    asked,
    /** The connections that were opened. */
    dialled,
    /** The requests that arrived. */
    requests,
    /** Sets the addresses of a host; a function is asked each time. */
    name(host: string, addresses: readonly string[] | (() => readonly string[])) {
      dns.set(host, typeof addresses === 'function' ? addresses : () => addresses)
    },
    /** Answers every request from now on. */
    answer(handler: typeof answer) {
      answer = handler
    },
    /** Answers every request with this, as JSON. */
    serve(document: unknown, headers: Record<string, string> = {}) {
      answer = (_, res) =>
        void res
          .writeHead(200, { 'content-type': 'application/json', ...headers })
          .end(typeof document === 'string' ? document : JSON.stringify(document))
    },
  }
}

export type Internet = Awaited<ReturnType<typeof openInternet>>
