import { X509Certificate } from 'node:crypto'
import { ValidateInResponseTo } from '@node-saml/node-saml'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pemOf } from '../../../auth-service/src/apps/certificate-input.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import type { exportPrivateKey } from '../../../auth-service/src/platform/crypto/jws.ts'
import { openOidcSite } from '../support/relying-party.ts'
import {
  ACS,
  authnRequest,
  base64,
  ENTITY_ID,
  follow,
  freshId,
  keyOf,
  nodeSaml,
  postFrom,
  redirectQuery,
  registerProvider,
  sentForm,
} from '../support/service-provider.ts'

afterEach(() => vi.useRealTimers())

const pemKey = (key: Parameters<typeof exportPrivateKey>[0]) =>
  key.export({ format: 'pem', type: 'pkcs8' }).toString()

const statusIn = (xml: string) => [...xml.matchAll(/StatusCode Value="[^"]*:(\w+)"/g)].map(([, code]) => code)

async function open(input: Parameters<typeof registerProvider>[1] = {}) {
  const site = await openOidcSite()
  const app = await registerProvider(site.service, input)
  const ada = await site.signedIn()
  const user = await site.service.users.findByEmail('ada@example.com')
  return { site, app, ada, uuid: user?.uuid as string }
}

describe('A service provider', () => {
  it('by node-saml gets a signed-in user without a form, with InResponseTo, audience and signatures', async () => {
    const { site, ada, uuid } = await open()
    const sp = await nodeSaml(site)
    const url = await sp.getAuthorizeUrlAsync('back/here?x=1&y=<2>', undefined, {})
    const { action, fields, xml } = sentForm(await follow(ada, url))
    expect(action).toBe(ACS)
    expect(fields.RelayState).toBe('back/here?x=1&y=<2>')
    const { profile } = await sp.validatePostResponseAsync(fields)
    expect(profile).toMatchObject({
      issuer: `${site.origin}/saml/metadata`,
      nameID: uuid,
      nameIDFormat: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
      'urn:oid:0.9.2342.19200300.100.1.3': 'ada@example.com',
      email_verified: 'false',
      'urn:oid:2.5.4.42': 'Ada',
      'urn:oid:2.5.4.4': 'Lovelace',
      'urn:oid:2.16.840.1.113730.3.1.241': 'Ada Lovelace',
      is_staff: 'false',
      is_superuser: 'false',
    })
    expect(profile?.inResponseTo).toMatch(/^_/)
    expect(xml.match(/<ds:Signature /g)).toHaveLength(2)
    expect(xml).toContain(`<saml:Audience>${ENTITY_ID}</saml:Audience>`)
    expect(xml).toContain(`Recipient="${ACS}"`)
    // Apps must not learn the id of the session.
    const [session] = await site.service.sessions.list(1)
    expect(xml).not.toContain(session?.id)
  })

  it('that requires signed requests gets an encrypted assertion', async () => {
    const key = await keyOf('wiki.example')
    const { site, ada, uuid } = await open({
      certificates: [key.certificate],
      signed_requests: true,
      encrypt_assertions: true,
      name_id_format: 'email',
    })
    const sp = await nodeSaml(site, {
      privateKey: pemKey(key.privateKey),
      publicCert: pemOf(key.certificate),
      decryptionPvk: pemKey(key.privateKey),
    })
    const page = await follow(ada, await sp.getAuthorizeUrlAsync('', undefined, {}))
    const { fields, xml } = sentForm(page)
    expect(xml).not.toContain('ada@example.com')
    expect(xml).not.toContain(uuid)
    expect(xml).toContain('http://www.w3.org/2009/xmlenc11#aes256-gcm')
    const { profile } = await sp.validatePostResponseAsync(fields)
    expect(profile).toMatchObject({ nameID: 'ada@example.com', mail: 'ada@example.com' })
  })

  it('may send its request by a form, which brings no cookies', async () => {
    const { site, ada } = await open()
    const answer = await postFrom(site, '/saml/sso', {
      SAMLRequest: base64(authnRequest(site)),
      RelayState: 'r',
    })
    expect(answer.status).toBe(303)
    const { fields } = sentForm(await ada.get(answer.headers.get('location') as string))
    expect(fields.RelayState).toBe('r')
  })

  it('leads a visitor to the login page, and gets the answer afterwards', async () => {
    const { site } = await open()
    const visitor = site.browser()
    const page = await follow(visitor, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    expect(page.title).toContain('Sign in')
    expect(page.html).toContain('Sign in to continue to Wiki')
    const answer = await visitor.post('/login', {
      ...page.form('/login'),
      email: 'ada@example.com',
      password: 'correct horse battery',
    })
    expect(answer.location).toMatch(/\/saml\/continue\//)
    expect(sentForm(await visitor.get(answer.location as string)).action).toBe(ACS)
  })

  it('gets an answer to a request once', async () => {
    const { site, ada } = await open()
    const url = `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`
    const first = await ada.get(url)
    const again = await ada.get(url)
    expect(again.location).toBe(first.location)
    sentForm(await ada.get(first.location as string))
    expect((await ada.get(first.location as string)).status).toBe(404)
    const replayed = await ada.get(url)
    expect([replayed.status, replayed.location]).toEqual([400, null])
    expect(replayed.html).toContain('Go back to the app')
    const id = freshId()
    const other = (inner: string) =>
      `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { id, attributes: inner }))}`
    expect((await ada.get(other(''))).status).toBe(303)
    expect((await ada.get(other('ForceAuthn="true"'))).status).toBe(400)
  })

  it('can insist on a new proof of the user', async () => {
    const { site, ada } = await open()
    site.wait(60)
    const request = authnRequest(site, { attributes: 'ForceAuthn="true"' })
    const asked = await ada.get(`${site.origin}/saml/sso?${redirectQuery(request)}`)
    const path = asked.location as string
    const page = await ada.get(path)
    expect(page.html).toContain('Confirm that it is you')
    expect(page.html).toContain('Wiki')
    const wrong = await ada.post(`${path}/login`, { ...page.form(`${path}/login`), password: 'wrong' })
    expect(wrong.status).toBe(422)
    site.wait(1)
    const right = await ada.post(`${path}/login`, {
      ...page.form(`${path}/login`),
      password: 'correct horse battery',
    })
    const { xml } = sentForm(right)
    expect(xml).toContain(`AuthnInstant="${new Date().toISOString().replace('.000Z', 'Z')}"`)
  })

  it('that insists on a proof gets the one for its own request, and none from another tab', async () => {
    const { site, ada } = await open()
    const ask = async () => {
      const request = authnRequest(site, { attributes: 'ForceAuthn="true"' })
      return (await ada.get(`${site.origin}/saml/sso?${redirectQuery(request)}`)).location as string
    }
    const [first, second] = [await ask(), await ask()]
    site.wait(1)
    const password = 'correct horse battery'
    const confirmation = await ada.get(second)
    const right = await ada.post(`${second}/login`, { ...confirmation.form(`${second}/login`), password })
    expect(statusIn(sentForm(right).xml)).toEqual(['Success'])
    expect((await ada.get(first)).html).toContain('Confirm that it is you')
  })

  it('that insists on a proof takes a sign-in on the way to it, in one of two tabs', async () => {
    const { site } = await open()
    const visitor = site.browser()
    const ask = async () => {
      const request = authnRequest(site, { attributes: 'ForceAuthn="true"' })
      return (await visitor.get(`${site.origin}/saml/sso?${redirectQuery(request)}`)).location as string
    }
    const [first, second] = [await ask(), await ask()]
    const login = (await visitor.get(second)).location as string
    const credentials = { email: 'ada@example.com', password: 'correct horse battery' }
    const landed = await visitor.submit(login, '/login', credentials)
    expect(landed.location).toBe(site.origin + second)
    expect((await visitor.get(first)).html).toContain('Confirm that it is you')
    expect(statusIn(sentForm(await visitor.get(second)).xml)).toEqual(['Success'])
  })

  it('is not answered by a request for headers alone', async () => {
    const { site, app, ada } = await open({ starts_here: true })
    const asked = await ada.get(`${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    const path = asked.location as string
    for (const one of [path, `/saml/start/${app.id}`]) {
      const head = await ada.request(one, { method: 'HEAD' })
      expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET, POST'])
    }
    expect(await site.service.database.db.select().from(site.service.database.samlSignIns)).toEqual([])
    expect(statusIn(sentForm(await ada.get(path)).xml)).toEqual(['Success'])
  })

  it('can ask without showing a page', async () => {
    const { site, ada } = await open()
    const passive = () =>
      `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { attributes: 'IsPassive="1"' }))}`
    expect(statusIn(sentForm(await follow(ada, passive())).xml)).toEqual(['Success'])
    const stranger = sentForm(await follow(site.browser(), passive()))
    expect(stranger.action).toBe(ACS)
    expect(statusIn(stranger.xml)).toEqual(['Responder', 'NoPassive'])
    const both = authnRequest(site, { attributes: 'IsPassive="true" ForceAuthn="true"' })
    const page = await follow(ada, `${site.origin}/saml/sso?${redirectQuery(both)}`)
    expect(statusIn(sentForm(page).xml)).toEqual(['Responder', 'NoPassive'])
  })

  it('is told when no sign-in can be as it asks for', async () => {
    const { site, ada } = await open()
    const ask = async (inner: string) =>
      statusIn(
        sentForm(await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { inner }))}`))
          .xml,
      )
    const policy = (format: string) => `<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:${format}"/>`
    const context = (name: string, comparison = 'exact') =>
      `<samlp:RequestedAuthnContext Comparison="${comparison}"><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:${name}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`
    expect(await ask(policy('2.0:nameid-format:kerberos'))).toEqual(['Requester', 'InvalidNameIDPolicy'])
    expect(await ask('<samlp:NameIDPolicy SPNameQualifier="https://other.example"/>')).toEqual([
      'Requester',
      'InvalidNameIDPolicy',
    ])
    expect(await ask(policy('1.1:nameid-format:unspecified'))).toEqual(['Success'])
    expect(await ask(context('PasswordProtectedTransport'))).toEqual(['Success'])
    expect(await ask(context('X509'))).toEqual(['Requester', 'NoAuthnContext'])
    expect(await ask(context('Password', 'better'))).toEqual(['Success'])
    expect(await ask(context('PasswordProtectedTransport', 'better'))).toEqual([
      'Requester',
      'NoAuthnContext',
    ])
    expect(await ask('<saml:Subject><saml:NameID>linus@example.com</saml:NameID></saml:Subject>')).toEqual([
      'Responder',
      'UnknownPrincipal',
    ])
    expect(await ask('<saml:Subject><saml:NameID>ada@example.com</saml:NameID></saml:Subject>')).toEqual([
      'Success',
    ])
  })

  it('may ask for another format of names', async () => {
    const { site, ada, uuid } = await open()
    const nameFor = async (format: string) => {
      const inner = `<samlp:NameIDPolicy Format="${format}"/>`
      const { xml } = sentForm(
        await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { inner }))}`),
      )
      return /<saml:NameID [^>]*>([^<]*)</.exec(xml)?.[1]
    }
    expect(await nameFor('urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress')).toBe('ada@example.com')
    const transient = await nameFor('urn:oasis:names:tc:SAML:2.0:nameid-format:transient')
    expect(transient).toMatch(/^_[0-9a-f]{32}$/)
    expect(transient).not.toContain(uuid)
  })

  it('gets answers only at its registered addresses', async () => {
    const { site, ada } = await open({ acs_urls: [ACS, `5:${ACS}/five`] })
    const to = async (attributes: string) => {
      const page = await follow(
        ada,
        `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { attributes }))}`,
      )
      return page.status === 200 ? sentForm(page).action : page.status
    }
    expect(await to('')).toBe(ACS)
    expect(await to(`AssertionConsumerServiceURL="${ACS}/five"`)).toBe(`${ACS}/five`)
    expect(await to('AssertionConsumerServiceIndex="5"')).toBe(`${ACS}/five`)
    expect(await to('AssertionConsumerServiceIndex="1"')).toBe(400)
    expect(await to(`AssertionConsumerServiceIndex="5" AssertionConsumerServiceURL="${ACS}"`)).toBe(400)
    expect(await to('ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"')).toBe(400)
    for (const url of [
      `${ACS}/`,
      `${ACS}?a=1`,
      ACS.toUpperCase(),
      `${ACS}%00`,
      'https://evil.example/saml/acs',
      '/account',
    ]) {
      expect(await to(`AssertionConsumerServiceURL="${url}"`), url).toBe(400)
    }
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({
        event: 'saml_refused',
        cause: 'unknown_consumer',
        app: 'Wiki',
        setting: 'latchkey apps set-saml --acs-url',
      }),
    )
  })

  it('for a group refuses everyone else with a page, and can be told', async () => {
    const { site, ada } = await open({ groups: ['editors'] })
    const asked = await ada.get(`${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    const path = asked.location as string
    const page = await ada.get(path)
    expect(page.status).toBe(403)
    expect(page.html).toContain('is only for certain groups')
    const told = await ada.post(`${path}/cancel`, page.form(`${path}/cancel`))
    expect(statusIn(sentForm(told).xml)).toEqual(['Responder', 'RequestDenied'])
    const user = await site.service.users.findByEmail('ada@example.com')
    const group = await site.service.groups.create('editors', OPERATOR)
    if (!group.ok || !user) throw new Error('no group')
    await site.service.groups.add(group.value, user, OPERATOR)
    const again = await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    expect(sentForm(again).xml).toContain('<saml:AttributeValue>editors</saml:AttributeValue>')
  })

  it('gets no disabled user', async () => {
    const { site, ada, uuid } = await open()
    await site.service.administration.change(uuid, { isActive: false }, OPERATOR)
    const page = await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    expect(page.title).toContain('Sign in')
  })

  it('can be opened from here without a request', async () => {
    const { site, app, ada, uuid } = await open({ groups: null })
    const sp = await nodeSaml(site)
    expect((await ada.get(`/saml/start/${app.id}`)).status).toBe(404)
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({
        event: 'saml_refused',
        cause: 'no_start',
        setting: 'latchkey apps set-saml --starts-here',
      }),
    )
    expect((await ada.get('/account')).html).toContain('<a class="tile" href="https://wiki.example/">')
    await site.service.serviceProviders.set(app.id, { starts_here: true }, OPERATOR)
    const { action, fields, xml } = sentForm(await ada.get(`/saml/start/${app.id}`))
    expect(action).toBe(ACS)
    expect(xml).not.toContain('InResponseTo')
    expect((await sp.validatePostResponseAsync(fields)).profile?.nameID).toBe(uuid)
    expect((await ada.get('/saml/start/99')).status).toBe(404)
    expect((await ada.get('/account')).html).toContain(`<a class="tile" href="/saml/start/${app.id}">`)
    expect((await site.browser().get(`/saml/start/${app.id}`)).location).toContain('/login?')
  })

  it('never gets names that break its XML', async () => {
    const site = await openOidcSite()
    await registerProvider(site.service)
    const name = `<x>&"'\u0001]]>\u{1f511}`
    const eve = await site.signedIn({ email: 'eve@example.com', first_name: 'Eve' })
    const user = await site.service.users.findByEmail('eve@example.com')
    await site.service.database.db.update(site.service.database.users).set({ firstName: name })
    const { fields } = sentForm(
      await follow(eve, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`),
    )
    const sp = await nodeSaml(site, { validateInResponseTo: ValidateInResponseTo.never })
    const { profile } = await sp.validatePostResponseAsync(fields)
    expect(profile).toMatchObject({ nameID: user?.uuid, 'urn:oid:2.5.4.42': `<x>&"']]>\u{1f511}` })
  })
})

