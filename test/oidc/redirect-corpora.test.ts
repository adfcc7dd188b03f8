import { afterEach, describe, expect, it, vi } from 'vitest'
import { skeleton } from '../auth-service/support/browser.ts'
import {
  AFTER_LOGOUT,
  CALLBACK,
  openOidcSite,
  registerClient,
  relyingParty,
  walk,
} from '../auth-service/support/relying-party.ts'
import { hostileNexts } from '../support/corpora.ts'
import { naughtyStrings } from '../support/naughty-strings.ts'
import { SEED, sample, takesAll } from '../support/sample.ts'

afterEach(() => vi.useRealTimers())
if (takesAll) vi.setConfig({ testTimeout: 3_600_000 })

const { source, lines } = hostileNexts()

function decoded(line: string): string {
  try {
    return decodeURIComponent(line)
  } catch {
    return line
  }
}

/** As listed, and percent-decoded. */
const all = [...new Set(lines.flatMap((line) => [line, decoded(line)]))]

/** Ways to write an address that looks like another one. */
const variants = (uri: string) => {
  const { origin, pathname, host } = new URL(uri)
  return [
    `${uri}/`,
    `${uri}?a=1`,
    `${uri}#a`,
    `${uri}%00`,
    `${uri}/../callback`,
    `${uri} https://evil.example/`,
    `${uri}\n`,
    `${origin}@evil.example${pathname}`,
    `${origin}.evil.example${pathname}`,
    `https://evil.example/${host}${pathname}`,
    `https://evil.example#${uri}`,
    `https:/${host}${pathname}`,
    `https:\\\\${host}${pathname}`,
    `//${host}${pathname}`,
    `http://${host}${pathname}`,
    `${origin}:443${pathname}`,
    `${origin}:444${pathname}`,
    `${origin.toUpperCase()}${pathname}`,
    `${origin}${pathname.toUpperCase()}`,
    `javascript:alert(1)//${host}`,
    'https://evil.example/',
    '/account',
  ]
}

/** Everything that is not this address: alone, and appended to it and to its origin. */
const hostileTo = (uri: string): readonly string[] => [
  ...variants(uri),
  ...sample(all, 150),
  ...sample(
    all.flatMap((value) => [`${uri}${value}`, `${uri}/${value}`, `${new URL(uri).origin}${value}`]),
    150,
  ),
  ...sample(naughtyStrings.filter(Boolean), 50),
]

async function openSignedIn() {
  const site = await openOidcSite()
  const partner = await registerClient(site.service, { first_party: true })
  const rp = await relyingParty(site, partner)
  const ada = await site.signedIn()
  const basic = Buffer.from(`${partner.clientId}:${partner.clientSecret}`).toString('base64')
  const post = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    site.app.request(site.origin + path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields).toString(),
    })
  const asClient = { authorization: `Basic ${basic}` }
  return { site, partner, rp, ada, post, asClient, tokens: await rp.signIn(ada) }
}

