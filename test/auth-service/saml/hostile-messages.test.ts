import { generateKeyPairSync, sign } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ALGORITHMS } from '../../../auth-service/src/platform/xml/saml-names.ts'
import type { Browser } from '../support/browser.ts'
import { type OidcSite, openOidcSite } from '../support/relying-party.ts'
import {
  ACS,
  authnRequest,
  base64,
  ENTITY_ID,
  follow,
  freshId,
  keyOf,
  logoutRequest,
  postFrom,
  type RequestParts,
  redirectQuery,
  registerProvider,
  SLO,
  sentForm,
  signed,
} from '../support/service-provider.ts'

afterEach(() => vi.useRealTimers())

/** A service provider that signs, with a user who is signed in to it. */
async function open() {
  const site = await openOidcSite()
  const key = await keyOf('wiki.example')
  await registerProvider(site.service, {
    certificates: [key.certificate],
    signed_requests: true,
    slo_url: SLO,
  })
  const ada = await site.signedIn()
  const request = redirectQuery(authnRequest(site), key)
  sentForm(await follow(ada, `${site.origin}/saml/sso?${request}`))
  const user = await site.service.users.findByEmail('ada@example.com')
  return { site, key, ada, uuid: user?.uuid as string }
}

const isSignedIn = async (browser: Browser) => (await browser.get('/account')).status === 200

/** Why the last message was refused, in the log. */
const causeIn = ({ service }: Pick<OidcSite, 'service'>) =>
  String(service.logged.findLast(({ event }) => event === 'request')?.refused).replace(/^saml_/, '')

/** Sends a message by a form: `taken`, or why it was refused. */
async function post(site: OidcSite, path: string, xml: string): Promise<string> {
  const answer = await postFrom(site, path, { SAMLRequest: base64(xml) })
  expect([303, 400]).toContain(answer.status)
  return answer.status === 303 ? 'taken' : causeIn(site)
}

async function get(site: OidcSite, path: string, query: string): Promise<string> {
  const answer = await site.app.request(`${site.origin}${path}?${query}`)
  expect([303, 400]).toContain(answer.status)
  return answer.status === 303 ? 'taken' : causeIn(site)
}

const SIGNATURE = /<ds:Signature .*?<\/ds:Signature>/s

/** A signed document in parts: its signature, and itself without. */
function parted(xml: string) {
  const [signature = ''] = SIGNATURE.exec(xml) ?? []
  return { signature, bare: xml.replace(signature, ''), whole: xml }
}

const CLOSE = /<\/samlp:LogoutRequest>$/

/**
 * Signature wrapping as in "On Breaking SAML" (USENIX Security 2012), numbered as attack tools number it: what was
 * signed stays somewhere in the document, and what is read is the attacker's.
 */
