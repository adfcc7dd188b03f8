import { X509Certificate } from 'node:crypto'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { NS } from '../../auth-service/src/platform/xml/saml-names.ts'
import { writeLogoutRequest } from '../../auth-service/src/saml/logout-writer.ts'
import { signXml } from '../../auth-service/src/saml/sign-xml.ts'
import { inEnvelope, outOfEnvelope } from '../../auth-service/src/saml/soap-envelope.ts'
import { supplierAt } from '../../examples/demo/src/supplier-key.ts'
import { createApp } from '../../examples/supplier/src/app.ts'
import { openBrowser } from '../auth-service/support/browser.ts'
import { fetchOf, openOidcSite } from '../auth-service/support/relying-party.ts'
import { follow, keyOf, sentForm } from '../auth-service/support/service-provider.ts'
import { NOW } from '../support/tokens.ts'

afterEach(() => vi.useRealTimers())

const SUPPLIER = 'https://supplier.example'

/** The supplier, and the auth service where its users sign in. */
async function open() {
  const site = await openOidcSite()
  const { privateKey, certificate } = await keyOf('supplier.example')
  const pem = new X509Certificate(Buffer.from(certificate, 'base64')).toString()
  const created = await site.service.apps.create({ name: 'Supplier', origins: [SUPPLIER] }, OPERATOR)
  if (!created.ok) throw new Error('not registered')
  const input = { ...supplierAt(SUPPLIER, pem), slo_soap_url: '' }
  await site.service.serviceProviders.set(created.value.id, input, OPERATOR)
  const db = new Database(':memory:')
  onTestFinished(() => void db.close())
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => void vi.restoreAllMocks())
  const app = createApp({
    db,
    ownUrl: SUPPLIER,
    loginUrl: `${site.origin}/login`,
    keys: { privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), certificate: pem },
    fetch: fetchOf(site),
  })
  const visitor = () => openBrowser(app, { origin: SUPPLIER })
  /** What the family's page sends to the supplier. */
  const answerFor = async (family: Awaited<ReturnType<typeof site.signedIn>>, from: string) =>
    sentForm(await follow(family, from)).fields
  /** Brings it there, as a form of another site. */
  const bring = (fields: Record<string, string>) =>
    app.request(`${SUPPLIER}/saml/acs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams(fields).toString(),
    })
  const startAt = `${site.origin}/saml/start/${created.value.id}`
  async function signedIn(from?: string, email = 'ada@example.com') {
    const family = await site.signedIn({ email })
    const browser = visitor()
    const begin = from ?? ((await browser.get('/sign-in')).location as string)
    const answer = await bring(await answerFor(family, begin))
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/'])
    await browser.jar.setCookie(answer.headers.get('set-cookie') as string, SUPPLIER)
    return { family, browser }
  }
  return { site, db, app, log, visitor, answerFor, bring, signedIn, startAt }
}

describe('The supplier', () => {
  it('shows what it learned of a user who signed in there', async () => {
    const { visitor, signedIn } = await open()
    expect((await visitor().get('/')).html).toContain('href="/sign-in"')
    const { browser } = await signedIn()
    const { html } = await browser.get('/')
    expect(html).toContain('Hello, Ada Lovelace')
    expect(html).toContain('<dt>Groups</dt><dd>none</dd>')
  })

  it('takes a sign-in that began in the family', async () => {
    const { signedIn, startAt } = await open()
    const { browser } = await signedIn(startAt)
    expect((await browser.get('/')).html).toContain('Hello, Ada Lovelace')
  })

  it('takes each answer once, and none that was changed', async () => {
    const { site, visitor, answerFor, bring, startAt } = await open()
    const family = await site.signedIn()
    for (const begin of [startAt, (await visitor().get('/sign-in')).location as string]) {
      const fields = await answerFor(family, begin)
      const changed = Buffer.from(fields.SAMLResponse ?? '', 'base64')
        .toString()
        .replace('Ada', 'Eve')
      expect((await bring({ SAMLResponse: Buffer.from(changed).toString('base64') })).status).toBe(400)
      const again =
        begin === startAt
          ? fields
          : await answerFor(family, (await visitor().get('/sign-in')).location as string)
      expect((await bring(again)).status).toBe(303)
      expect((await bring(again)).status, 'a replay').toBe(400)
    }
    expect((await bring({})).status).toBe(400)
  })

  it('signs its user out of the family, and out of it with the family', async () => {
    const { site, signedIn, log } = await open()
    const { browser, family } = await signedIn()
    const out = await browser.post('/sign-out', {})
    expect((await browser.get('/')).html).toContain('href="/sign-in"')
    const back = await follow(family, out.location as string)
    expect((await family.get('/account')).status).not.toBe(200)
    expect((await browser.get(back.location as string)).location).toBe('/?notice=signed_out')

    const second = await signedIn(undefined, 'bob@example.com')
    const ended = await second.family.submit('/logout', '/logout')
    const told = await follow(second.family, site.origin + ended.location)
    const answered = await second.browser.get(told.location as string)
    expect(log).toHaveBeenLastCalledWith('Supplier: the family ended 1 sign-ins.')
    expect((await second.browser.get('/')).html).toContain('href="/sign-in"')
    const end = await follow(second.family, answered.location as string)
    expect(end.html).toContain('You are signed out.')
  })

  it('signs its user out when the family says so by itself, by SOAP', async () => {
    const { site, app, log, signedIn } = await open()
    const { browser } = await signedIn()
    const { db, samlSignIns } = site.service.database
    const [signIn] = await db.select().from(samlSignIns)
    if (!signIn) throw new Error('no sign-in')
    const key = await site.service.saml.keys.current()
    const request = (...sessionIndexes: string[]) =>
      writeLogoutRequest(
        { issuer: `${site.origin}/saml/metadata`, destination: SUPPLIER, now: NOW },
        { ...signIn, sessionIndexes },
      ).xml
    const send = async (xml: string) => {
      const init = { method: 'POST', headers: { 'content-type': 'text/xml' }, body: inEnvelope(xml) }
      const answer = await app.request(`${SUPPLIER}/saml/soap`, init)
      return { status: answer.status, text: await answer.text() }
    }
    const stranger = await keyOf('evil.example')
    for (const xml of [
      request(),
      signXml(request(), { ...key, privateKey: stranger.privateKey }),
      '',
      '<x/>',
    ])
      expect((await send(xml)).status).toBe(400)
    const other = await send(signXml(request('_another'), key))
    expect([other.status, log.mock.lastCall]).toEqual([200, ['Supplier: the family ended 0 sign-ins.']])
    expect((await browser.get('/')).html).toContain('Hello, Ada Lovelace')
    const told = await send(signXml(request('_another', signIn.sessionIndex), key))
    expect(outOfEnvelope(told.text, NS.samlp, 'LogoutResponse')).not.toBeNull()
    expect((await browser.get('/')).html).toContain('href="/sign-in"')
  })

  it('signs nobody out by an address that is not signed, or has a field twice', async () => {
    const { site, signedIn } = await open()
    const { browser, family } = await signedIn()
    const ended = await family.submit('/logout', '/logout')
    const { search } = new URL((await follow(family, site.origin + ended.location)).location as string)
    for (const query of [
      search.replace(/&Signature=.*$/, ''),
      `${search}&SAMLRequest=other`,
      `${search}&xSAMLRequest=other`,
      search.replace('SigAlg=', 'RelayState=other&SigAlg='),
    ])
      expect((await browser.get(`/saml/slo${query}`)).status).toBe(400)
    expect((await browser.get('/')).html).toContain('Hello, Ada Lovelace')
  })

  it('refuses a sign-out that another site asks for', async () => {
    const { app, signedIn } = await open()
    const { browser } = await signedIn()
    const answer = await app.request(`${SUPPLIER}/sign-out`, {
      method: 'POST',
      headers: {
        origin: 'https://evil.example',
        'content-type': 'application/x-www-form-urlencoded',
        cookie: await browser.jar.getCookieString(SUPPLIER),
      },
      body: '',
    })
    expect(answer.status).toBe(403)
    expect((await browser.get('/')).html).toContain('Hello, Ada Lovelace')
  })
})
