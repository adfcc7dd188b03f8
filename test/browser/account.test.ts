import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, followMail, heading, openMail, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspectTwice, type Journey } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'
const NEW = 'a short walk up the hill'
const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const inProfile = (journey: Journey, options: BrowserContextOptions = {}) =>
  inContext(browser, options, journey)
const at = (path: string) => `${family.auth.url}${path}`

/** Registers by typing, on the way to the account page or the requested one. */
async function register(page: Page, name: string, wanted = at('/account')): Promise<string> {
  const email = `${name.toLowerCase()}@example.com`
  await page.goto(`${at('/register')}?next=${encodeURIComponent(wanted)}`)
  await fill(page, { 'First name': name, 'Last name': 'Example', Email: email, Password: PASSWORD })
  await press(page, 'Create account')
  await page.waitForURL(wanted)
  return email
}

describe('An account, by typing and clicking', () => {
  it('exists at once, and the page asks for confirmation until it is done', async () => {
    await inProfile(async (page) => {
      await register(page, 'Ada')
      const note = page.getByRole('region', { name: 'Confirm your address' })
      expect(await note.innerText()).toContain('Please confirm that ada@example.com is your address')
      await press(page, 'Send it again')
      expect(await told(page)).toContain('We have sent you a new link.')
      await openMail(page, family.auth.url, 'Please confirm your email address')
      await followMail(page)
      await press(page, 'Yes, confirm it')
      expect(await told(page)).toBe('Your email address is confirmed.')
      expect(await note.count()).toBe(0)
      await page.getByText('Confirmed', { exact: true }).waitFor()
    })
  })

  it('ends the session of one device, then of all, and shows the history in words', async () => {
    await inProfile(async (page) => {
      const notes = `${family.notes.url}/notes`
      const email = await register(page, 'Lin', notes)
      const isSentToSignIn = async (one: Page) => {
        await one.goto(notes)
        return one.url().startsWith(at('/login'))
      }
      await inProfile(
        async (phone) => {
          await phone.goto(notes)
          await signIn(phone, email, 'not my password')
          await signIn(phone, email, PASSWORD)
          await phone.waitForURL(notes)

          await page.goto(at('/account'))
          await press(page, 'Sign out Safari on iPhone')
          expect(await told(page)).toBe('That device is signed out.')
          await expect.poll(() => isSentToSignIn(phone)).toBe(true)
          expect(await isSentToSignIn(page)).toBe(false)

          await signIn(phone, email, PASSWORD)
          await phone.waitForURL(notes)
          await page.goto(at('/account'))
          await press(page, 'Sign out everywhere')
          expect(await told(page)).toBe('You are signed out everywhere.')
          await page.getByLabel('Password').waitFor()
          await expect.poll(() => isSentToSignIn(phone)).toBe(true)
          await expect.poll(() => isSentToSignIn(page)).toBe(true)
        },
        { userAgent: PHONE },
      )

      await page.goto(at('/account'))
      await signIn(page, email, PASSWORD)
      const events = await page.getByRole('region', { name: 'Security' }).getByRole('listitem').all()
      const lines = await Promise.all(events.map(async (event) => (await event.innerText()).split('\n')))
      expect(lines.map(([what]) => what?.trim())).toEqual([
        'Signed in',
        'Signed out everywhere',
        'Signed in',
        'Signed out another device',
        'Signed in',
        'Sign-in failed: wrong password',
        'Account created',
      ])
      expect(lines[5]?.join(' ')).toContain('Safari on iPhone')

      await follow(page, 'All activity')
      expect(await heading(page)).toBe('Account activity')
      expect(await page.getByRole('main').getByRole('listitem').count()).toBe(events.length)
      await inspectTwice(page, 'account-history')
      await follow(page, 'Back to your account')
      expect(page.url()).toBe(at('/account'))
    })
  })

  it('exports all data stored about its user as a file', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Tara')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        follow(page, 'Download your data'),
      ])
      expect(download.suggestedFilename()).toBe('account.json')
      const stored = JSON.parse(await readFile(await download.path(), 'utf8'))
      expect(JSON.stringify(stored)).toContain(email)
      expect(JSON.stringify(stored)).not.toContain('bcrypt')
    })
  })

  it('can be deleted by its owner, and is kept if they sign in again in time', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Gwen', `${family.notes.url}/notes`)
      await page.goto(at('/account'))
      await follow(page, 'Delete your account…')
      await inspectTwice(page, 'account-delete')
      await fill(page, { 'Your password': 'not my password' })
      await press(page, 'Delete my account')
      await page.getByText('This is not your current password.').waitFor()
      await inspectTwice(page, 'account-delete-refused')
      await fill(page, { 'Your password': PASSWORD })
      await press(page, 'Delete my account')
      expect(await told(page)).toContain('Your account will be deleted on the date in our email')
      await inspectTwice(page, 'login-deletion-requested')
      await expect
        .poll(async () => {
          await page.goto(`${family.notes.url}/notes`)
          return page.url()
        })
        .toContain(at('/login'))
      await openMail(page, family.auth.url, 'Your account will be deleted')

      await page.goto(at('/account'))
      await signIn(page, email, PASSWORD)
      expect(await told(page)).toContain('You signed in, so we kept it.')
      await inspectTwice(page, 'account-deletion-cancelled')
      await openMail(page, family.auth.url, 'Your account is no longer being deleted')
    })
  })

  it('accepts no bad password, and says which and why', async () => {
    await inProfile(async (page) => {
      await page.goto(at('/register'))
      await fill(page, { 'First name': 'Augusta', 'Last name': 'Lovelace', Email: 'countess@example.com' })
      for (const [password, why] of [
        ['', 'Choose a password.'],
        ['short', 'Use at least 8 characters.'],
        ['iloveyou', 'This is one of the most common passwords'],
        ['lovelace-1', 'This password is too similar to your last name'],
        ['countess1', 'This password is too similar to your email address'],
        ['sea '.repeat(65), 'Use at most 256 characters.'],
      ] as const) {
        await fill(page, { Password: password })
        await press(page, 'Create account')
        expect(await page.locator('#password-error').innerText(), password).toContain(why)
      }
      await fill(page, { Password: PASSWORD })
      await press(page, 'Create account')
      expect(await heading(page)).toBe('Hello, Augusta')
    })
  })

  it('is safe from guessing: after a few attempts, a page says when to continue', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Grace')
      await inProfile(async (stranger) => {
        await stranger.goto(at('/login'))
        for (let tries = 0; tries < 6; tries++) await signIn(stranger, email, `not the password ${tries}`)
        expect(await heading(stranger)).toBe('Too many attempts')
        expect(await stranger.getByRole('main').innerText()).toMatch(/Please wait .+, then try again\./)
        await inspectTwice(stranger, 'too-many-tries')
      })
      await page.goto(at('/logout'))
      await press(page, 'Sign out')
      await signIn(page, email, PASSWORD)
      expect(await heading(page), 'on a device that is known').toBe('Hello, Grace')
    })
  })
})