const WRAPPINGS: Record<string, (original: string, evil: string) => string> = {
  'XSW1: the original inside the signature of a forged root': (original, evil) => {
    const { signature, bare } = parted(original)
    return evil.replace(
      '</saml:Issuer>',
      `</saml:Issuer>${signature.replace('</ds:Signature>', `${bare}</ds:Signature>`)}`,
    )
  },
  'XSW2: the original beside its signature in a forged root': (original, evil) => {
    const { signature, bare } = parted(original)
    return evil.replace('</saml:Issuer>', `</saml:Issuer>${bare}${signature}`)
  },
  'XSW3: a forged root before the signed original': (original, evil) =>
    evil.replace('</saml:Issuer>', `</saml:Issuer>${original}`),
  'XSW4: the signed original at the end of a forged root': (original, evil) =>
    evil.replace(CLOSE, `${original}</samlp:LogoutRequest>`),
  'XSW5: the signature in a forged root, and the original at its end': (original, evil) => {
    const { signature, bare } = parted(original)
    return evil
      .replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
      .replace(CLOSE, `${bare}</samlp:LogoutRequest>`)
  },
  'XSW6: the original inside the key of a signature': (original, evil) => {
    const { signature, bare } = parted(original)
    return evil.replace(
      '</saml:Issuer>',
      `</saml:Issuer>${signature.replace('</ds:KeyInfo>', `${bare}</ds:KeyInfo>`)}`,
    )
  },
  'XSW7: the signed original in extensions': (original, evil) =>
    evil.replace('</saml:Issuer>', `</saml:Issuer><samlp:Extensions>${original}</samlp:Extensions>`),
  'XSW8: the original in an object of the signature': (original, evil) => {
    const { signature, bare } = parted(original)
    const holding = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`)
    return evil.replace('</saml:Issuer>', `</saml:Issuer>${holding}`)
  },
}

describe('A signed message', () => {
  it('is taken, and ends the session of its user', async () => {
    const { site, key, ada, uuid } = await open()
    expect(await isSignedIn(ada)).toBe(true)
    expect(await post(site, '/saml/slo', signed(logoutRequest(site, uuid), key))).toBe('taken')
    expect(await isSignedIn(ada)).toBe(false)
  })

  it.each(Object.entries(WRAPPINGS))('that is wrapped is refused. %s', async (_, wrap) => {
    const { site, key, ada, uuid } = await open()
    // Signed by the app for someone else, whose session is not there.
    const original = signed(logoutRequest(site, 'someone-else'), key)
    for (const id of [freshId(), /ID="([^"]*)"/.exec(original)?.[1]]) {
      const evil = logoutRequest(site, uuid, { id: id as string })
      const cause = await post(site, '/saml/slo', wrap(original, evil))
      expect(['several_messages', 'duplicate_id', 'misplaced_signature']).toContain(cause)
    }
    expect(await isSignedIn(ada)).toBe(true)
  })

  it.each(Object.entries(WRAPPINGS))('that is wrapped in another name is refused. %s', async (_, wrap) => {
    const { site, key, ada, uuid } = await open()
    // The signed element has a name that no message has, so that only the signature's place gives it away.
    const renamed = logoutRequest(site, 'someone-else').replaceAll('samlp:LogoutRequest', 'samlp:Extensions')
    const cause = await post(site, '/saml/slo', wrap(signed(renamed, key), logoutRequest(site, uuid)))
    expect(cause).toBe('misplaced_signature')
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('of another kind inside an unsigned one is refused, as in samlify#634', async () => {
    const { site, key, ada, uuid } = await open()
    const captured = signed(authnRequest(site), key)
    expect(await post(site, '/saml/slo', logoutRequest(site, uuid, { inner: captured }))).toBe(
      'several_messages',
    )
    const assertion = signed(
      `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${freshId()}" Version="2.0"><saml:Issuer>${ENTITY_ID}</saml:Issuer></saml:Assertion>`,
      key,
    )
    expect(await post(site, '/saml/slo', logoutRequest(site, uuid, { inner: assertion }))).toBe(
      'several_messages',
    )
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('is refused with a second signature, which would take a part of it out of the digest', async () => {
    const { site, key, ada, uuid } = await open()
    const original = signed(logoutRequest(site, 'someone-else'), key)
    const { signature } = parted(original)
    const forged = `<saml:NameID>${uuid}</saml:NameID>`
    const decoy = signature.replace('</ds:Signature>', `<ds:Object>${forged}</ds:Object></ds:Signature>`)
    expect(await post(site, '/saml/slo', original.replace(signature, decoy + signature))).toBe(
      'misplaced_signature',
    )
    expect(await post(site, '/saml/slo', original.replace(signature, signature + signature))).toBe(
      'misplaced_signature',
    )
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('is refused after any change', async () => {
    const { site, key, ada, uuid } = await open()
    const original = signed(logoutRequest(site, 'someone-else'), key)
    const isA = original.includes('<ds:SignatureValue>A')
    for (const [from, to] of [
      ['someone-else', uuid],
      ['<saml:NameID>', `<saml:NameID>${uuid}</saml:NameID><saml:NameID>`],
      [/ID="[^"]*"/, `ID="${freshId()}"`],
      [/URI="[^"]*"/, 'URI=""'],
      [/Destination="[^"]*"/, ''],
      [/(<ds:SignatureValue>)./, isA ? '$1B' : '$1A'],
      [/<ds:SignatureValue>.*<\/ds:SignatureValue>/s, '<ds:SignatureValue></ds:SignatureValue>'],
    ] as const) {
      const cause = await post(site, '/saml/slo', original.replace(from, to))
      expect(['bad_signature', 'misplaced_signature'], String(from)).toContain(cause)
    }
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('is refused by a key that is not registered, though the message brings its certificate', async () => {
    const { site, ada, uuid } = await open()
    const evil = await keyOf('evil.example')
    expect(await post(site, '/saml/slo', signed(logoutRequest(site, uuid), evil))).toBe('bad_signature')
    expect(await get(site, '/saml/slo', redirectQuery(logoutRequest(site, uuid), evil))).toBe('bad_signature')
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('is refused with weak or strange algorithms', async () => {
    const { site, key, ada, uuid } = await open()
    const weak = signed(logoutRequest(site, uuid), key, { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' })
    expect(await post(site, '/saml/slo', weak)).toBe('weak_algorithm')
    const good = signed(logoutRequest(site, uuid), key)
    for (const [from, to] of [
      [ALGORITHMS.rsaSha256, 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'],
      [ALGORITHMS.rsaSha256, 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'],
      [
        `CanonicalizationMethod Algorithm="${ALGORITHMS.exclusive}"`,
        `CanonicalizationMethod Algorithm="${ALGORITHMS.exclusive}WithComments"`,
      ],
      [
        `Transform Algorithm="${ALGORITHMS.enveloped}"`,
        'Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"',
      ],
      [/<ds:Transforms>.*<\/ds:Transforms>/s, ''],
    ] as const) {
      expect(await post(site, '/saml/slo', good.replace(from, to)), String(from)).toBe('weak_algorithm')
    }
    const query = `SAMLRequest=${encodeURIComponent(deflateRawSync(logoutRequest(site, uuid)).toString('base64'))}&SigAlg=${encodeURIComponent('http://www.w3.org/2000/09/xmldsig#rsa-sha1')}`
    const signature = sign('sha1', Buffer.from(query), key.privateKey).toString('base64')
    expect(await get(site, '/saml/slo', `${query}&Signature=${encodeURIComponent(signature)}`)).toBe(
      'weak_algorithm',
    )
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('is refused for another destination, at another time, twice, and from another app', async () => {
    const { site, key, ada, uuid } = await open()
    const now = Date.now() / 1000
    const send = (parts: RequestParts) =>
      post(site, '/saml/slo', signed(logoutRequest(site, uuid, parts), key))
    expect(await send({ destination: 'https://other.example/saml/slo' })).toBe('wrong_destination')
    expect(await send({ destination: `${site.origin}/saml/sso` })).toBe('wrong_destination')
    expect(await send({ destination: null })).toBe('wrong_destination')
    expect(await send({ issued: now - 601 })).toBe('too_old')
    expect(await send({ issued: now + 200 })).toBe('from_the_future')
    expect(await send({ attributes: 'NotOnOrAfter="2001-01-01T00:00:00Z"' })).toBe('too_old')
    expect(await send({ issuer: 'https://unknown.example' })).toBe('unknown_issuer')
    await registerProvider(
      site.service,
      { entity_id: 'https://files.example/saml', certificates: [(await keyOf('files.example')).certificate] },
      'Files',
    )
    expect(await send({ issuer: 'https://files.example/saml' })).toBe('bad_signature')
    expect(await isSignedIn(ada)).toBe(true)
    const once = signed(logoutRequest(site, 'someone-else'), key)
    expect(await post(site, '/saml/slo', once)).toBe('taken')
    expect(await post(site, '/saml/slo', once)).toBe('replayed')
  })

  it('must be signed if the app requires it, and a sign-out always', async () => {
    const { site, ada, uuid } = await open()
    expect(await post(site, '/saml/sso', authnRequest(site))).toBe('unsigned')
    expect(await get(site, '/saml/sso', redirectQuery(authnRequest(site)))).toBe('unsigned')
    expect(await post(site, '/saml/slo', logoutRequest(site, uuid))).toBe('unsigned')
    await registerProvider(site.service, { entity_id: 'https://files.example/saml', slo_url: SLO }, 'Files')
    const unsigned = { issuer: 'https://files.example/saml' }
    expect(await post(site, '/saml/sso', authnRequest(site, unsigned))).toBe('taken')
    expect(await post(site, '/saml/slo', logoutRequest(site, uuid, unsigned))).toBe('unsigned')
    expect(await isSignedIn(ada)).toBe(true)
  })

  it('of the right kind is at the right place only', async () => {
    const { site, key, uuid } = await open()
    expect(await post(site, '/saml/sso', signed(logoutRequest(site, uuid), key))).toBe('not_saml')
    expect(await post(site, '/saml/slo', signed(authnRequest(site), key))).toBe('not_saml')
    const response = logoutRequest(site, uuid).replaceAll('samlp:LogoutRequest', 'samlp:Response')
    expect(await post(site, '/saml/slo', signed(response, key))).toBe('not_saml')
  })
})

describe('The query of a message by HTTP-Redirect', () => {
  it('is verified as it was sent, however it was encoded', async () => {
    const { site, key } = await open()
    const message = deflateRawSync(authnRequest(site)).toString('base64')
    // Lower-case escapes, as some products write them, and another order.
    const lower = encodeURIComponent(message).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
    const algorithm = encodeURIComponent(ALGORITHMS.rsaSha256)
    const text = `SAMLRequest=${lower}&RelayState=a+b%20c&SigAlg=${algorithm}`
    const value = encodeURIComponent(sign('sha256', Buffer.from(text), key.privateKey).toString('base64'))
    const sent = `Signature=${value}&SigAlg=${algorithm}&RelayState=a+b%20c&x=1&SAMLRequest=${lower}`
    expect(await get(site, '/saml/sso', sent)).toBe('taken')
  })

  it('is refused after any change', async () => {
    const { site, key } = await open()
    const query = redirectQuery(authnRequest(site), key, 'state')
    const other = encodeURIComponent(
      deflateRawSync(authnRequest(site, { attributes: 'IsPassive="true"' })).toString('base64'),
    )
    for (const [changed, cause] of [
      [query.replace('RelayState=state', 'RelayState=other'), 'bad_signature'],
      [query.replace('&RelayState=state', ''), 'bad_signature'],
      [query.replace(/SAMLRequest=[^&]*/, `SAMLRequest=${other}`), 'bad_signature'],
      [query.replace(/Signature=.{4}/, 'Signature=AAAA'), 'bad_signature'],
      [query.replace(/&Signature=.*/, ''), 'malformed_query'],
      [query.replace(/&SigAlg=[^&]*/, ''), 'malformed_query'],
      [`${query}&SAMLRequest=${other}`, 'malformed_query'],
      [`SAMLRequest=${other}&${query}`, 'malformed_query'],
      [`${query}&SAML%52equest=${other}`, 'malformed_query'],
      [`${query}&RelayState=x`, 'malformed_query'],
      [`${query}&SAMLResponse=${other}`, 'malformed_query'],
      [`${query}&SAMLEncoding=urn:none`, 'malformed_query'],
      [query.replace('RelayState=state', 'RelayState=%ff'), 'malformed_query'],
      ['x=1', 'malformed_query'],
      ['', 'malformed_query'],
    ] as const) {
      expect(await get(site, '/saml/sso', changed), changed.slice(0, 300)).toBe(cause)
    }
  })

  it('counts, and not a signature inside the document, which some products leave there', async () => {
    const { site, key } = await open()
    const evil = await keyOf('evil.example')
    const inside = () => signed(authnRequest(site), key)
    expect(await get(site, '/saml/sso', redirectQuery(inside(), key))).toBe('taken')
    expect(await get(site, '/saml/sso', redirectQuery(inside(), evil))).toBe('bad_signature')
    expect(await get(site, '/saml/sso', redirectQuery(inside()))).toBe('misplaced_signature')
  })

  it('can not become a large document', async () => {
    const { site, key } = await open()
    const bomb = 'A'.repeat(50_000_000)
    const query = redirectQuery(
      authnRequest(site, { inner: `<samlp:Extensions>${bomb}</samlp:Extensions>` }),
      key,
    )
    expect(query.length).toBeLessThan(100_000)
    expect(await get(site, '/saml/sso', query)).toBe('too_large')
  })

  it('keeps a long RelayState, though not any', async () => {
    const { site, key } = await open()
    expect(await get(site, '/saml/sso', redirectQuery(authnRequest(site), key, 'x'.repeat(2048)))).toBe(
      'taken',
    )
    expect(await get(site, '/saml/sso', redirectQuery(authnRequest(site), key, 'x'.repeat(2049)))).toBe(
      'long_relay_state',
    )
  })
})

/** Attributes with different names. */
const numbered = (name: string, count: number) =>
  Array.from({ length: count }, (_, place) => `${name}${place}='u'`).join(' ')

describe('A document', () => {
  const refused: Record<string, (xml: string) => [xml: string, cause: string]> = {
    'with a document type': (xml) => [`<!DOCTYPE x>${xml}`, 'dtd'],
    'with an entity that grows': (xml) => [
      `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>${xml.replace('<saml:Issuer>', '<saml:Issuer>&b;')}`,
      'dtd',
    ],
    'with an entity that is a file': (xml) => [
      `<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>${xml}`,
      'dtd',
    ],
    'with an unknown entity': (xml) => [xml.replace('<saml:Issuer>', '<saml:Issuer>&nbsp;'), 'not_xml'],
    'with two roots': (xml) => [xml + xml, 'not_xml'],
    'with a second root': (xml) => [`${xml}<x/>`, 'not_xml'],
    'with text after it': (xml) => [`${xml}text`, 'not_xml'],
    'with a comment inside a text': (xml) => [
      xml.replace(ENTITY_ID, `${ENTITY_ID}<!-- -->.evil.example`),
      'comment',
    ],
    'with a comment anywhere': (xml) => [
      xml.replace('</saml:Issuer>', '</saml:Issuer><!-- x -->'),
      'comment',
    ],
    'with a comment before it': (xml) => [`<!-- x -->${xml}`, 'comment'],
    'with CDATA': (xml) => [xml.replace(ENTITY_ID, `<![CDATA[${ENTITY_ID}]]>`), 'not_xml'],
    'with a processing instruction': (xml) => [
      xml.replace('</saml:Issuer>', '</saml:Issuer><?php x?>'),
      'not_xml',
    ],
    'in another encoding': (xml) => [`<?xml version="1.0" encoding="UTF-7"?>${xml}`, 'not_xml'],
    'of another version': (xml) => [`<?xml version="1.1"?>${xml}`, 'not_xml'],
    'with an unclosed element': (xml) => [xml.replace('</saml:Issuer>', ''), 'not_xml'],
    'with an attribute twice': (xml) => [
      xml.replace('Version="2.0"', 'Version="2.0" Version="2.0"'),
      'not_xml',
    ],
    'with an unknown prefix': (xml) => [xml.replace('</saml:Issuer>', '</saml:Issuer><evil:x/>'), 'not_xml'],
    'with a control character': (xml) => [xml.replace(ENTITY_ID, `${ENTITY_ID}&#0;`), 'not_xml'],
    'with an ID twice': (xml) => [
      xml.replace(
        '</saml:Issuer>',
        `</saml:Issuer><samlp:Extensions Id="${/ID="([^"]*)"/.exec(xml)?.[1]}"/>`,
      ),
      'duplicate_id',
    ],
    'with two requests': (xml) => [
      xml.replace(
        '</saml:Issuer>',
        `</saml:Issuer><samlp:Extensions>${xml.replace(/ID="/, 'ID="x')}</samlp:Extensions>`,
      ),
      'several_messages',
    ],
    'with two issuers': (xml) => [
      xml.replace('<saml:Issuer>', '<saml:Issuer>x</saml:Issuer><saml:Issuer>'),
      'not_saml',
    ],
    ...Object.fromEntries(
      ['&', '&amp', '&x;', '&#xD800;', '&#x0;', '&#11;', '&#65535;', '&#1114112;', ']]>'].map((text) => [
        `with ${text} in a text`,
        (xml: string): [string, string] => [
          xml.replace('</saml:Issuer>', `</saml:Issuer><samlp:Extensions>${text}</samlp:Extensions>`),
          'not_xml',
        ],
      ]),
    ),
    'that is very deep': (xml) => [
      xml.replace(
        '</saml:Issuer>',
        `</saml:Issuer>${'<samlp:Extensions>'.repeat(500)}${'</samlp:Extensions>'.repeat(500)}`,
      ),
      'too_deep',
    ],
    'that is very deep, with attributes that look like the end of an empty element': (xml) => [
      xml.replace('</saml:Issuer>', `</saml:Issuer>${'<a b="/>">'.repeat(500)}${'</a>'.repeat(500)}`),
      'too_deep',
    ],
    'that is deeper than the stack': (xml) => [
      xml.replace('</saml:Issuer>', `</saml:Issuer>${'<a b="/>">'.repeat(3000)}${'</a>'.repeat(3000)}`),
      'too_large',
    ],
    'with thousands of elements': (xml) => [
      xml.replace('</saml:Issuer>', `</saml:Issuer>${'<a/>'.repeat(10_000)}`),
      'too_large',
    ],
    'with thousands of attributes': (xml) => [
      xml.replace('</saml:Issuer>', `</saml:Issuer><a ${numbered('a', 3000)}/>`),
      'too_large',
    ],
    'with thousands of namespaces': (xml) => [
      xml.replace('</saml:Issuer>', `</saml:Issuer><a ${numbered('xmlns:a', 2500)}/>`),
      'too_large',
    ],
    'of SAML 1.1': (xml) => [xml.replaceAll('SAML:2.0', 'SAML:1.1'), 'not_saml'],
    'of another version of SAML': (xml) => [xml.replace('Version="2.0"', 'Version="2.1"'), 'not_saml'],
    'without an ID': (xml) => [xml.replace(/ ID="[^"]*"/, ''), 'not_saml'],
    'that is HTML': () => ['<html><br></html>', 'not_xml'],
    'that is empty': () => [' ', 'not_xml'],
  }

  it.each(Object.entries(refused))('%s is refused', async (_, change) => {
    const site = await openOidcSite()
    await registerProvider(site.service)
    const [xml, cause] = change(authnRequest(site))
    expect(await post(site, '/saml/sso', xml)).toBe(cause)
    expect(await get(site, '/saml/sso', redirectQuery(xml))).toBe(cause)
  })

  it('that is not base64, or not UTF-8, is refused', async () => {
    const site = await openOidcSite()
    await registerProvider(site.service)
    const send = async (fields: Record<string, string>) => {
      expect((await postFrom(site, '/saml/sso', fields)).status).toBe(400)
      return causeIn(site)
    }
    expect(await send({ SAMLRequest: '<x/>' })).toBe('not_base64')
    expect(await send({ SAMLRequest: '' })).toBe('not_base64')
    expect(await send({ SAMLRequest: Buffer.from([0xff, 0xfe]).toString('base64') })).toBe('not_utf8')
    expect(await send({ SAMLRequest: 'AAAA', SAMLResponse: 'AAAA' })).toBe('malformed_query')
    expect(await send({})).toBe('malformed_query')
    expect(await get(site, '/saml/sso', 'SAMLRequest=AAAA')).toBe('not_deflated')
    const json = await site.app.request('/saml/sso', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(json.status).toBe(400)
  })

  it('may name characters', async () => {
    const site = await openOidcSite()
    await registerProvider(site.service)
    const inner =
      '<samlp:Extensions>&amp;&lt;&gt;&quot;&apos;&#9;&#xA;&#65;&#x1F511;&#00065;</samlp:Extensions>'
    expect(await post(site, '/saml/sso', authnRequest(site, { inner }))).toBe('taken')
  })

  it('may have a declaration, white space and line breaks', async () => {
    const site = await openOidcSite()
    await registerProvider(site.service)
    const xml = `<?xml version="1.0" encoding="utf-8"?>\r\n${authnRequest(site).replaceAll('><', '>\r\n  <')}\r\n`
    expect(await post(site, '/saml/sso', xml)).toBe('taken')
    const wrapped = (base64(authnRequest(site)).match(/.{1,76}/g) ?? []).join('\r\n')
    expect((await postFrom(site, '/saml/sso', { SAMLRequest: wrapped })).status).toBe(303)
  })
})

describe('The certificate of a service provider', () => {
  it('has an RSA key of 2048 bits at least', async () => {
    const site = await openOidcSite()
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const set = await registerProvider(site.service).then((app) =>
      site.service.serviceProviders.set(
        app.id,
        { certificates: publicKey.export({ format: 'pem', type: 'spki' }).toString() },
        { uuid: null, device: { userAgent: '', address: '' } },
      ),
    )
    expect(set).toMatchObject({ ok: false, errors: { certificates: expect.anything() } })
    expect(ACS).toMatch(/^https/)
  })
})
