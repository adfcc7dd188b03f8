import { OPERATOR } from '@latchkey/auth-service'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { follow, heading, press, signIn } from '../support/page-actions.ts'
import { inContext, inspectTwice } from '../support/page-checks.ts'
import { mellon } from '../support/service-providers.ts'

const [ADA] = PEOPLE
/** Has the same password, and is in no group. */
const LINUS = { ...ADA, email: 'linus@example.com' }

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([
    startFamily({}, { apps: false }),
    launchChromium(inject('chromiumPath')),
  ])
  await family.administer(async ({ users, groups }) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of [ADA, LINUS])
      await users.create({ ...person, password: hash, emailVerifiedAt })
    const group = await groups.create('partners', OPERATOR)
    const ada = await users.findByEmail(ADA.email)
    if (!group.ok || !ada) throw new Error('no group')
    await groups.add(group.value, ada, OPERATOR)
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const at = (path: string) => `${family.auth.url}${path}`

async function enterFamily(page: Page, person: { email: string; password: string }): Promise<void> {
  await page.goto(at('/account'))
  await signIn(page, person.email, person.password)
  await page.waitForURL(at('/account'))
}

it('A site behind mod_auth_mellon opens without a form, signs out both, and is for its group alone', async () => {
  const partner = await mellon('partner.localhost', true)
  const id = await family.administer(async ({ apps, serviceProviders }) => {
    const created = await apps.create({ name: 'Partner', origins: [partner.url] }, OPERATOR)
    if (!created.ok) throw new Error('not registered')
    const facts = { entity_id: partner.entityId, acs_urls: [partner.acsUrl], groups: ['partners'] }
    await serviceProviders.set(created.value.id, facts, OPERATOR)
    return created.value.id
  })
  // The service learns of its first provider within seconds, and later of its certificate.
  const ours = await eventually(async () => {
    const { status, text } = await send(at('/saml/metadata'))
    expect(status).toBe(200)
    return text
  })
  const metadata = await partner.start(ours)
  await family.administer(({ serviceProviders }) =>
    serviceProviders.set(id, { metadata, starts_here: true }, OPERATOR),
  )

  await inContext(browser, {}, async (page) => {
    await enterFamily(page, ADA)
    await page.goto(partner.page)
    await page.getByRole('heading', { name: `Hello, ${ADA.email}` }).waitFor()
    expect(page.url(), 'nothing was asked').toBe(partner.page)

    await eventually(async () => {
      await page.goto(partner.page)
      await follow(page, 'Sign out')
      expect(await heading(page)).toBe('Signed out of the partner')
    })
    await page.goto(at('/account'))
    expect(page.url()).toContain('/login')
    await page.goto(`${partner.url}/out.html`)
    await follow(page, 'Sign in')
    expect(await heading(page)).toBe('Sign in to continue to Partner')
    await signIn(page, ADA.email, ADA.password)
    await page.getByRole('heading', { name: `Hello, ${ADA.email}` }).waitFor()

    // In the family.
    await page.goto(at('/logout'))
    await press(page, 'Sign out')
    await page.waitForURL(/\/login\?notice=signed_out/)
    // By SOAP, without the browser.
    await eventually(async () => {
      await page.goto(partner.page)
      expect(await heading(page)).toBe('Sign in to continue to Partner')
    })

    // By the address for the account page.
    await page.goto(at(`/saml/start/${id}`))
    await signIn(page, ADA.email, ADA.password)
    await page.waitForURL(`${partner.url}/**`)
    await page.goto(partner.page)
    expect(await heading(page)).toBe(`Hello, ${ADA.email}`)
  })

  await inContext(browser, { locale: 'de-DE' }, async (page) => {
    await page.goto(partner.page)
    await page.getByLabel('E-Mail').fill(LINUS.email)
    await page.getByLabel('Passwort').fill(LINUS.password)
    await press(page, 'Anmelden')
    expect(await heading(page)).toBe('Sie können diese App nicht verwenden')
    await inspectTwice(page, 'saml-no-access')
    await press(page, 'Zurück zu Partner')
    await page.waitForURL(`${partner.url}/**`)
    expect(await page.content()).not.toContain('Hello')
  })
})