describe('Another language', () => {
  it('comes with a click, keeps the return URL, and applies to every later page', async () => {
    await inProfile(async (page) => {
      await page.goto(`${family.notes.url}/notes`)
      const login = page.url()
      await press(page, 'Deutsch')
      expect([page.url(), await heading(page)]).toEqual([login, 'Anmelden und weiter zu app1.demo.localhost'])
      await page.getByRole('link', { name: 'Konto erstellen' }).click()
      await fill(page, { Vorname: 'Käthe', 'E-Mail': 'kaethe@example.com', Passwort: 'kurz' })
      await press(page, 'Konto erstellen')
      expect(await page.locator('#password-error').innerText()).toBe('Verwenden Sie mindestens 8 Zeichen.')
      await fill(page, { Passwort: PASSWORD })
      await press(page, 'Konto erstellen')
      await page.waitForURL(`${family.notes.url}/notes`)
      await page.goto(at('/account'))
      expect(await heading(page)).toBe('Hallo, Käthe')
      await press(page, 'English')
      expect(await heading(page)).toBe('Hello, Käthe')
    })
  })

  it('keeps an emailed link with its token after a rejected password, and leaks it to no one', async () => {
    await inProfile(async (page) => {
      const email = await register(page, 'Vera')
      await inProfile(async (other, context) => {
        const referers: string[] = []
        context.on('request', async (request) => {
          referers.push((await request.headerValue('referer').catch(() => null)) ?? '')
        })
        await other.goto(`${family.notes.url}/notes`)
        await follow(other, 'Forgot your password?')
        await fill(other, { Email: email })
        await press(other, 'Send me a link')
        await openMail(other, family.auth.url, 'Choose a new password')
        await followMail(other)
        const link = other.url()
        const token = new URL(link).searchParams.get('token') ?? ''
        expect(token).not.toBe('')
        for (const refused of ['short', '12345678']) {
          await fill(other, { 'New password': refused })
          await press(other, 'Set this password')
        }
        await other.getByText('one of the most common passwords').waitFor()
        await press(other, 'Deutsch')
        expect(await heading(other)).toBe('Neues Passwort wählen')
        expect(parametersOf(other.url())).toEqual(parametersOf(link))
        await fill(other, { 'Neues Passwort': NEW })
        await press(other, 'Passwort festlegen')
        await fill(other, { 'E-Mail': email, Passwort: NEW })
        await press(other, 'Anmelden')
        await other.waitForURL(`${family.notes.url}/notes`)

        expect(referers.filter((referer) => referer.includes(token))).toEqual([])
        for (const { output } of family.processes()) expect(output()).not.toContain(token)
      })
    })
  })
})

/** A page's URL without its query, and its parameters in any order. */
function parametersOf(address: string): [string, Record<string, string>] {
  const { origin, pathname, searchParams } = new URL(address)
  return [`${origin}${pathname}`, Object.fromEntries(searchParams)]
}
