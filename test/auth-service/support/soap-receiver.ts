import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SAML } from '@node-saml/node-saml'
import { onTestFinished } from 'vitest'
import { pemOf } from '../../../auth-service/src/apps/certificate-input.ts'
import type { Service } from '../../../auth-service/src/service.ts'

/** The body of an answer to a logout request with this `ID`. */
export const soapAnswer = (inResponseTo: string, ...codes: readonly string[]) =>
  `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" InResponseTo="${inResponseTo}"><samlp:Status>${codes.reduceRight((inner, code) => `<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${inner}</samlp:StatusCode>`, '')}</samlp:Status></samlp:LogoutResponse></S:Body></S:Envelope>`

type Answer = (id: string) => { readonly status?: number; readonly body: string }

/** A service provider that hears of sign-outs by SOAP on a real socket, until the test ends. */
export async function openSoapReceiver() {
  const envelopes: string[] = []
  const heads: Record<string, unknown>[] = []
  let answer: Answer = (id) => ({ body: soapAnswer(id, 'Success') })
  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += chunk
    envelopes.push(body)
    heads.push(req.headers)
    const { status = 200, body: text } = answer(/ ID="([^"]*)"/.exec(body)?.[1] ?? '')
    res.writeHead(status, { 'content-type': 'text/xml', location: '/elsewhere' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/soap`,
    envelopes,
    heads,
    /** How it answers from now on. */
    answer(next: Answer) {
      answer = next
    },
    /** Its last message, as node-saml verifies it. */
    async verified({ saml, config }: Pick<Service, 'saml' | 'config'>) {
      const [message = ''] =
        /<samlp:LogoutRequest.*<\/samlp:LogoutRequest>/s.exec(envelopes.at(-1) ?? '') ?? []
      const sp = new SAML({
        issuer: 'x',
        callbackUrl: 'https://x.example/acs',
        idpIssuer: `${config.authUrl}/saml/metadata`,
        idpCert: (await saml.keys.published()).map(pemOf),
      })
      const SAMLRequest = Buffer.from(message).toString('base64')
      return (await sp.validatePostRequestAsync({ SAMLRequest })).profile
    },
  }
}
