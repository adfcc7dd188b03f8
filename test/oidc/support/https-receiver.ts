import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { decodeJwt, type JWTPayload } from 'jose'
import { type AtEnd, certificateFor } from '../../support/proxies.ts'

/** A logout token as it arrived. */
export interface HeardLogout {
  readonly method: string | undefined
  readonly type: string | undefined
  /** The version of TLS. */
  readonly tls: string | null
  /** The names of the fields. */
  readonly fields: readonly string[]
  readonly token: string
  /** Its claims, unverified. */
  readonly claims: JWTPayload
}

export interface HttpsReceiver {
  readonly uri: string
  readonly received: readonly HeardLogout[]
}

/** An app that hears of sign-outs over TLS. This process trusts the authority of its certificate until the end. */
export async function openHttpsReceiver(atEnd: AtEnd): Promise<HttpsReceiver> {
  const received: HeardLogout[] = []
  const { cert, key, authority } = certificateFor(['localhost'], atEnd)
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, authority])
  atEnd(() => setDefaultCACertificates(trusted))
  const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    const form = new URLSearchParams(body)
    const token = form.get('logout_token') ?? ''
    received.push({
      method: req.method,
      type: req.headers['content-type']?.split(';', 1)[0],
      tls: (req.socket as TLSSocket).getProtocol(),
      fields: [...form.keys()],
      token,
      claims: decodeJwt(token),
    })
    res.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(() => {
    server.close()
    server.closeAllConnections()
  })
  return { uri: `https://localhost:${(server.address() as AddressInfo).port}/logout`, received }
}
