import { afterEach, describe, expect, it, vi } from 'vitest'
import { pemOf } from '../../../auth-service/src/apps/certificate-input.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { entityIdOf } from '../../../auth-service/src/saml/saml-routes.ts'
import { openOidcSite } from '../support/relying-party.ts'
import {
  authnRequest,
  base64,
  ENTITY_ID,
  follow,
  keyOf,
  logoutRequest,
  nodeSaml,
  postFrom,
  redirectQuery,
  registerProvider,
  SLO,
  sentForm,
  signed,
} from '../support/service-provider.ts'

afterEach(() => vi.useRealTimers())

const FILES = { entity_id: 'https://files.example/saml', acs_urls: ['https://files.example/acs'] }
const FILES_SLO = 'https://files.example/slo'

/** A user who is signed in to two service providers: the wiki hears of sign-outs by an address, the files by a form. */
async function open(changes: { files?: object } = {}) {
  const site = await openOidcSite()
  const key = await keyOf('wiki.example')
  const filesKey = await keyOf('files.example')
  const wiki = await registerProvider(site.service, { certificates: [key.certificate], slo_url: SLO })
  const files = await registerProvider(
    site.service,
    {
      ...FILES,
      certificates: [filesKey.certificate],
      slo_url: FILES_SLO,
      slo_binding: 'post',
      ...changes.files,
    },
    'Files',
  )
  const ada = await site.signedIn()
  const signIn = async (issuer: string) => {
    const page = await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { issuer }))}`)
    const { xml } = sentForm(page)
    return {
      sessionIndex: /SessionIndex="([^"]*)"/.exec(xml)?.[1] as string,
      nameId: /<saml:NameID [^>]*>([^<]*)</.exec(xml)?.[1] as string,
    }
  }
  const atWiki = await signIn(ENTITY_ID)
  const atFiles = await signIn(FILES.entity_id)
  const sp = await nodeSaml(site, {
    privateKey: key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicCert: pemOf(key.certificate),
  })
  const isSignedIn = async () => (await ada.get('/account')).status === 200
  return { site, key, filesKey, wiki, files, ada, atWiki, atFiles, sp, isSignedIn }
}

/** What the files answer. */
const logoutAnswer = (origin: string, inResponseTo: string, status = 'Success') =>
  `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a${inResponseTo}" Version="2.0" IssueInstant="${new Date().toISOString()}" Destination="${origin}/saml/slo" InResponseTo="${inResponseTo}"><saml:Issuer>${FILES.entity_id}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status></samlp:LogoutResponse>`

const idOf = (xml: string) => /ID="([^"]*)"/.exec(xml)?.[1] as string

