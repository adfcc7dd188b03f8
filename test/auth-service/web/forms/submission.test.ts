import { describe, expect, it } from 'vitest'
import { createForms } from '../../../../auth-service/src/web/forms/submission.ts'
import { COOKIE_DOMAIN, ISSUER } from '../../../support/tokens.ts'
import { pageApp } from '../../support/page-app.ts'
import { SECRET_KEY } from '../../support/services.ts'

const forms = createForms({
  authUrl: ISSUER,
  cookieDomain: COOKIE_DOMAIN,
  secretKey: SECRET_KEY,
  secretKeyFallbacks: [],
  https: false,
})
const app = pageApp()
  .get('/', (c) => c.text(forms.token(c)))
  .post('/', async (c) => c.json(await forms.read(c)))
  .post('/harmless', async (c) => c.json(await forms.readHarmless(c)))
  .post('/session', async (c) => c.json(await forms.read(c, 'session-1')))

async function openForm() {
  const response = await app.request('/')
  const cookie = response.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  return { cookie, token: await response.text() }
}

async function send(body: string, headers: Record<string, string>, path = '/') {
  const response = await app.request(path, { method: 'POST', headers, body })
  return response.json()
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' }
const JSON_TYPE = { 'content-type': 'application/json' }
const OWN = { origin: ISSUER, 'sec-fetch-site': 'same-origin' }

describe('A form', () => {
  it('is accepted with its token from our own page', async () => {
    const { cookie, token } = await openForm()
    const body = `email=ada&csrf_token=${token}`
    expect(await send(body, { ...FORM, ...OWN, cookie })).toMatchObject({ refused: null, json: false })
    expect(await send(body, { ...FORM, origin: ISSUER, cookie })).toMatchObject({ refused: null })
  })

  it('without its token must be sent again, and keeps the input', async () => {
    const { cookie } = await openForm()
    const body = 'email=ada&csrf_token=x'
    const expected = { refused: 'expired_form', fields: { email: 'ada' } }
    expect(await send(body, { ...FORM, ...OWN, cookie })).toMatchObject(expected)
    expect(await send('email=ada', { ...FORM, ...OWN, cookie })).toMatchObject(expected)
  })

  it('without its cookie reports that the browser may block cookies, unless the user is signed in', async () => {
    const { token } = await openForm()
    const body = `email=ada&csrf_token=${token}`
    const expected = { refused: 'no_cookie', fields: { email: 'ada' } }
    for (const cookie of ['', 'csrf=short', 'theme=dark']) {
      expect(await send(body, { ...FORM, ...OWN, cookie })).toMatchObject(expected)
    }
    expect(await send(body, { ...FORM, ...OWN }, '/session')).toMatchObject({ refused: 'expired_form' })
  })

  it.each([
    { 'sec-fetch-site': 'same-site', origin: 'http://app1.demo.localhost:4001' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
    { origin: `${ISSUER}.evil.example` },
    { origin: 'http://auth.demo.localhost' },
  ])('from another origin is rejected, even with its token: %j', async (from) => {
    const { cookie, token } = await openForm()
    const sent = await send(`csrf_token=${token}&email=ada`, { ...FORM, ...from, cookie } as Record<
      string,
      string
    >)
    expect(sent).toEqual({ refused: 'cross_origin', fields: {}, json: false })
  })

  it('from a program needs its token, too, since any page can make a browser send one', async () => {
    expect(await send('email=ada', FORM)).toMatchObject({ refused: 'no_cookie' })
  })

  it('is accepted without a token where it is harmless, from our own pages only', async () => {
    expect(await send('language=de', { ...FORM, ...OWN }, '/harmless')).toMatchObject({ refused: null })
    const foreign = { ...FORM, origin: 'https://evil.example' }
    expect(await send('language=de', foreign, '/harmless')).toMatchObject({ refused: 'cross_origin' })
  })

  it('that accepts JSON is still a form', async () => {
    const sent = await send('email=ada', { ...FORM, ...OWN, accept: 'application/json' })
    expect(sent).toMatchObject({ refused: 'expired_form', json: true })
  })
})

describe('JSON', () => {
  it('needs no token, from our own page or from a program', async () => {
    expect(await send('{"email":"ada"}', { ...JSON_TYPE, ...OWN })).toMatchObject({
      refused: null,
      fields: { email: 'ada' },
      json: true,
    })
    expect(await send('{}', JSON_TYPE)).toMatchObject({ refused: null })
  })

  it('from another origin is rejected', async () => {
    const from = { 'sec-fetch-site': 'same-site', origin: 'http://app1.demo.localhost:4001' }
    expect(await send('{}', { ...JSON_TYPE, ...from })).toMatchObject({ refused: 'cross_origin', json: true })
  })

  it('with the content type of a form is rejected', async () => {
    const sent = await send('{"email":"ada","x":"="}', { ...OWN, 'content-type': 'text/plain' })
    expect(sent).toMatchObject({ refused: 'unsupported_media_type' })
  })
})
