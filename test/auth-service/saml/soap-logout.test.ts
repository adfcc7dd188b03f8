import { expect, it } from 'vitest'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { createSamlEndings } from '../../../auth-service/src/saml/saml-back-channel.ts'
import { createSamlSignIns } from '../../../auth-service/src/saml/saml-sign-ins.ts'
import { sendSoapLogout } from '../../../auth-service/src/saml/soap-logout.ts'
import { eventually } from '../../support/eventually.ts'
import { NOW } from '../../support/tokens.ts'
import { keyOf, registerProvider, SLO } from '../support/service-provider.ts'
import { DEVICE, type OpenService, onBothDatabases, type TestService } from '../support/services.ts'
import { openSoapReceiver, soapAnswer } from '../support/soap-receiver.ts'

/** A user who is signed in to a service provider that hears of sign-outs by SOAP. */
async function signedIn(open: OpenService, { isStarted = true } = {}) {
  const service = await open()
  const receiver = await openSoapReceiver()
  const app = await registerProvider(service, { slo_url: SLO, slo_soap_url: receiver.url })
  const created = await service.users.create({ email: 'ada@example.com', password: '!' })
  if (!created.ok) throw new Error(created.reason)
  const user = created.value
  const signIns = createSamlSignIns(service)
  const enter = async () => {
    const { session } = await service.sessions.start(user, DEVICE)
    const sessionIndex = signIns.sessionIndexOf(session.id, app.id)
    const nameIdFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'
    await signIns.record({ sid: session.id, appId: app.id, sessionIndex, nameId: user.uuid, nameIdFormat })
    return { sid: session.id, sessionIndex }
  }
  const first = await enter()
  if (isStarted) service.saml.start()
  return { service, receiver, app, user, enter, ...first }
}

const rows = ({ database: { db, samlSignIns } }: TestService) => db.select().from(samlSignIns)

onBothDatabases('By SOAP, a service provider', (open) => {
  it('hears that a session has ended, by a signed request that names it', async () => {
    const { service, receiver, user, sid, sessionIndex } = await signedIn(open)
    await service.sessions.end(sid)
    await eventually(async () => expect(await rows(service)).toEqual([]))
    expect(receiver.envelopes).toHaveLength(1)
    expect(receiver.heads[0]).toMatchObject({
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '"http://www.oasis-open.org/committees/security"',
    })
    expect(receiver.envelopes[0]).toContain(`Destination="${receiver.url}"`)
    expect(await receiver.verified(service)).toMatchObject({ nameID: user.uuid, sessionIndex })
  })

  it.each<[string, (signed: Awaited<ReturnType<typeof signedIn>>) => Promise<unknown>]>([
    ['signs out everywhere', ({ service, user }) => service.sessions.endAll(user.id)],
    [
      'is disabled',
      ({ service, user }) => service.administration.change(user.uuid, { isActive: false }, OPERATOR),
    ],
    ['is deleted', ({ service, user }) => service.users.remove(user.uuid)],
  ])('hears of all sessions of a user who %s', async (_, end) => {
    const signed = await signedIn(open)
    const { service, receiver, sessionIndex } = signed
    const second = await signed.enter()
    await end(signed)
    await eventually(async () => expect(await rows(service)).toEqual([]))
    const said = receiver.envelopes.map((text) => /SessionIndex>([^<]*)</.exec(text)?.[1])
    expect(said.sort()).toEqual([sessionIndex, second.sessionIndex].sort())
  })

  it('hears once of two processes, also of what ended while no process ran', async () => {
    const { service, receiver, sid } = await signedIn(open, { isStarted: false })
    const beside = await open({ beside: service })
    await service.sessions.end(sid)
    for (const one of [service, beside]) one.saml.start()
    await eventually(async () => expect(await rows(service)).toEqual([]))
    expect(receiver.envelopes).toHaveLength(1)
  })

  it('that did not take it hears of it later, and is given up after a day', async () => {
    const { service, receiver, user, sid } = await signedIn(open)
    const { db, samlSignIns } = service.database
    /** Makes it due, and wakes what tries again by something else that ends. */
    const again = async (changes: Partial<typeof samlSignIns.$inferInsert> = {}) => {
      await db.update(samlSignIns).set({ logoutDueAt: 0, ...changes })
      const { session } = await service.sessions.start(user, DEVICE)
      await service.sessions.end(session.id)
    }
    const facts = { app: 'Wiki', code: 'http_status', setting: 'latchkey apps set-saml --slo-soap-url' }
    const logged = (event: object) =>
      eventually(() => expect(service.logged).toContainEqual(expect.objectContaining({ ...facts, ...event })))
    receiver.answer(() => ({ status: 503, body: '' }))
    await service.sessions.end(sid)
    await logged({ event: 'saml_logout_put_off', attempt: 1, pause: 5 })
    await again()
    await logged({ event: 'saml_logout_put_off', attempt: 2, pause: 10 })
    await again({ endedAt: 1 })
    await logged({ event: 'saml_logout_given_up', attempt: 3 })
    expect(await rows(service)).toEqual([])
  })

  it('without an address for it leaves nothing behind', async () => {
    const { service, receiver, app, sid } = await signedIn(open, { isStarted: false })
    await service.serviceProviders.set(app.id, { slo_soap_url: '' }, OPERATOR)
    await service.sessions.end(sid)
    await createSamlEndings(service).find()
    expect(await rows(service)).toEqual([])
    expect(receiver.envelopes).toEqual([])
  })
})

it('An answer by SOAP counts if it is one to this request, and says that the session is over', async () => {
  const receiver = await openSoapReceiver()
  const key = await keyOf('auth.example')
  const ask = () =>
    sendSoapLogout(
      { issuer: 'https://auth.example/saml/metadata', key, url: receiver.url, now: NOW },
      { nameId: 'ada', nameIdFormat: 'x', sessionIndexes: ['_1'] },
    )
  const envelope = (body: string) =>
    `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>${body}</S:Body></S:Envelope>`
  for (const codes of [['Success'], ['Success', 'PartialLogout'], ['Requester', 'UnknownPrincipal']]) {
    receiver.answer((id) => ({ body: `<?xml version="1.0"?>\n${soapAnswer(id, ...codes)}` }))
    await expect(ask()).resolves.toBeUndefined()
  }
  for (const [code, answer] of [
    ['http_status', () => ({ status: 500, body: envelope('<S:Fault/>') })],
    ['no_answer', () => ({ body: envelope('<S:Fault/>') })],
    ['no_answer', () => ({ body: '' })],
    ['no_answer', () => ({ body: 'x'.repeat(70_000) })],
    ['no_answer', () => ({ body: soapAnswer('_another', 'Success') })],
    ['no_answer', (id: string) => ({ body: `<!DOCTYPE x>${soapAnswer(id, 'Success')}` })],
    ['refused', (id: string) => ({ body: soapAnswer(id, 'Responder') })],
    ['refused', (id: string) => ({ body: soapAnswer(id, 'invented') })],
  ] as const) {
    receiver.answer(answer)
    await expect(ask()).rejects.toMatchObject({ code })
  }
  receiver.answer(() => ({ status: 302, body: '' }))
  await expect(ask(), 'not elsewhere').rejects.toThrow()
  expect(receiver.envelopes).toHaveLength(12)
})