describe('A sign-out in a service provider', () => {
  it('ends the session of the family, goes on to the other one, and comes back with an answer', async () => {
    const { site, sp, ada, atWiki, atFiles, filesKey, isSignedIn } = await open()
    expect(atWiki.sessionIndex).not.toBe(atFiles.sessionIndex)
    const profile = { ...atWiki, nameID: atWiki.nameId, nameIDFormat: 'x', issuer: '' }
    const url = await sp.getLogoutUrlAsync(profile as never, 'where', {})
    const begun = await ada.get(url)
    expect(await isSignedIn()).toBe(false)
    const told = sentForm(await ada.get(begun.location as string))
    expect(told.action).toBe(FILES_SLO)
    expect(told.xml).toContain(`<samlp:SessionIndex>${atFiles.sessionIndex}</samlp:SessionIndex>`)
    expect(told.xml).toContain(`>${atFiles.nameId}</saml:NameID>`)
    expect(told.xml).toContain(`>${entityIdOf(site.origin)}</saml:Issuer>`)
    const back = await postFrom(site, '/saml/slo', {
      SAMLResponse: base64(signed(logoutAnswer(site.origin, idOf(told.xml)), filesKey)),
    })
    expect(back.status).toBe(303)
    const end = await ada.get(back.headers.get('location') as string)
    const target = new URL(end.location as string)
    expect(target.href.startsWith(`${SLO}?SAMLResponse=`)).toBe(true)
    expect(target.searchParams.get('RelayState')).toBe('where')
    const { loggedOut } = await sp.validateRedirectAsync(
      Object.fromEntries(target.searchParams),
      target.search.slice(1),
    )
    expect(loggedOut).toBe(true)
    expect(await ada.cookies()).not.toContain('session')
  })

  it('is partial if another one does not sign the user out, or is passed by', async () => {
    for (const status of ['Responder', null]) {
      const { site, sp, ada, atWiki, filesKey } = await open()
      const profile = { ...atWiki, nameID: atWiki.nameId, nameIDFormat: 'x', issuer: '' }
      const begun = await ada.get(await sp.getLogoutUrlAsync(profile as never, '', {}))
      const told = sentForm(await ada.get(begun.location as string))
      if (status !== null) {
        const xml = signed(logoutAnswer(site.origin, idOf(told.xml), status), filesKey)
        await postFrom(site, '/saml/slo', { SAMLResponse: base64(xml) })
      }
      const end = await ada.get(begun.location as string)
      const { inflateRawSync } = await import('node:zlib')
      const answer = inflateRawSync(
        Buffer.from(new URL(end.location as string).searchParams.get('SAMLResponse') as string, 'base64'),
      ).toString()
      expect(answer).toContain('status:PartialLogout')
    }
  })

  it('that names no session ends all of the user there, and none of someone else', async () => {
    const { site, key, ada, atWiki, isSignedIn } = await open()
    const linus = await site.signedIn({ email: 'linus@example.com' })
    sentForm(await follow(linus, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`))
    const send = (xml: string) => ada.get(`${site.origin}/saml/slo?${redirectQuery(xml, key)}`)
    expect((await send(logoutRequest(site, atWiki.nameId, { indexes: ['_unknown'] }))).status).toBe(303)
    expect((await send(logoutRequest(site, 'nobody', { indexes: [atWiki.sessionIndex] }))).status).toBe(303)
    expect(await isSignedIn()).toBe(true)
    expect((await send(logoutRequest(site, atWiki.nameId))).status).toBe(303)
    expect(await isSignedIn()).toBe(false)
    expect((await linus.get('/account')).status).toBe(200)
  })

  it('finds its session by the name from before, if an unsigned request of anyone asked for another format since', async () => {
    for (const name of ['transient', 'emailAddress']) {
      const { site, key, ada, atWiki, isSignedIn } = await open()
      const version = name === 'transient' ? '2.0' : '1.1'
      const inner = `<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:${version}:nameid-format:${name}"/>`
      sentForm(await follow(ada, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { inner }))}`))
      const out = logoutRequest(site, atWiki.nameId, { indexes: [atWiki.sessionIndex] })
      expect((await ada.get(`${site.origin}/saml/slo?${redirectQuery(out, key)}`)).status).toBe(303)
      expect(await isSignedIn(), name).toBe(false)
    }
  })
})

describe('A sign-out in a service provider that has an address for SOAP', () => {
  it('is not told to it once more', async () => {
    const { site, key, ada, atWiki, wiki } = await open()
    const set = { slo_soap_url: 'https://wiki.example/soap' }
    await site.service.serviceProviders.set(wiki.id, set, OPERATOR)
    const xml = logoutRequest(site, atWiki.nameId, { indexes: [atWiki.sessionIndex] })
    expect((await ada.get(`${site.origin}/saml/slo?${redirectQuery(xml, key)}`)).status).toBe(303)
    const { db, samlSignIns } = site.service.database
    const left = (await db.select().from(samlSignIns)).map(({ appId }) => appId)
    expect(left).not.toContain(wiki.id)
  })
})

describe('A sign-out here', () => {
  it('does not take the browser to a service provider that hears of it by SOAP', async () => {
    const { ada } = await open({ files: { slo_soap_url: 'https://files.example/soap' } })
    const out = await ada.submit('/logout', '/logout')
    expect((await ada.get(out.location as string)).location).toContain(`${SLO}?SAMLRequest=`)
    const end = await ada.get(out.location as string)
    expect(end.location).toContain('/login?notice=signed_out')
  })

  it('passes no service provider by for a request for headers alone', async () => {
    const { ada } = await open()
    const out = await ada.submit('/logout', '/logout')
    const head = await ada.request(out.location as string, { method: 'HEAD' })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET'])
    expect((await ada.get(out.location as string)).location).toContain(`${SLO}?SAMLRequest=`)
  })

  it('takes the browser through all service providers, and then where it was going', async () => {
    const { site, ada, sp, key, filesKey, isSignedIn } = await open()
    const out = await ada.submit('/logout', '/logout')
    expect(out.location).toMatch(/^\/saml\/logout\//)
    expect(await isSignedIn()).toBe(false)
    const seen: string[] = []
    let next = out.location as string
    for (let step = 0; step < 2; step++) {
      const page = await ada.get(next)
      if (page.location === null) {
        const told = sentForm(page)
        seen.push(told.action)
        const xml = signed(logoutAnswer(site.origin, idOf(told.xml)), filesKey)
        next = (await postFrom(site, '/saml/slo', { SAMLResponse: base64(xml) })).headers.get(
          'location',
        ) as string
      } else {
        const url = new URL(page.location)
        seen.push(url.origin + url.pathname)
        const { profile } = await sp.validateRedirectAsync(
          Object.fromEntries(url.searchParams),
          url.search.slice(1),
        )
        const answer = await sp.getLogoutResponseUrlAsync(profile as never, '', {}, true)
        next = (await ada.get(answer)).location as string
      }
    }
    expect(seen.sort()).toEqual([FILES_SLO, SLO])
    expect((await ada.get(next)).location).toContain('/login?notice=signed_out')
    expect(key.certificate).toBeTruthy()
  })

  it('of all sessions tells each service provider of all of them at once', async () => {
    const { site, ada, atFiles } = await open({ files: {} })
    const phone = site.browser()
    await phone.json('/login', { email: 'ada@example.com', password: 'correct horse battery' })
    sentForm(
      await follow(
        phone,
        `${site.origin}/saml/sso?${redirectQuery(authnRequest(site, { issuer: FILES.entity_id }))}`,
      ),
    )
    const out = await ada.submit('/account', '/account/sessions/end-all')
    const first = await ada.get(out.location as string)
    const second = first.location === null ? first : await ada.get(out.location as string)
    const told = sentForm(second.location === null ? second : first)
    expect(told.action).toBe(FILES_SLO)
    expect(told.xml).toContain(`<samlp:SessionIndex>${atFiles.sessionIndex}</samlp:SessionIndex>`)
    expect(told.xml.match(/<samlp:SessionIndex>/g)).toHaveLength(2)
    expect((await phone.get('/account')).status).toBe(302)
  })

  it('goes nowhere else without a service provider that hears of it, and never for programs', async () => {
    const { ada } = await open()
    const answer = await ada.json('/logout', {})
    expect(JSON.parse(answer.html)).toMatchObject({ next: expect.stringContaining('/login') })
    const site = await openOidcSite()
    await registerProvider(site.service)
    const grace = await site.signedIn({ email: 'grace@example.com' })
    sentForm(await follow(grace, `${site.origin}/saml/sso?${redirectQuery(authnRequest(site))}`))
    expect((await grace.submit('/logout', '/logout')).location).toContain('/login?notice=signed_out')
  })

  it('takes no answer that was not asked for', async () => {
    const { site, ada, filesKey } = await open()
    const unasked = signed(logoutAnswer(site.origin, '_nothing'), filesKey)
    expect((await postFrom(site, '/saml/slo', { SAMLResponse: base64(unasked) })).status).toBe(400)
    const out = await ada.submit('/logout', '/logout')
    const page = await ada.get(out.location as string)
    const page2 = page.location === null ? page : await ada.get(out.location as string)
    const told = sentForm(page2)
    const answer = logoutAnswer(site.origin, idOf(told.xml))
    // Unsigned, and by another app.
    expect((await postFrom(site, '/saml/slo', { SAMLResponse: base64(answer) })).status).toBe(400)
    const other = answer.replace(FILES.entity_id, ENTITY_ID)
    const byOther = signed(other, await keyOf('wiki.example'))
    expect((await postFrom(site, '/saml/slo', { SAMLResponse: base64(byOther) })).status).toBe(400)
    expect((await ada.get('/saml/logout/AAAAAAAAAAAAAAAAAAAAAA')).location).toContain('/login')
  })
})
