import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext, inspectTwice, type Journey } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'
const NEW = 'a short walk up the hill'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  const env = { EMAIL_VERIFICATION: 'required', SIGN_IN_BY_MAIL: 'on' }
  ;[family, browser] = await Promise.all([startFamily(env), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const inProfile = (journey: Journey, options: BrowserContextOptions = {}) =>
  inContext(browser, options, journey)
const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const follow = (page: Page, name: string) => page.getByRole('link', { name, exact: true }).click()

/** Opens the latest email of this name in the dev inbox, in the same tab. */
async function openMail(page: Page, subject: string): Promise<void> {
  await page.goto(`${family.auth.url}/mailbox`)
  await page.getByRole('link', { name: subject }).first().click()
  expect(await heading(page)).toBe(subject)
}

/** Clicks the token link in the open email. */
const followMail = (page: Page) => page.getByRole('link', { name: /token=/ }).click()

async function register(page: Page, name: string, start = `${family.auth.url}/register`): Promise<string> {
  const email = `${name.toLowerCase()}@example.com`
  await page.goto(start)
  if (!page.url().includes('/register')) await follow(page, 'Create an account')
  await page.getByLabel('First name').fill(name)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await click(page, 'Create account')
  expect(await heading(page)).toBe('Check your inbox')
  return email
}

async function confirm(page: Page): Promise<void> {
  await openMail(page, 'Please confirm your email address')
  await followMail(page)
  await page.getByLabel('Your password').fill(PASSWORD)
  await click(page, 'Yes, confirm it')
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await click(page, 'Sign in')
}

describe('Accounts by email, on the demo family with its dev inbox', () => {
  it('a user registers on the way to an app, confirms the address, and arrives', async () => {
    await inProfile(async (page) => {
      await register(page, 'Ada', `${family.notes.url}/notes`)
      await inspectTwice(page, 'register-mailed')
      await openMail(page, 'Please confirm your email address')
      await inspectTwice(page, 'mail-confirm-address')
      await followMail(page)
      expect(await heading(page)).toBe('Confirm your address')
      const link = page.url()
      await inspectTwice(page, 'verify-email')
      await page.getByLabel('Your password').fill('somebody else’s')
      await click(page, 'Yes, confirm it')
      await page.getByText('This is not your current password.').waitFor()
      await inspectTwice(page, 'verify-email-refused')
      await page.getByLabel('Your password').fill(PASSWORD)
      await click(page, 'Yes, confirm it')
      expect(page.url()).toBe(`${family.notes.url}/notes`)
      await page.goto(link)
      expect(await heading(page)).toBe('Link expired')
      await inspectTwice(page, 'dead-link')
    })
  })

  it('an unconfirmed user gets another link by signing in, and a known user is informed', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Nora')
      await page.goto(`${family.auth.url}/login`)
      await signIn(page, email, PASSWORD)
      expect(await page.getByRole('alert').innerText()).toContain('We have just sent you a new link')
      await inspectTwice(page, 'login-unconfirmed')
      await confirm(page)
      expect(await page.getByRole('status').innerText()).toBe('Your email address is confirmed.')
      await inProfile(async (stranger) => {
        await register(stranger, 'Nora')
        await openMail(stranger, 'You already have an account')
        await inspectTwice(stranger, 'mail-known-address')
      })
    })
  })

  it('a user forgets the password on the way to an app, chooses another, signs in, and arrives', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Vera')
      await confirm(page)
      await inProfile(async (other) => {
        await other.goto(`${family.teamBoard.url}/staff`)
        await follow(other, 'Forgot your password?')
        await inspectTwice(other, 'password-forgot')
        await other.getByLabel('Email').fill('no address')
        await click(other, 'Send me a link')
        await inspectTwice(other, 'password-forgot-refused')
        await other.getByLabel('Email').fill(email)
        await click(other, 'Send me a link')
        expect(await heading(other)).toBe('Check your inbox')
        await inspectTwice(other, 'password-forgot-mailed')
        await openMail(other, 'Choose a new password')
        await followMail(other)
        await inspectTwice(other, 'password-reset')
        await other.getByLabel('New password').fill('short')
        await click(other, 'Set this password')
        await other.getByText('Use at least 8 characters.').waitFor()
        await inspectTwice(other, 'password-reset-refused')
        await other.getByLabel('New password').fill(NEW)
        await click(other, 'Set this password')
        expect(await other.getByRole('status').innerText()).toContain('Your password is changed')
        await signIn(other, email, NEW)
        expect(other.url()).toBe(`${family.teamBoard.url}/staff`)
      })
      await page.goto(`${family.auth.url}/account`)
      expect(await heading(page), 'the session from before is over').toContain('Sign in')
      await openMail(page, 'Your password was changed')
    })
  })

  it('a user changes name, password and address', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Lin')
      await confirm(page)
      await inspectTwice(page, 'account-confirmed')
      await follow(page, 'Change your name')
      await inspectTwice(page, 'account-names')
      await page.getByLabel('Last name').fill('Example')
      await click(page, 'Save')
      await page.getByText('Lin Example').waitFor()

      await follow(page, 'Change password')
      await inspectTwice(page, 'account-password')
      await page.getByLabel('Current password').fill('not my password')
      await page.getByLabel('New password').fill(NEW)
      await click(page, 'Change password')
      await page.getByText('This is not your current password.').waitFor()
      await inspectTwice(page, 'account-password-refused')
      await page.getByLabel('Current password').fill(PASSWORD)
      await page.getByLabel('New password').fill(NEW)
      await click(page, 'Change password')
      expect(await page.getByRole('status').innerText()).toContain('Your password is changed')

      await follow(page, 'Change email')
      await inspectTwice(page, 'account-email')
      await page.getByLabel('New email').fill('lin.new@example.com')
      await page.getByLabel('Your password').fill(NEW)
      await click(page, 'Send me a link')
      await page.getByText('Changes to lin.new@example.com').waitFor()
      await inspectTwice(page, 'account-email-pending')
      await openMail(page, 'Your email address is about to change')
      await page.getByText(email).first().waitFor()
      await openMail(page, 'Please confirm your new email address')
      await followMail(page)
      await inspectTwice(page, 'change-email')
      // Other readers of that email need the password, too.
      const link = page.url()
      await inProfile(async (other) => {
        await other.goto(link)
        await other.getByLabel('Your password').fill('not her password')
        await click(other, 'Use this address')
        await other.getByText('This is not your current password.').waitFor()
        await inspectTwice(other, 'change-email-elsewhere')
      })
      await click(page, 'Use this address')
      expect(await page.getByRole('status').innerText()).toBe('Your email address is changed.')
      await page.getByText('lin.new@example.com').waitFor()
      await openMail(page, 'Your email address was changed')
    })
  })

  it('a user signs in with an emailed code, and on another device with the link', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Cody')
      await inProfile(async (other) => {
        await other.goto(`${family.notes.url}/notes`)
        await follow(other, 'Sign in by email instead')
        await inspectTwice(other, 'login-mail')
        await other.getByLabel('Email').fill(email)
        await click(other, 'Send me a code')
        await inspectTwice(other, 'login-mail-code')
        await openMail(page, 'Your sign-in code')
        await inspectTwice(page, 'mail-sign-in')
        const code = (await page.getByRole('article').innerText()).match(/\d{3} \d{3}/)?.[0] ?? ''
        await other.getByLabel('Code').fill('x')
        await click(other, 'Sign in')
        await inspectTwice(other, 'login-mail-code-refused')
        await other.getByLabel('Code').fill(code)
        await click(other, 'Sign in')
        // The address is unconfirmed, so the reader of its email may be someone else than the registered user.
        expect(await other.getByRole('status').innerText()).toContain('its old password no longer works')
        await other.getByRole('link', { name: 'Choose a password' }).waitFor()
        await inspectTwice(other, 'account-without-password')
        await other.goto(`${family.notes.url}/notes`)
        expect(other.url()).toBe(`${family.notes.url}/notes`)
      })
      await page.goto(`${family.auth.url}/login/mail`)
      await page.getByLabel('Email').fill(email)
      await click(page, 'Send me a code')
      await inProfile(async (phone) => {
        await openMail(phone, 'Your sign-in code')
        await followMail(phone)
        await phone.getByText('This sign-in was requested in another browser.').waitFor()
        await inspectTwice(phone, 'login-mail-link')
        await click(phone, 'Sign in on this device')
        expect(await heading(phone)).toBe('Hello, Cody')
      })
    })
  })
})
