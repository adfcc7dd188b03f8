import { OPERATOR } from '@latchkey/auth-service'
import { fetchFor } from '@latchkey/jwt-middleware/contract'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'
import { type PartnerApp, startPartner } from '../support/partner-app.ts'

const [ADA, GRACE] = PEOPLE
const GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

let family: RunningFamily
let browser: Browser
let partner: PartnerApp
/** Client ID of an app for TVs. */
let television: string
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
    const tv = await service.apps.create({ name: 'Television', origins: ['https://tv.example'] }, OPERATOR)
    if (!tv.ok) throw new Error('not registered')
    const set = await service.oidcClients.set(
      tv.value.id,
      { auth_method: 'none', device_flow: true },
      OPERATOR,
    )
    television = (set?.ok && set.value.clientId) || ''
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

/** What a TV gets, which knows no browser. */
async function tv(path: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ client_id: television, ...fields })
  const response = await fetchFor(family.auth.url)(at(path), { method: 'POST', body })
  return (await response.json()) as Record<string, string>
}

describe('A TV that shows a code, by typing and clicking,', () => {
  const ask = () => tv('/oidc/device', { scope: 'openid email' })
  const poll = (device_code = '') => tv('/oidc/token', { grant_type: GRANT, device_code })

  it('signs in once its user has compared the code, and is signed out on the account page', async () => {
    const asked = await ask()
    const { user_code = '' } = asked
    await inContext(browser, {}, async (page) => {
      await page.goto(asked.verification_uri ?? '')
      await signIn(page, ADA.email, ADA.password)
      await page.waitForURL(at('/device'))
      await fill(page, { Code: user_code.toLowerCase().replace('-', '') })
      await press(page, 'Continue')
      await page.getByText(user_code).waitFor()
      await page.getByText('A device asks to sign in to Television').waitFor()
      await inspectTwice(page, 'oidc-device')
      // The same page in another window, which comes second.
      const second = await page.context().newPage()
      await second.goto(page.url())
      await press(page, 'Allow')
      expect(await told(page)).toBe('Your device can sign in now. You can close this page.')
      await press(second, 'Deny')
      await second.getByText('No device is waiting for this code.').waitFor()
      const tokens = await poll(asked.device_code)
      expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'openid email' })
      const refresh = (refresh_token = '') =>
        tv('/oidc/token', { grant_type: 'refresh_token', refresh_token })
      const renewed = await refresh(tokens.refresh_token)
      await page.goto(at('/account'))
      await inspectTwice(page, 'oidc-device-account')
      await press(page, 'Sign out Television on a device')
      await page.getByRole('button', { name: 'Sign out Television on a device' }).waitFor({ state: 'hidden' })
      await expect.poll(async () => (await refresh(renewed.refresh_token)).error).toBe('invalid_grant')
    })
  })

  it('is allowed and denied in German', async () => {
    const [asked, denied] = [await ask(), await ask()]
    await inContext(browser, { locale: 'de-DE' }, async (page) => {
      await page.goto(asked.verification_uri_complete ?? '')
      await page.getByLabel('E-Mail').fill(GRACE.email)
      await page.getByLabel('Passwort', { exact: true }).fill(GRACE.password)
      await page.keyboard.press('Enter')
      await page.getByText('möchte sich als').waitFor()
      expect(await heading(page)).toBe('Gerät verbinden')
      await inspectTwice(page, 'oidc-device-de')
      await press(page, 'Zulassen')
      expect(await told(page)).toBe('Ihr Gerät kann sich jetzt anmelden. Sie können diese Seite schließen.')
      await page.goto(denied.verification_uri_complete ?? '')
      await press(page, 'Ablehnen')
      expect(await told(page)).toBe('Abgelehnt. Das Gerät erhält keinen Zugriff.')
    })
    expect(await poll(asked.device_code)).toHaveProperty('id_token')
    expect((await poll(denied.device_code)).error).toBe('access_denied')
  })
})
