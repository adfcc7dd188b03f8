import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, heading, press, signIn } from '../support/page-actions.ts'
import { inContext, inspectTwice, type Journey } from '../support/page-checks.ts'

const [ADA, GRACE] = PEOPLE

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
  await family.administer(async ({ users }) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await users.create({ ...person, password: hash, emailVerifiedAt })
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const inProfile = (journey: Journey) => inContext(browser, {}, journey)
const at = (path: string) => `${family.auth.url}${path}`

/** Moves the last password of all sessions back by 16 minutes. */
const waitSixteenMinutes = () =>
  family.administer(async ({ database: { db, sessions } }) => {
    await db.update(sessions).set({ authenticatedAt: Math.floor(Date.now() / 1000) - 16 * 60 })
  })

async function enter(page: Page, path: string, person: { email: string; password: string }): Promise<void> {
  await page.goto(at(path))
  await signIn(page, person.email, person.password)
  await page.waitForURL(at(path))
}

describe('The auth service, by typing and clicking,', () => {
  it("asks for the password if the browser has only the family's cookies; the apps stay signed in", async () => {
    await inProfile(async (page) => {
      const notes = `${family.notes.url}/notes`
      await page.goto(notes)
      await signIn(page, ADA.email, ADA.password)
      await page.waitForURL(notes)
      await page.context().clearCookies({ name: 'session' })

      await page.goto(at('/account'))
      expect(page.url()).toContain(at('/login?next='))
      const said = await page.getByRole('status').innerText()
      expect(said).toBe('Sign in again to open your account. You stay signed in to your apps.')
      expect(await page.getByLabel('Email').inputValue()).toBe(ADA.email)
      await inspectTwice(page, 'login-again')
      await page.goto(notes)
      expect(page.url()).toBe(notes)

      await page.goto(at('/account'))
      await fill(page, { Password: ADA.password })
      await press(page, 'Sign in')
      await page.waitForURL(at('/account'))
      expect(await heading(page)).toBe('Hello, Ada')
      await page.goto(notes)
      expect(page.url()).toBe(notes)
    })
  })

  it('asks a superuser for the password after 16 minutes, and then continues with the form', async () => {
    await inProfile(async (page) => {
      await enter(page, '/admin/groups', GRACE)
      await waitSixteenMinutes()
      await fill(page, { Name: 'editors' })
      await page.getByLabel('Name').press('Enter')
      expect(await heading(page)).toBe('Confirm that it is you')
      await inspectTwice(page, 'confirm')

      await press(page, 'Deutsch')
      expect(await heading(page)).toBe('Bestätigen Sie, dass Sie es sind')
      await press(page, 'English')
      await fill(page, { 'Your password': 'guessed' })
      await press(page, 'Confirm and continue')
      await page.getByText('This is not your current password.').waitFor()
      await fill(page, { 'Your password': GRACE.password })
      await press(page, 'Confirm and continue')
      expect(await heading(page)).toBe('editors')
      expect(page.url()).toContain(at('/admin/groups/'))
    })
  })

  it("exports the user's data after the password", async () => {
    await inProfile(async (page) => {
      await enter(page, '/account', ADA)
      await waitSixteenMinutes()
      await follow(page, 'Download your data')
      expect(await heading(page)).toBe('Confirm that it is you')
      const download = page.waitForEvent('download')
      await fill(page, { 'Your password': ADA.password })
      await press(page, 'Confirm and continue')
      const file = await readFile(await (await download).path(), 'utf8')
      expect(JSON.parse(file).profile.email).toBe(ADA.email)
    })
  })

  it('ignores a form of another user', async () => {
    await inProfile(async (page) => {
      await enter(page, '/account/names', ADA)
      const other = await page.context().newPage()
      await other.goto(at('/logout'))
      await press(other, 'Sign out')
      await enter(other, '/account', GRACE)
      await fill(page, { 'First name': 'Augusta' })
      await press(page, 'Save')
      expect(await heading(page)).toBe('Another person is signed in')
      await page.getByText(GRACE.email).waitFor()
      await inspectTwice(page, 'other-person')
      await other.reload()
      expect(await heading(other)).toBe('Hello, Grace')
    })
  })
})
