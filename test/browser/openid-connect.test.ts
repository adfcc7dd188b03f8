import { OPERATOR } from '@latchkey/auth-service'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'
import { type PartnerApp, startPartner } from '../support/partner-app.ts'

const [ADA, GRACE] = PEOPLE

let family: RunningFamily
let browser: Browser
let partner: PartnerApp
beforeAll(async () => {
  ;[family, browser, partner] = await Promise.all([
    startFamily(),
    launchChromium(inject('chromiumPath')),
    startPartner(),
  ])
  const { clientId, clientSecret } = await family.administer(async (service) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash, emailVerifiedAt })
    const created = await service.apps.create({ name: 'Partner', origins: [partner.url] }, OPERATOR)
    if (!created.ok) throw new Error('not registered')
    const issued = await service.appCredentials.issue(created.value.id, OPERATOR)
    if (!issued.ok) throw new Error(issued.reason)
    const client = {
      redirect_uris: [partner.callback],
      post_logout_redirect_uris: [`${partner.url}/`],
      back_channel_logout_uri: partner.logoutUri,
    }
    await service.oidcClients.set(created.value.id, client, OPERATOR)
    return issued.value
  })
  // The service learns of its first client within seconds.
  await eventually(() => partner.connect(family.auth.url, clientId, clientSecret))
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
  await partner?.close()
})

const at = (path: string) => `${family.auth.url}${path}`

async function enterFamily(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.goto(at('/account'))
  await signIn(page, person.email, person.password)
  await page.waitForURL(at('/account'))
}

/** Until the partner's page says so, by reloading it. */
const greets = (page: Page, text: string, timeout: number) =>
  expect
    .poll(
      async () => {
        await page.goto(partner.url)
        return heading(page)
      },
      { timeout, interval: 100 },
    )
    .toBe(text)

describe('An app off the domain, by typing and clicking,', () => {
  it('signs its user in after a consent, which is remembered, and can be withdrawn', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(partner.url)
      await follow(page, 'Sign in')
      expect(await heading(page)).toBe('Sign in to continue to Partner')
      await signIn(page, ADA.email, ADA.password)
      expect(await heading(page)).toBe('Continue to Partner?')
      await inspectTwice(page, 'oidc-consent')
      await press(page, 'Allow')
      expect(await heading(page)).toBe(`Hello, ${ADA.email}`)

      await follow(page, 'Sign in')
      expect(await heading(page)).toBe(`Hello, ${ADA.email}`)

      await page.goto(at('/account'))
      await page.getByRole('heading', { name: 'Apps with access to your data' }).waitFor()
      await inspectTwice(page, 'oidc-account')
      await press(page, 'Withdraw access: Partner')
      expect(await told(page)).toContain('That app no longer has access to your data')
      await greets(page, 'Hello, stranger', 5000)
      await follow(page, 'Sign in')
      expect(await heading(page)).toBe('Continue to Partner?')
      await press(page, 'Cancel')
      expect(await heading(page)).toBe('Refused: access_denied')
    })
  })

  it('opens without a form for a user of the family, and ends with the family’s session', async () => {
    await inContext(browser, {}, async (page) => {
      await enterFamily(page, GRACE)
      await page.goto(`${partner.url}/login`)
      await press(page, 'Allow')
      expect(await heading(page)).toBe(`Hello, ${GRACE.email}`)

      await page.goto(at('/logout'))
      await press(page, 'Sign out')
      await page.waitForURL(/notice=signed_out/)
      await greets(page, 'Hello, stranger', 2000)

      await page.goto(at('/account'))
      await signIn(page, GRACE.email, GRACE.password)
      await page.waitForURL(at('/account'))
      await page.goto(`${partner.url}/login`)
      expect(await heading(page), 'nothing is asked').toBe(`Hello, ${GRACE.email}`)
    })
  })

  it('signs its user out of the family, after a question, in German', async () => {
    await inContext(browser, { locale: 'de-DE' }, async (page) => {
      await page.goto(`${partner.url}/login?prompt=consent`)
      expect(await heading(page)).toBe('Anmelden und weiter zu Partner')
      await page.getByLabel('E-Mail').fill(ADA.email)
      await page.getByLabel('Passwort').fill(ADA.password)
      await press(page, 'Anmelden')
      expect(await heading(page)).toBe('Weiter zu Partner?')
      await press(page, 'Zulassen')
      await page.getByRole('heading', { name: `Hello, ${ADA.email}` }).waitFor()
      await follow(page, 'Sign out')
      expect(await heading(page)).toBe('Abmelden?')
      await inspectTwice(page, 'oidc-logout')
      await press(page, 'Abmelden')
      expect(await heading(page)).toBe('Hello, stranger')
      await page.goto(at('/account'))
      expect(page.url()).toContain('/login')
    })
  })
})
