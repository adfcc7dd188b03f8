import { beforeEach, describe, expect, it } from 'vitest'
import { pemOf } from '../../../../../auth-service/src/apps/certificate-input.ts'
import { OPERATOR } from '../../../../../auth-service/src/events/audit-log.ts'
import { MAX_BODY } from '../../../../../auth-service/src/web/forms/body.ts'
import { assetUrl } from '../../../../../auth-service/src/web/middleware/assets.ts'
import { someNaughtyStrings } from '../../../../support/naughty-strings.ts'
import type { Browser } from '../../../support/browser.ts'
import { keyOf } from '../../../support/service-provider.ts'
import { openSite, type Site } from '../../../support/site.ts'

const ORIGIN = 'https://wiki.example'
const ENTITY_ID = `${ORIGIN}/saml`
const ACS = `${ORIGIN}/saml/acs`
const PAGE = '/admin/apps/1/saml'
const BY_HAND = { entity_id: ENTITY_ID, acs_urls: ACS }

let site: Site
/** Two administrators. */
let grace: Browser
let linus: Browser
beforeEach(async () => {
  site = await openSite()
  const { users, administration } = site.service
  const administrator = async (email: string) => {
    const browser = await site.signedIn({ email })
    await administration.change((await users.findByEmail(email))?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    return browser
  }
  grace = await administrator('grace@example.com')
  linus = await administrator('linus@example.com')
  await grace.json('/admin/apps', { name: 'Wiki', origins: [ORIGIN] })
})

const provider = () => site.service.apps.at(ORIGIN)?.saml
const isServed = async () => (await site.app.request('/saml/metadata')).status === 200

/** Metadata as products write it, with this in its descriptor. */
const metadataOf = (inner: string, attributes = 'AuthnRequestsSigned="true"') =>
  `<?xml version="1.0"?>
<!-- Generated -->
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
    entityID="${ENTITY_ID}">
  <SPSSODescriptor ${attributes} protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol urn:oasis:names:tc:SAML:2.0:protocol">
    ${inner}
  </SPSSODescriptor>
</EntityDescriptor>`

const CONSUMERS = `
  <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact" Location="${ACS}/artifact" index="0"/>
  <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ACS}/other" index="1"/>
  <AssertionConsumerService isDefault="true" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ACS}" index="4"/>`

describe('The page about SAML of an app', () => {
  it('makes the app a service provider, by hand, which begins to be served, and ends that', async () => {
    expect(await isServed()).toBe(false)
    expect((await grace.get('/admin/apps')).html).toContain(`<a href="${PAGE}">SAML for Wiki</a>`)
    const set = await grace.submit(PAGE, PAGE, { ...BY_HAND, groups: 'a, b', name_id_format: 'email' })
    expect([set.status, set.location]).toEqual([303, `${PAGE}?done=saved`])
    expect(provider()).toEqual({
      entityId: ENTITY_ID,
      consumers: [{ index: 0, url: ACS }],
      sloUrl: null,
      sloBinding: 'redirect',
      sloResponseUrl: null,
      soapUrl: null,
      certificates: [],
      encryptionCertificate: null,
      nameIdFormat: 'email',
      requiresSignedRequests: false,
      encryptsAssertions: false,
      startsHere: false,
      groups: ['a', 'b'],
    })
    expect(await isServed()).toBe(true)
    const page = await grace.get(PAGE)
    for (const path of ['metadata', 'sso', 'slo']) {
      expect(page.html).toContain(`${site.origin}/saml/${path}`)
    }
    expect(page.html).not.toContain('/saml/start/')
    await grace.submit(PAGE, PAGE, { ...BY_HAND, starts_here: 'on' })
    expect((await grace.get(PAGE)).html).toContain(`${site.origin}/saml/start/1`)
    const removed = await grace.submit(PAGE, `${PAGE}/remove`)
    expect(removed.location).toBe(`${PAGE}?done=removed`)
    expect(provider()).toBeNull()
    expect(await isServed()).toBe(false)
    const audit = await grace.get('/admin/audit')
    expect(audit.html).toContain('SAML settings of an app changed')
    expect(audit.html).toContain('SAML settings of an app removed')
  })

  it('takes metadata, which takes precedence over the fields, and keeps the other ones', async () => {
    const { certificate } = await keyOf('wiki.example')
    const other = (await keyOf('files.example')).certificate
    const key = (use: string, base64: string) =>
      `<KeyDescriptor${use}><ds:KeyInfo><ds:X509Data><ds:X509Certificate>\n${base64.replace(/.{64}/g, '$&\n')}\n</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>`
    const slo = `<SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="${ACS}/soap"/>
      <SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ACS}/slo" ResponseLocation="${ACS}/done"/>`
    const metadata = metadataOf(
      key(' use="signing"', certificate) + key(' use="encryption"', other) + slo + CONSUMERS,
    )
    await grace.submit(PAGE, PAGE, { metadata, entity_id: 'x', groups: 'editors', encrypt_assertions: 'on' })
    expect(provider()).toEqual({
      entityId: ENTITY_ID,
      consumers: [
        { index: 4, url: ACS },
        { index: 1, url: `${ACS}/other` },
      ],
      sloUrl: `${ACS}/slo`,
      sloBinding: 'post',
      sloResponseUrl: `${ACS}/done`,
      soapUrl: `${ACS}/soap`,
      certificates: [certificate],
      encryptionCertificate: other,
      nameIdFormat: 'persistent',
      requiresSignedRequests: true,
      encryptsAssertions: true,
      startsHere: false,
      groups: ['editors'],
    })
    // Opened and sent again, nothing changes.
    const before = provider()
    await grace.submit(PAGE, PAGE)
    expect(provider()).toEqual(before)
    // As browsers send the lines of a text.
    const form = (await grace.get(PAGE)).form(PAGE)
    expect(form.certificates).toBe(pemOf(certificate))
    const sent = Object.fromEntries(
      Object.entries(form).map(([name, value]) => [
        name,
        name === 'shown' ? value : value.replaceAll('\n', '\r\n'),
      ]),
    )
    expect((await grace.post(PAGE, { ...sent, groups: '' })).status).toBe(303)
    expect(provider()).toEqual({ ...before, groups: null })
  })

  it('says what is wrong beside the field, and keeps the input', async () => {
    const { certificate } = await keyOf('wiki.example')
    for (const [fields, text] of [
      [{}, 'Enter the entity ID of the app'],
      [{ entity_id: 'a b', acs_urls: ACS }, 'Enter the entity ID of the app'],
      [{ entity_id: ENTITY_ID }, 'Enter at least one address for responses'],
      [{ ...BY_HAND, acs_urls: 'javascript:alert(1)' }, '“javascript:alert(1)” is not an address'],
      [{ ...BY_HAND, acs_urls: `1:${ACS} ${ACS}/2` }, 'needs an index of its own'],
      [{ ...BY_HAND, slo_url: 'ftp://x' }, '“ftp://x” is not an address'],
      [{ ...BY_HAND, certificates: 'x' }, 'This is not an X.509 certificate'],
      [{ ...BY_HAND, certificates: pemOf(certificate).repeat(6) }, 'at most 5 certificates'],
      [{ ...BY_HAND, signed_requests: 'on' }, 'no signed request can be verified'],
      [{ ...BY_HAND, encrypt_assertions: 'on' }, 'Enter the certificate for which assertions are encrypted'],
      [{ metadata: 'x' }, 'This is not the metadata of a service provider'],
      [{ metadata: '<!DOCTYPE x><x/>' }, 'This is not the metadata of a service provider'],
      [{ metadata: `<x>${'a'.repeat(60_000)}</x>` }, 'This is not the metadata of a service provider'],
      [{ metadata: metadataOf('', '') }, 'Enter at least one address for responses'],
      [
        { metadata: metadataOf(CONSUMERS).replaceAll('SPSSODescriptor', 'IDPSSODescriptor') },
        'it has no SPSSODescriptor',
      ],
      [
        {
          metadata: `<x>${metadataOf(CONSUMERS)
            .replace(/<[?!].*>/g, '')
            .repeat(2)}</x>`,
        },
        'This XML describes several services',
      ],
    ] as const) {
      const answer = await grace.submit(PAGE, PAGE, { ...fields, groups: 'kept' })
      expect([answer.status, answer.html.includes(text)], text).toEqual([422, true])
      expect(answer.form(PAGE)).toMatchObject({
        ...('acs_urls' in fields && { acs_urls: fields.acs_urls }),
        groups: 'kept',
      })
    }
    expect(provider()).toBeNull()
  })

  it('offers to choose a file, which a script reads into the field that is sent', async () => {
    const { html, form } = await grace.get(PAGE)
    const [, box = ''] = /(<div class="field" hidden[\s\S]*?<\/div>)/.exec(html) ?? []
    expect(box).toContain('data-file-for="metadata"')
    expect(box).toContain(`data-longest="${MAX_BODY}"`)
    expect(box).toContain(`src="${assetUrl('metadata-file.js')}"`)
    const [input = ''] = /<input[^>]*type="file"[^>]*>/.exec(box) ?? []
    expect(input).toContain('accept=".xml,')
    expect(input).not.toContain(' name=')
    expect(html).not.toContain('multipart')
    expect(form(PAGE)).toHaveProperty('metadata', '')
  })

  it('gives an entity ID to one app', async () => {
    await grace.json(PAGE, BY_HAND)
    await grace.json('/admin/apps', { name: 'Files', origins: ['https://files.example'] })
    const taken = await grace.json('/admin/apps/2/saml', BY_HAND)
    expect(taken.status).toBe(422)
    expect(taken.html).toContain('already registered for Wiki')
  })

  it('overwrites no change of another administrator', async () => {
    await grace.submit(PAGE, PAGE, BY_HAND)
    const stale = (await linus.get(PAGE)).form(PAGE)
    await grace.submit(PAGE, PAGE, { acs_urls: `${ACS}/2` })
    const answer = await linus.post(PAGE, { ...stale, groups: 'editors', metadata: '<typed/>' })
    expect(answer.status).toBe(409)
    expect(answer.html).toContain('Someone else changed this')
    expect(answer.form(PAGE)).toMatchObject({ acs_urls: `${ACS}/2`, groups: 'editors', metadata: '<typed/>' })
    expect(provider()?.consumers[0]?.url).toBe(`${ACS}/2`)
    const gone = await linus.post(`${PAGE}/remove`, stale)
    expect(gone.status).toBe(409)
    await linus.post(PAGE, { ...answer.form(PAGE), metadata: '' })
    expect(provider()).toMatchObject({ consumers: [{ url: `${ACS}/2` }], groups: ['editors'] })
  })

  it('is for superusers; staff only read it', async () => {
    await grace.json(PAGE, BY_HAND)
    const staff = await site.signedIn({ email: 'staff@example.com' })
    expect((await staff.get(PAGE)).status).toBe(403)
    const user = await site.service.users.findByEmail('staff@example.com')
    await site.service.administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
    const page = await staff.get(PAGE)
    expect(page.html).toContain(ENTITY_ID)
    expect(() => page.form(PAGE)).toThrow('No form')
    expect((await staff.json(PAGE, { acs_urls: [] })).status).toBe(403)
    expect((await staff.json(`${PAGE}/remove`, {})).status).toBe(403)
    expect(provider()).not.toBeNull()
  })

  it('shows no input as markup', async () => {
    for (const text of someNaughtyStrings) {
      const answer = await grace.submit(PAGE, PAGE, { metadata: text, entity_id: text, certificates: text })
      expect([303, 422]).toContain(answer.status)
      expect(answer.html).not.toContain('<script>alert')
    }
  })
})
