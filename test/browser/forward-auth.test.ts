import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OPERATOR } from '@latchkey/auth-service'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { startEchoSite } from '../support/echo-site.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspect, inspectTwice } from '../support/page-checks.ts'
import { PLAIN_PROXIES } from '../support/plain-proxies.ts'

const ADA = { email: 'ada@example.com', password: 'a long walk by the sea' }
const [, GRACE] = PEOPLE
const RULES = { rules: [{ path: '/staff/*', allow: 'staff' }] }

let family: RunningFamily
let browser: Browser
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-rules-'))
  const file = join(folder, 'rules.json')
  writeFileSync(file, JSON.stringify(RULES))
  const settings = {
    TRUSTED_PROXIES: '127.0.0.1',
    FORWARD_AUTH_PROXY: 'nginx',
    FORWARD_AUTH_RULES: file,
  }
  ;[family, browser] = await Promise.all([startFamily(settings), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A site behind nginx, for this family; returns the site's address. */
async function startWiki(): Promise<string> {
  const { port } = await startEchoSite()
  return PLAIN_PROXIES.nginx({ auth: Number(new URL(family.auth.url).port), site: port })
}

it('A site behind nginx asks who is there, knows the name, and hears of sign-outs elsewhere', async () => {
  const wiki = await startWiki()
  await inContext(browser, {}, async (page, context) => {
    await page.goto(`${wiki}/page?a=b#part`)
    expect(page.url()).toMatch(`${family.auth.url}/login?next=${encodeURIComponent(`${wiki}/page?a=b`)}`)
    const query = new URL(page.url()).search
    await page.goto(`${family.auth.url}/register${query}`)
    await fill(page, {
      'First name': 'Ada',
      'Last name': 'Lovelace',
      Email: ADA.email,
      Password: ADA.password,
    })
    await press(page, 'Create account')
    await page.waitForURL(`${wiki}/page?a=b`)
    expect(await heading(page)).toBe('Hello, Ada Lovelace')

    const other = await context.newPage()
    await other.goto(`${family.auth.url}/logout`)
    await press(other, 'Sign out')
    await other.waitForURL((url) => url.pathname !== '/logout')
    await page.reload()
    expect(await heading(page)).toMatch('Sign in')
    await signIn(page, ADA.email, ADA.password)
    await page.waitForURL(`${wiki}/page?a=b`)
    expect(await heading(page)).toBe('Hello, Ada Lovelace')
  })
})

it('Its staff pages say no in the language of the reader, until the reader is staff', async () => {
  const wiki = await startWiki()
  await inContext(browser, { locale: 'de-DE' }, async (page) => {
    await page.goto(`${wiki}/staff/list`)
    await page.getByLabel('E-Mail').fill(ADA.email)
    await page.getByLabel('Passwort').fill(ADA.password)
    const [answer] = await Promise.all([
      page.waitForResponse(`${wiki}/staff/list`),
      page.getByRole('button', { name: 'Anmelden', exact: true }).click(),
    ])
    expect(answer.status()).toBe(403)
    await page.waitForURL(`${wiki}/staff/list`)
    expect(await heading(page)).toBe('Kein Zugriff')
    await inspect(page, 'forward-auth-not-allowed')
    expect(await page.getByRole('link').getAttribute('href')).toBe(`${family.auth.url}/account`)

    await family.administer(async ({ users, administration }) => {
      const ada = await users.findByEmail(ADA.email)
      await administration.change(ada?.uuid ?? '', { isStaff: true }, OPERATOR)
    })
    await expect.poll(async () => (await page.reload())?.status(), { interval: 200 }).toBe(200)
    expect(await heading(page)).toBe('Hello, Ada Lovelace')
  })
})

it('An administrator writes the rules of the site while it runs, on a desktop and on a phone', async () => {
  const wiki = await startWiki()
  const { origin } = new URL(wiki)
  await family.administer(async ({ users, groups }) => {
    const { password: _, hash, ...person } = GRACE
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    await users.create({ ...person, password: hash, emailVerifiedAt, isSuperuser: true })
    await groups.create('editors', OPERATOR)
  })
  /** What an anonymous browser gets at the site. */
  const statusOf = async (path: string) => {
    let status = 0
    await inContext(browser, {}, async (page) => {
      status = (await page.goto(wiki + path))?.status() ?? 0
      if (page.url().startsWith(family.auth.url)) status = 302
    })
    return status
  }
  const soon = { interval: 200 }

  await inContext(browser, {}, async (page, context) => {
    await page.goto(`${family.auth.url}/admin/apps`)
    await signIn(page, GRACE.email, GRACE.password)
    await fill(page, { Name: 'Wiki', Origins: origin })
    await press(page, 'Register')
    await follow(page, 'Rules for Wiki')
    expect(await heading(page)).toBe('Rules for Wiki')
    expect(await page.getByText('They are in the file of FORWARD_AUTH_RULES').count()).toBe(1)
    const add = async (path: string, who: string, more: Record<string, string> = {}) => {
      await fill(page, { Path: path, ...more })
      await page.getByLabel('Who may open it').selectOption(who)
      await press(page, 'Add')
    }
    expect(await statusOf('/public/x')).toBe(302)
    await add('/edit/*', 'Members of groups', { Groups: 'editors' })
    expect(await told(page)).toBe('Rule added. It applies within a second.')
    await add('/public/*', 'Everyone, without signing in')
    await expect.poll(() => statusOf('/public/x'), soon).toBe(200)
    expect(await statusOf('/edit/x')).toBe(302)

    await add('/%65dit/*', 'Everyone, without signing in', { Groups: '' })
    expect(await page.getByText('Write the path without codes such as %61').count()).toBe(1)
    await inspectTwice(page, 'admin-rules-refused')
    await press(page, 'Move /public/* up')
    expect(await told(page)).toBe('Rule moved. The new order applies within a second.')
    await inspectTwice(page, 'admin-rules')

    // Another tab is open while the rules change in this one.
    const other = await context.newPage()
    await other.goto(page.url())
    await page.getByRole('link', { name: 'Change the rule for /public/*' }).click()
    await page.getByLabel('Who may open it').selectOption('Staff')
    await inspectTwice(page, 'admin-rule-change')
    await press(page, 'Save')
    await expect.poll(() => statusOf('/public/x'), soon).toBe(302)
    await fill(other, { Path: '/late' })
    await press(other, 'Add')
    expect(await other.getByRole('alert').innerText()).toContain('Nothing was saved.')
    expect(await other.getByLabel('Path').inputValue()).toBe('/late')
    await inspectTwice(other, 'admin-rules-stale')
    await press(other, 'Add')
    expect(await told(other)).toBe('Rule added. It applies within a second.')

    await page.goto(`${family.auth.url}/admin/apps?change=1`)
    await inspectTwice(page, 'admin-apps-with-rules')
    await press(page, 'Remove Wiki')
    expect(await page.getByRole('alert').innerText()).toContain('Remove the rules of this app first')
  })
})
