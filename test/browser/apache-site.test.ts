import { OPERATOR } from '@latchkey/auth-service'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { startApacheSite } from '../oidc/relying-parties/apache-site.ts'
import type { OutsideApp } from '../oidc/relying-parties/outside-app.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { follow, heading, press, signIn } from '../support/page-actions.ts'
import { inContext } from '../support/page-checks.ts'

const [ADA] = PEOPLE

let family: RunningFamily
let browser: Browser
/** Two sites behind Apache with mod_auth_openidc: one of the family's own, and a stranger's. */
let own: OutsideApp
let strange: OutsideApp
const atEnd: (() => void | Promise<void>)[] = []
const register = (task: () => void | Promise<void>) => void atEnd.push(task)

beforeAll(async () => {
  ;[family, browser, own, strange] = await Promise.all([
    startFamily(),
    launchChromium(inject('chromiumPath')),
    startApacheSite(register),
    startApacheSite(register),
  ])
  const issued = await family.administer(async (service) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await service.users.create({ ...person, password: hash, emailVerifiedAt })
    const add = async (name: string, site: OutsideApp, first_party: boolean) => {
      const created = await service.apps.create({ name, origins: [site.url] }, OPERATOR)
      if (!created.ok) throw new Error('not registered')
      const credentials = await service.appCredentials.issue(created.value.id, OPERATOR)
      if (!credentials.ok) throw new Error(credentials.reason)
      const client = {
        redirect_uris: [site.redirectUri],
        post_logout_redirect_uris: [`${site.url}/`],
        back_channel_logout_uri: site.backChannelLogoutUri ?? '',
        first_party,
      }
      await service.oidcClients.set(created.value.id, client, OPERATOR)
      return credentials.value
    }
    return [await add('Wiki', own, true), await add('Strange wiki', strange, false)] as const
  })
  const issuer = family.auth.url
  // The service learns of its first client within seconds.
  await eventually(async () => {
    const page = await fetch(`http://127.0.0.1:${new URL(issuer).port}/.well-known/openid-configuration`)
    expect(page.status).toBe(200)
  })
  await own.connect({ issuer, ...issued[0] })
  await strange.connect({ issuer, ...issued[1] })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
  for (const task of atEnd.reverse()) await task()
})

const greets = (page: Page, url: string, text: string) =>
  expect
    .poll(
      async () => {
        await page.goto(url)
        return heading(page)
      },
      { timeout: 30_000, interval: 100 },
    )
    .toBe(text)

describe('A site behind Apache with mod_auth_openidc, by typing and clicking,', () => {
  it('opens without a form for a user of the family, and ends when they sign out in an app of the family', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${family.notes.url}/notes`)
      await signIn(page, ADA.email, ADA.password)
      await page.waitForURL(`${family.notes.url}/notes`)

      await page.goto(own.url)
      expect(await heading(page)).toBe('Hello, a stranger')
      await follow(page, 'Sign in')
      expect(await heading(page), 'nothing is asked').toBe(`Hello, ${ADA.email}`)
      await page.goto(`${strange.url}/login`)
      expect(await heading(page), 'it is no app of the family').toBe('Continue to Strange wiki?')
      await press(page, 'Allow')
      expect(await heading(page)).toBe(`Hello, ${ADA.email}`)

      await page.goto(`${family.notes.url}/notes`)
      await press(page, 'Sign out')
      await greets(page, own.url, 'Hello, a stranger')
      await greets(page, strange.url, 'Hello, a stranger')
    })
  })

  it('signs its user out of the family', async () => {
    await inContext(browser, {}, async (page) => {
      await page.goto(`${own.url}/login`)
      expect(await heading(page)).toBe('Sign in to continue to Wiki')
      await signIn(page, ADA.email, ADA.password)
      expect(await heading(page)).toBe(`Hello, ${ADA.email}`)
      await follow(page, 'Sign out')
      expect(await heading(page)).toBe('Sign out?')
      await press(page, 'Sign out')
      expect(await heading(page)).toBe('Hello, a stranger')
      await page.goto(`${family.auth.url}/account`)
      expect(page.url()).toContain('/login')
    })
  })
})