describe(`An address that is not registered (${source}, CORPORA_SEED=${SEED})`, () => {
  it('is refused as redirect_uri, with a page and without a redirect', async () => {
    const { rp, ada } = await openSignedIn()
    const { url } = await rp.begin()
    for (const redirect_uri of hostileTo(CALLBACK)) {
      url.searchParams.set('redirect_uri', redirect_uri)
      const page = await ada.get(url.href)
      expect([page.status, page.location], redirect_uri).toEqual([400, null])
      expect(page.html, redirect_uri).toContain('Sign-in not possible')
    }
  })

  it('is refused as redirect_uri of a form, of which the redirect goes no further', async () => {
    const { rp, ada, post, site } = await openSignedIn()
    const { url } = await rp.begin()
    for (const redirect_uri of sample(hostileTo(CALLBACK), 100)) {
      const answer = await post('/oidc/auth', { ...Object.fromEntries(url.searchParams), redirect_uri })
      const location = new URL(answer.headers.get('location') ?? '', site.origin)
      expect([answer.status, location.origin, location.pathname], redirect_uri).toEqual([
        303,
        site.origin,
        '/oidc/auth',
      ])
      const page = await ada.get(location.href)
      expect([page.status, page.location], redirect_uri).toEqual([400, null])
    }
  })

  it('is refused as redirect_uri of a pushed request', async () => {
    const { rp, post, asClient } = await openSignedIn()
    const { url } = await rp.begin()
    for (const redirect_uri of hostileTo(CALLBACK)) {
      const fields = { ...Object.fromEntries(url.searchParams), redirect_uri }
      const answer = await post('/oidc/request', fields, asClient)
      expect(answer.status, redirect_uri).toBe(400)
      expect(await answer.json(), redirect_uri).toMatchObject({ error: 'invalid_request' })
    }
  })

  it('is refused as redirect_uri with the code that another one got', async () => {
    const { rp, ada, post, asClient } = await openSignedIn()
    const { url, finish } = await rp.begin()
    const { location } = await ada.get(url.href)
    const code = new URL(location as string).searchParams.get('code') ?? ''
    for (const redirect_uri of sample(hostileTo(CALLBACK), 100)) {
      const fields = { grant_type: 'authorization_code', code, redirect_uri, code_verifier: 'v'.repeat(43) }
      const answer = await post('/oidc/token', fields, asClient)
      expect(answer.status, redirect_uri).toBe(400)
    }
    expect((await finish(location as string)).access_token, 'none of that used it up').toBeDefined()
  })

  it('is refused as post_logout_redirect_uri', async () => {
    const { ada, tokens } = await openSignedIn()
    for (const post_logout_redirect_uri of hostileTo(AFTER_LOGOUT)) {
      const params = new URLSearchParams({ id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri })
      const page = await ada.get(`/oidc/logout?${params}`)
      expect([page.status, page.location], post_logout_redirect_uri).toEqual([400, null])
    }
  })

  it('leads nowhere as post_logout_redirect_uri of an unknown app', async () => {
    const { ada, site } = await openSignedIn()
    for (const post_logout_redirect_uri of sample(hostileTo(AFTER_LOGOUT), 30)) {
      const page = await ada.get(`/oidc/logout?${new URLSearchParams({ post_logout_redirect_uri })}`)
      const action = `${site.origin}/oidc/logout/confirm`
      const answer = await ada.post('/oidc/logout/confirm', page.form(action))
      expect(answer.location, post_logout_redirect_uri).toBe(`${site.origin}/oidc/logout/success`)
    }
  })
})

it('a state comes back as it was sent, whatever it is', async () => {
  const { rp, ada } = await openSignedIn()
  for (const text of sample(naughtyStrings, 80)) {
    const state = text.toWellFormed().replaceAll('\0', '')
    const { url } = await rp.begin({ state, prompt: 'none' })
    const { location } = await ada.get(url.href)
    expect(new URL(location as string).searchParams.get('state') ?? '').toBe(state)
  }
})

it('a login_hint never becomes markup, and languages that do not exist change nothing', async () => {
  const { site, rp } = await openSignedIn()
  const shown = async (params: Record<string, string>) => {
    const stranger = site.browser()
    const { url } = await rp.begin(params)
    const login = await walk(stranger, url.href)
    expect(new URL(login).pathname, JSON.stringify(params)).toBe('/login')
    const page = await stranger.get(login)
    expect(page.status).toBe(200)
    return skeleton(page.html)
  }
  const usual = [await shown({}), await shown({ login_hint: 'ada@example.com' })]
  for (const text of [...sample(naughtyStrings, 40), ...sample(all, 20)]) {
    expect(usual, text).toContain(await shown({ login_hint: text, ui_locales: text }))
  }
})

it('whatever a parameter is, the answer is not a failure, and leads nowhere else', async () => {
  const { rp, ada, site } = await openSignedIn()
  const names = ['scope', 'prompt', 'max_age', 'acr_values', 'display', 'nonce', 'claims', 'response_mode']
  const further = [
    'id_token_hint',
    'request',
    'request_uri',
    'dpop_jkt',
    'code_challenge',
    'client_id',
    'code',
  ]
  for (const text of [...sample(naughtyStrings, 20), ...sample(all, 10)]) {
    for (const name of [...names, ...further]) {
      const { url } = await rp.begin({ [name]: text })
      const { status, location } = await ada.get(url.href)
      expect([200, 302, 303, 400], `${name}: ${text}`).toContain(status)
      const origin = new URL(location ?? site.origin, site.origin).origin
      expect([site.origin, 'https://partner.example'], `${name}: ${text}`).toContain(origin)
    }
  }
  expect(site.service.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
})