describe('The metadata', () => {
  it('does not exist until an app is a service provider, and no key is made', async () => {
    const site = await openOidcSite()
    for (const path of [
      '/saml/metadata',
      '/saml/sso',
      '/saml/slo',
      '/saml/start/1',
      '/saml/continue/x',
      '/saml/logout/x',
    ]) {
      expect((await site.app.request(path)).status, path).toBe(404)
    }
    expect((await postFrom(site, '/saml/sso', { SAMLRequest: 'x' })).status).toBe(404)
    expect(await site.service.saml.keys.list()).toEqual([])
    expect(site.service.logged).toContainEqual(
      expect.objectContaining({ event: 'saml_refused', cause: 'off', setting: 'latchkey apps set-saml' }),
    )
  })

  it('is signed by the certificate in it, which lasts for years', async () => {
    const { site } = await open()
    const response = await site.app.request('/saml/metadata')
    expect(response.headers.get('content-type')).toBe('application/samlmetadata+xml; charset=utf-8')
    const xml = await response.text()
    const [{ certificate } = { certificate: '' }] = await site.service.saml.keys.list()
    const { verifyXml } = await import('../../../auth-service/src/saml/verify-xml.ts')
    const { readXml } = await import('../../../auth-service/src/platform/xml/strict-xml.ts')
    const read = readXml(xml)
    if (!read.ok) throw new Error(read.reason)
    expect(verifyXml(xml, read.value, [certificate])).toMatchObject({ ok: true })
    const x509 = new X509Certificate(Buffer.from(certificate, 'base64'))
    expect(x509.verify(x509.publicKey)).toBe(true)
    expect(x509.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
    expect(Date.parse(x509.validTo) - Date.now()).toBeGreaterThan(19 * 365 * 86_400_000)
    expect(xml).toContain(`entityID="${site.origin}/saml/metadata"`)
  })
})

describe('A request that no one signed', () => {
  it('is counted, for the network of a stranger or for a session', async () => {
    const { site, ada } = await open()
    const ask = (browser: typeof ada) =>
      browser.get(`${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`)
    const stranger = site.browser()
    for (let i = 0; i < 30; i++) expect((await ask(ada)).status).toBe(303)
    const limited = await ask(ada)
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await ask(stranger)).status).toBe(303)
  })

  it('leads to pages whose forms may go to the app', async () => {
    const { site, ada } = await open({ slo_url: 'https://slo.wiki.example/x' })
    const page = await ada.get('/account')
    const policy = page.headers.get('content-security-policy') ?? ''
    const [, targets = ''] = /form-action ([^;]*)/.exec(policy) ?? []
    expect(targets.split(' ')).toEqual(
      expect.arrayContaining(['https://wiki.example', 'https://slo.wiki.example']),
    )
    expect(site.origin).toContain('localhost')
  })
})
