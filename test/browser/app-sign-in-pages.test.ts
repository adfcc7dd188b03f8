import { OPERATOR } from '@latchkey/auth-service'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { fill, follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'

const [ADA] = PEOPLE
const CALLBACK = 'http://handbook.example.org/apps/sign-in/a-long-address/callback'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([
    startFamily({}, { apps: false }),
    launchChromium(inject('chromiumPath')),
  ])
  await family.administer(async ({ users, administration, apps, oidcClients, serviceProviders }) => {
    const { password: _, hash, ...person } = ADA
    await users.create({ ...person, password: hash, emailVerifiedAt: Math.floor(Date.now() / 1000) })
    const ada = await users.findByEmail(ADA.email)
    await administration.change(ada?.uuid ?? '', { isSuperuser: true }, OPERATOR)
    await apps.create({ name: 'Handbook', origins: ['http://handbook.example.org'] }, OPERATOR)
    const shop = await apps.create({ name: 'Shop', origins: ['http://shop.example.org'] }, OPERATOR)
    if (!shop.ok) throw new Error('not registered')
    const { id } = shop.value
    await oidcClients.set(id, { redirect_uris: ['http://shop.example.org/callback'] }, OPERATOR)
    const saml = { entity_id: 'http://shop.example.org/saml', acs_urls: ['http://shop.example.org/acs'] }
    await serviceProviders.set(id, saml, OPERATOR)
  })
  // The service learns of its first client and provider within seconds.
  await eventually(async () => {
    for (const path of ['/.well-known/openid-configuration', '/saml/metadata'])
      expect((await send(at(path))).status).toBe(200)
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const at = (path: string) => `${family.auth.url}${path}`

async function enter(page: Page): Promise<void> {
  await page.goto(at('/account'))
  await signIn(page, ADA.email, ADA.password)
  await page.waitForURL(at('/account'))
  await eventually(async () => {
    await page.goto(at('/admin/apps'))
    await follow(page, 'SAML for Handbook')
  })
}

/** How much of its card the widest address takes, on a phone. */
async function shareOfAddresses(page: Page): Promise<number> {
  await page.setViewportSize({ width: 390, height: 800 })
  const widthOf = async (selector: string) => (await page.locator(selector).first().boundingBox())?.width ?? 0
  return (await widthOf('.facts dd')) / (await widthOf('.card'))
}

describe('An administrator, by typing and clicking,', () => {
  it('lets an app sign users in by OpenID Connect, and finds what the app must be told', async () => {
    await inContext(browser, {}, async (page) => {
      await enter(page)
      await page.goto(at('/admin/apps'))
      await follow(page, 'OpenID Connect for Handbook')
      await fill(page, { 'Redirect URIs': 'handbook' })
      await press(page, 'Set up')
      expect(await page.getByLabel('Redirect URIs').getAttribute('aria-invalid')).toBe('true')
      await inspectTwice(page, 'admin-oidc-refused')
      await fill(page, { 'Redirect URIs': CALLBACK })
      await page.getByLabel('This app is our own').check()
      await press(page, 'Set up')
      expect(await told(page)).toContain('Saved.')
      expect(await page.getByRole('main').innerText()).toContain(at('/.well-known/openid-configuration'))
      await inspectTwice(page, 'admin-oidc')
      expect(await shareOfAddresses(page)).toBeGreaterThan(0.7)
      await follow(page, 'Credentials of Handbook')
      await press(page, 'Create credentials')
      expect(await page.getByRole('main').innerText()).toMatch(/AUTH_CLIENT_SECRET=lks_/)
    })
  })

  it('lets an app sign users in by SAML, in German', async () => {
    await inContext(browser, {}, async (page) => {
      await enter(page)
      await press(page, 'Deutsch')
      expect(await heading(page)).toBe('SAML für Handbook')
      await press(page, 'Einrichten')
      expect(await page.getByLabel('Entity-ID der App').getAttribute('aria-invalid')).toBe('true')
      await fill(page, {
        'Entity-ID der App': 'http://handbook.example.org/saml/metadata',
        'Adressen für Antworten': 'http://handbook.example.org/saml/acs',
      })
      await press(page, 'Einrichten')
      expect(await told(page)).toContain('Gespeichert.')
      expect(await page.getByRole('main').innerText()).toContain(at('/saml/metadata'))
      await inspectTwice(page, 'admin-saml')
      expect(await shareOfAddresses(page)).toBeGreaterThan(0.7)
    })
  })
})

it.each([
  ['/saml/sso?SAMLRequest=x', 'Sign-in not possible', 'Anmeldung nicht möglich'],
  ['/saml/slo?SAMLRequest=x', 'Sign-out not possible', 'Abmeldung nicht möglich'],
  ['/oidc/auth?client_id=x', 'Sign-in not possible', 'Anmeldung nicht möglich'],
  ['/oidc/logout?id_token_hint=x', 'Sign-out not possible', 'Abmeldung nicht möglich'],
])('%s ends in a page that says what is not possible', async (path, english, german) => {
  for (const [locale, title] of [
    ['en-GB', english],
    ['de-DE', german],
  ] as const) {
    await inContext(browser, { locale }, async (page) => {
      await page.goto(at(path))
      expect(await heading(page)).toBe(title)
      await inspectTwice(page, `not-possible-${locale}`)
    })
  }
})
