import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { auth, staffRequired } from '@latchkey/jwt-middleware/hono'
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { clockOff, type RunningFamily, startFamily } from '../support/family.ts'
import { send } from '../support/http.ts'
import { inContext, inspectTwice, type Journey } from '../support/page-checks.ts'

const [{ password: PASSWORD, hash }] = PEOPLE
const LONG = 'A note that does not end. '.repeat(3000)

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const inProfile = (journey: Journey) => inContext(browser, {}, journey)

const DEVICES = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'curl/8.14.1',
]

/** One JSON request to the auth service, like a program's. */
async function ask(path: string, body: Record<string, string>, userAgent = DEVICES[0] as string) {
  const { status } = await send(family.auth.url + path, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      'user-agent': userAgent,
      origin: family.auth.url,
      'sec-fetch-site': 'same-origin',
    },
    body: JSON.stringify(body),
  })
  expect(status).toBeLessThan(300)
}

let count = 0
/** Creates an account for a user who is not signed in anywhere. */
async function register(firstName: string): Promise<string> {
  const email = `${firstName.toLowerCase()}-${++count}@example.com`
  await family.administer(({ users }) =>
    users.create({ email, password: hash, firstName, lastName: 'Example' }),
  )
  return email
}

async function registerSuperuser(firstName: string): Promise<string> {
  const email = await register(firstName)
  await family.administer(async ({ users, administration }) => {
    const user = await users.findByEmail(email)
    await administration.change(user?.uuid ?? '', { isSuperuser: true }, OPERATOR)
  })
  return email
}

/** Fills in the open login page, and waits for the requested page. */
async function signIn(page: Page, email: string, wanted: string) {
  await page.goto(wanted)
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(wanted)
}

const makeStaff = (email: string) =>
  family.administer(async ({ users, administration }) => {
    const user = await users.findByEmail(email)
    await administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
  })

/** The status of the page after a click, once it is loaded. */
async function statusAfter(page: Page, click: () => Promise<void>): Promise<number> {
  const [response] = await Promise.all([page.waitForNavigation(), click()])
  return response?.status() ?? 0
}

const heading = (page: Page) => page.getByRole('heading', { level: 1 }).innerText()

describe('Every page passes axe and fits, on a light desktop and on a small dark phone:', () => {
  it('registration, untouched, on the way to an app', async () => {
    await inProfile(async (page) => {
      await page.goto(`${family.auth.url}/register?next=${encodeURIComponent(`${family.notes.url}/notes`)}`)
      await page.getByText('You will continue to app1.demo.localhost').waitFor()
      await inspectTwice(page, 'register')
    })
  })

  it('closed registration, which the login page does not offer', async () => {
    const closed = await family.double('auth', (url) => ({ AUTH_URL: url, REGISTRATION: 'closed' }))
    try {
      await inProfile(async (page) => {
        const response = await page.goto(`${closed.url}/register`)
        expect([response?.status(), await heading(page)]).toEqual([403, 'Registration is closed'])
        await inspectTwice(page, 'register-closed')
        await page.goto(`${closed.url}/login`)
        expect(await page.getByText('Create an account').count()).toBe(0)
        await inspectTwice(page, 'login-no-registration')
      })
    } finally {
      await closed.stop()
    }
  })

  it('a service without email, under a public name', async () => {
    const mute = await family.double('auth', (url) => ({
      AUTH_URL: url.replace('demo.localhost', 'family.example'),
      COOKIE_DOMAIN: 'family.example',
    }))
    // DNS does not know that name: the browser uses the service as its proxy.
    const options = { proxy: { server: mute.url } }
    try {
      await inContext(browser, options, async (page) => {
        await page.goto(`${mute.env.AUTH_URL}/login`)
        await page.getByLabel('Password').waitFor()
        expect(await page.getByText('Forgot your password?').count()).toBe(0)
        await inspectTwice(page, 'login-no-mail')
        const response = await page.goto(`${mute.env.AUTH_URL}/password/forgot`)
        expect([response?.status(), await heading(page)]).toEqual([403, 'This service sends no email'])
        await page.getByText('Please ask your administrator').waitFor()
        await inspectTwice(page, 'password-forgot-no-mail')
      })
    } finally {
      await mute.stop()
    }
  })

  it('the login page with every notice of the step before', async () => {
    const email = await register('Nora')
    await inProfile(async (page) => {
      await signIn(page, email, `${family.notes.url}/notes`)
      await page.goto(`${family.auth.url}/logout?next=https%3A%2F%2Fevil.example%2F`)
      await page.getByRole('button', { name: 'Sign out' }).click()
      expect(await page.getByRole('status').allInnerTexts()).toEqual([
        'You are signed out.',
        expect.stringContaining('not one of ours'),
      ])
      await inspectTwice(page, 'login-notices')
    })
  })

  it('the account page with several devices, and after one of them is signed out', async () => {
    const email = await register('Lin')
    for (const device of DEVICES) await ask('/login', { email, password: PASSWORD }, device)
    await inProfile(async (page) => {
      await signIn(page, email, `${family.auth.url}/account`)
      const others = page.getByRole('button', { name: /^Sign out / })
      const before = await others.count()
      // With the buttons for all others, and for all.
      expect(before).toBe(DEVICES.length + 2)
      await inspectTwice(page, 'account-sessions')

      await page.getByRole('button', { name: /^Sign out .*Firefox/ }).click()
      expect(await page.getByRole('status').innerText()).toBe('That device is signed out.')
      expect(await others.count()).toBe(before - 1)
      await inspectTwice(page, 'account-notice')
      await page.getByRole('button', { name: 'Sign out all other devices' }).click()
      expect(await page.getByRole('status').innerText()).toBe('All other devices are signed out.')
      expect(await others.count()).toBe(0)
    })
  })

  it('the account page after token reuse and more', async () => {
    const email = await register('Thea')
    for (const device of DEVICES) await ask('/login', { email, password: PASSWORD }, device)
    await family.administer(async ({ users, audit, sessions }) => {
      const { id = 0, uuid = '' } = (await users.findByEmail(email)) ?? {}
      const [session] = await sessions.list(id)
      await sessions.endAll(id)
      const device = { userAgent: DEVICES[1] as string, address: '2001:db8:1234:5678:9abc:def0:1234:5678' }
      const stolen = { user_agent: DEVICES[0], address: session?.address, created_at: session?.createdAt }
      const theft = { event: 'refresh_token_reused', subject: uuid, actor: null, sid: null, device } as const
      await audit.record({ ...theft, details: { session: stolen } })
      await audit.record({ ...theft, event: 'sign_in_failed', details: { reason: 'wrong_password' } })
    })
    await inProfile(async (page) => {
      await signIn(page, email, `${family.auth.url}/account`)
      expect(await page.getByRole('alert').innerText()).toContain('Someone used an old copy')
      const security = page.getByRole('region', { name: 'Security' })
      expect(await security.getByRole('listitem').count()).toBeGreaterThan(DEVICES.length)
      await inspectTwice(page, 'account-theft')
      await page.getByRole('alert').getByRole('link').click()
      expect(page.url()).toBe(`${family.auth.url}/account#security`)
    })
  })

  it('the account page after a rejected return URL', async () => {
    const email = await register('Sent')
    await inProfile(async (page) => {
      await page.goto(`${family.auth.url}/login?next=https%3A%2F%2Fevil.example%2F`)
      await page.getByLabel('Email').fill(email)
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Sign in' }).click()
      expect(await page.getByRole('status').innerText()).toContain('not one of ours')
      await inspectTwice(page, 'account-next-refused')
    })
  })

  it('the rate limit page, at the auth service and at an app', async () => {
    const email = await register('Max')
    await inProfile(async (page) => {
      await page.goto(`${family.auth.url}/login`)
      await page.getByLabel('Email').fill(LONG)
      const click = () => page.getByRole('button', { name: 'Sign in' }).click()
      expect([await statusAfter(page, click), await heading(page)]).toEqual([413, 'Request too large'])
      await inspectTwice(page, 'too-large')

      await signIn(page, email, `${family.notes.url}/notes`)
      await page.getByLabel('New note').fill(LONG)
      const add = () => page.getByRole('button', { name: 'Add note' }).click()
      expect([await statusAfter(page, add), await heading(page)]).toEqual([413, 'Request too large'])
      await inspectTwice(page, 'notes-too-large')
    })
  })

  it('input that the apps cannot save, with the reason beside it', async () => {
    const email = await register('Una')
    await inProfile(async (page) => {
      await signIn(page, email, `${family.notes.url}/notes`)
      const long = LONG.slice(0, 2_500)
      await page.getByLabel('New note').fill(long)
      const add = () => page.getByRole('button', { name: 'Add note' }).click()
      expect(await statusAfter(page, add)).toBe(422)
      expect(await page.getByLabel('New note').inputValue()).toBe(long.trim())
      await page.getByText('This note has 2,500 characters').waitFor()
      await inspectTwice(page, 'notes-refused')

      await page.goto(`${family.teamBoard.url}/`)
      await page.getByLabel('New card').fill(long.slice(0, 200))
      const card = () => page.getByRole('button', { name: 'Add card' }).click()
      expect(await statusAfter(page, card)).toBe(422)
      await inspectTwice(page, 'board-card-refused')

      await page.getByLabel('What are you up to?').fill(long.slice(0, 100))
      const status = () => page.getByRole('button', { name: 'Tell the team' }).click()
      expect(await statusAfter(page, status)).toBe(422)
      await inspectTwice(page, 'board-status-refused')
    })
  })

  it('the dev inbox, empty and with mail, and a message in it', async () => {
    const link = `${family.auth.url}/account`
    await inProfile(async (page) => {
      await page.goto(`${family.auth.url}/mailbox`)
      await inspectTwice(page, 'mailbox-empty')
      await family.administer(async ({ mail }) => {
        const text = `Hello Ada,\n\nsomebody used an old sign-in of yours. See\n\n  ${link}\n\nLatchkey`
        const html = `<html lang="en"><head></head><p>Hello Ada, <a href="${link}">look</a>.</p></html>`
        await mail.send({ to: 'ada@example.com', subject: 'A device was signed out', text, html })
        const to = `${'long'.repeat(16)}@example.com`
        const words = LONG.slice(0, 3_000)
        await mail.send({ to, subject: 'x'.repeat(200), text: words, html: `<p>${words}</p>` })
      })
      await page.reload()
      await inspectTwice(page, 'mailbox')
      await page.getByRole('link', { name: 'A device was signed out' }).click()
      expect(await heading(page)).toBe('A device was signed out')
      expect(await page.getByRole('link', { name: link }).getAttribute('href')).toBe(link)
      await inspectTwice(page, 'mailbox-mail')
      await page.frameLocator('iframe').getByRole('link', { name: 'look' }).click()
      await page.waitForURL(/\/login\?/)
      await page.goBack()
      await page.getByRole('link', { name: 'All emails' }).click()
      await page.getByRole('link', { name: 'xxx' }).click()
      await inspectTwice(page, 'mailbox-mail-long')
    })
  })

  it('the administration of groups', async () => {
    const [root, member] = [await registerSuperuser('Root'), await register('Member')]
    await inProfile(async (page) => {
      const admin = `${family.auth.url}/admin`
      await signIn(page, root, `${admin}/groups`)
      await page.getByLabel('Name').fill('editors')
      await page.getByRole('button', { name: 'Create group' }).click()
      expect(await heading(page)).toBe('editors')
      await page.getByLabel('Email').fill(member)
      await page.getByRole('button', { name: 'Add' }).click()
      await inspectTwice(page, 'admin-group')
      await page.getByLabel('Email').fill(member)
      expect(await statusAfter(page, () => page.getByRole('button', { name: 'Add' }).click())).toBe(422)
      await inspectTwice(page, 'admin-group-refused')
      await page.goto(`${admin}/groups`)
      await inspectTwice(page, 'admin-groups')
    })
  })

  it('the administration of apps', async () => {
    const root = await registerSuperuser('Root')
    await inProfile(async (page) => {
      const apps = `${family.auth.url}/admin/apps`
      await signIn(page, root, apps)
      await page.getByLabel('Name').fill('Notes')
      await page.getByLabel('Origins').fill(family.notes.url)
      await page.getByLabel('Icon').fill('📝')
      await page.getByRole('button', { name: 'Register' }).click()
      await page.getByRole('link', { name: 'Change or remove Notes' }).click()
      await inspectTwice(page, 'admin-apps')
      await page.goto(`${family.auth.url}/account`)
      expect(await page.getByRole('link', { name: 'Notes' }).getAttribute('href')).toBe(
        `${family.notes.url}/`,
      )
      await inspectTwice(page, 'account-apps')
      await page.goto(apps)
      await page.getByRole('link', { name: 'Change or remove Notes' }).click()
      await page.getByRole('button', { name: 'Remove Notes' }).click()
      await page.getByText('App removed.').waitFor()
    })
  })

  it('the administration of invitations, and a registration with one', async () => {
    const root = await registerSuperuser('Root')
    await inProfile(async (page) => {
      await signIn(page, root, `${family.auth.url}/admin/invitations`)
      await page.getByLabel('Email').fill('invited@example.com')
      const invite = () => page.getByRole('button', { name: 'Invite', exact: true }).click()
      await invite()
      await page.getByText('Invited. The email is on its way.').waitFor()
      await invite()
      await inspectTwice(page, 'admin-invitations')
    })
    await inProfile(async (page) => {
      await page.goto(`${family.auth.url}/mailbox`)
      await page.getByRole('link', { name: 'You are invited' }).first().click()
      await page.getByRole('link', { name: '/register?invitation=' }).click()
      expect(await page.getByLabel('Email').inputValue()).toBe('invited@example.com')
      await inspectTwice(page, 'register-invited')
      await page.getByLabel('Password').fill(PASSWORD)
      await page.getByRole('button', { name: 'Create account' }).click()
      expect(await heading(page)).toBe('Your account')
    })
  })

  it('a missing page of an app', async () => {
    await inProfile(async (page) => {
      const response = await page.goto(`${family.notes.url}/nowhere`)
      expect([response?.status(), await heading(page)]).toEqual([404, 'Page not found'])
      await inspectTwice(page, 'notes-not-found')
    })
  })

  it('the staff page, and what a disabled user sees', async () => {
    const [grace, bob] = [await register('Grace'), await register('Bob')]
    await makeStaff(grace)
    await inProfile(async (bobs) => {
      await signIn(bobs, bob, `${family.notes.url}/notes`)
      expect((await bobs.goto(`${family.teamBoard.url}/`))?.status()).toBe(200)

      await inProfile(async (page) => {
        await signIn(page, grace, `${family.teamBoard.url}/staff`)
        await page.getByRole('button', { name: 'Disable Bob Example' }).click()
        await page.getByRole('button', { name: 'Enable Bob Example' }).waitFor()
        await inspectTwice(page, 'staff-switched-off')
      })

      const refused = await bobs.goto(`${family.teamBoard.url}/staff`)
      expect([refused?.status(), await heading(bobs)]).toEqual([403, 'Access disabled'])
      await inspectTwice(bobs, 'board-switched-off')
      await bobs.goto(`${family.teamBoard.url}/`)
      await bobs.getByText('You can read this board, but not change it.').waitFor()
      await inspectTwice(bobs, 'board-switched-off-reading')
      expect((await bobs.goto(`${family.notes.url}/notes`))?.status(), 'other apps go on').toBe(200)
    })
  })

  it('the administration: dashboard, users, one user, audit log', async () => {
    const [root, other] = [await register('Rosalind'), await register('Edith')]
    await family.administer(async ({ users, administration, audit }) => {
      const user = await users.findByEmail(root)
      await administration.change(user?.uuid ?? '', { isStaff: true, isSuperuser: true }, OPERATOR)
      const subject = (await users.findByEmail(other))?.uuid ?? null
      const device = { userAgent: DEVICES[1] as string, address: '2001:db8:1234:5678:9abc:def0:1234:5678' }
      const failed = { event: 'sign_in_failed', subject, actor: null, sid: null, device } as const
      for (let i = 0; i < 5; i++) await audit.record({ ...failed, details: { reason: 'wrong_password' } })
    })
    await inProfile(async (page) => {
      await signIn(page, root, `${family.auth.url}/account`)
      await page.getByRole('link', { name: 'Administration' }).click()
      expect(await heading(page)).toBe('Dashboard')
      await page.getByRole('img', { name: /^Sign-ins/ }).waitFor()
      await inspectTwice(page, 'admin-dashboard')
      await page.getByText('As a table').first().click()
      await inspectTwice(page, 'admin-dashboard-table')

      await page.getByRole('navigation', { name: 'Administration' }).getByText('People').click()
      await inspectTwice(page, 'admin-people')
      await page.getByLabel('Name or email').fill('edith')
      await page.getByRole('button', { name: 'Show' }).click()
      await page.getByRole('link', { name: other }).click()
      expect(await heading(page)).toBe('Edith Example')
      await inspectTwice(page, 'admin-person')

      await page.getByRole('textbox', { name: 'Email' }).fill(root)
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByText('Another account uses this email address.').waitFor()
      await inspectTwice(page, 'admin-person-taken')
      await page.getByRole('checkbox', { name: 'Staff' }).check()
      await page.getByRole('button', { name: 'Save rights' }).click()
      expect(await page.getByRole('status').innerText()).toContain('Saved.')
      await inspectTwice(page, 'admin-person-saved')

      await page.getByRole('navigation', { name: 'Administration' }).getByText('Audit log').click()
      await page.getByLabel('Subject').fill(other)
      await page.getByRole('button', { name: 'Show' }).click()
      await page.getByText('is staff: no → yes').waitFor()
      await inspectTwice(page, 'admin-audit')
      await page.goto(`${family.auth.url}/admin/people?q=nobody-at-all`)
      await inspectTwice(page, 'admin-people-none')
    })
  })

  it('in German, with longer words: login, registration, account and administration', async () => {
    const [root, other] = [await registerSuperuser('Ottilie'), await register('Wilhelmine')]
    await inContext(browser, { locale: 'de-DE' }, async (page) => {
      await page.goto(`${family.auth.url}/register`)
      expect(await heading(page)).toBe('Konto erstellen')
      await inspectTwice(page, 'german-register')
      await page.getByRole('link', { name: 'Anmelden' }).click()
      expect(await heading(page)).toBe('Anmelden')
      await inspectTwice(page, 'german-login')
      await page.getByLabel('E-Mail').fill(root)
      await page.getByLabel('Passwort').fill(PASSWORD)
      await page.getByRole('button', { name: 'Anmelden', exact: true }).click()
      expect(await heading(page)).toBe('Hallo, Ottilie')
      await inspectTwice(page, 'german-account')

      await page.getByRole('link', { name: 'Verwaltung' }).click()
      const sections = page.getByRole('navigation', { name: 'Verwaltung' })
      await sections.getByText('Personen').click()
      expect(await heading(page)).toBe('Personen')
      await inspectTwice(page, 'german-admin-people')
      await page.getByRole('link', { name: other }).click()
      expect(await heading(page)).toBe('Wilhelmine Example')
      await page.getByText('Sofort und endgültig löschen').click()
      await inspectTwice(page, 'german-admin-person')
      await sections.getByText('Protokoll').click()
      expect(await heading(page)).toBe('Protokoll')
      await inspectTwice(page, 'german-admin-audit')
    })
  })

  it('the administration as staff see it, and as other users do', async () => {
    const [staff, other] = [await register('Sonja'), await register('Emmy')]
    await makeStaff(staff)
    await inProfile(async (page) => {
      await signIn(page, staff, `${family.auth.url}/admin/people?q=emmy`)
      await page.getByRole('link', { name: other }).click()
      expect(await page.getByRole('main').getByRole('button').count()).toBe(0)
      await inspectTwice(page, 'admin-person-as-staff')
    })
    await inProfile(async (page) => {
      await signIn(page, other, `${family.auth.url}/account`)
      const response = await page.goto(`${family.auth.url}/admin`)
      expect([response?.status(), await heading(page)]).toEqual([403, 'For staff only'])
      await inspectTwice(page, 'admin-refused')
    })
  })

  it('the redirect loop page at the third return', async () => {
    const email = await register('Loop')
    const app = await family.double('notes', (url) => ({ OWN_URL: url, ...clockOff(600) }))
    try {
      await inProfile(async (page) => {
        const redirects: string[] = []
        page.on('response', (response) => {
          if (response.status() === 303) redirects.push(new URL(response.url()).pathname)
        })
        await page.goto(`${app.url}/notes`)
        await page.getByLabel('Email').fill(email)
        await page.getByLabel('Password').fill(PASSWORD)
        const click = () => page.getByRole('button', { name: 'Sign in' }).click()
        expect(await statusAfter(page, click)).toBe(409)
        expect(redirects).toEqual(['/login', '/login'])
        expect(await heading(page)).toBe('app1.demo.localhost sends you back')
        expect(
          await page.getByText(/The clock of app1\.demo\.localhost is (599|60[01]) s ahead/).isVisible(),
        ).toBe(true)
        await inspectTwice(page, 'loop')

        await page.getByRole('link', { name: 'Sign out' }).click()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByLabel('Password').waitFor()
      })
    } finally {
      await app.stop()
    }
  })

  it('a browser without cookies that sends the form', async () => {
    await inProfile(async (page, context) => {
      await page.goto(`${family.auth.url}/login`)
      await context.clearCookies()
      await page.getByLabel('Email').fill('ada@example.com')
      await page.getByLabel('Password').fill(PASSWORD)
      const click = () => page.getByRole('button', { name: 'Sign in' }).click()
      expect(await statusAfter(page, click)).toBe(403)
      expect(await page.getByRole('alert').innerText()).toContain('llow cookies for this site')
      await inspectTwice(page, 'login-no-cookie')
    })
  })

  it('a guarded page while the auth service is down', async () => {
    const email = await register('Wes')
    await inProfile(async (page, context) => {
      await signIn(page, email, `${family.notes.url}/notes`)
      await context.clearCookies({ name: 'jwt.access' })
      await family.auth.stop()
      try {
        const response = await page.goto(`${family.notes.url}/notes`)
        expect([response?.status(), await heading(page)]).toEqual([503, 'Temporarily unavailable'])
        await inspectTwice(page, 'notes-unavailable')
      } finally {
        await family.auth.start()
      }
      expect((await page.goto(`${family.notes.url}/notes`))?.status()).toBe(200)
    })
  })
})

describe("The middleware's own pages, in an app without any, pass axe and fit, too:", () => {
  let server: Server
  let app: string
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    app = `http://plain.demo.localhost:${(server.address() as AddressInfo).port}`
    const plain = new Hono()
    plain.get('/favicon.ico', (c) => c.body(null, 204))
    plain.use(
      auth({
        loginUrl: `${family.auth.url}/login`,
        ownUrl: app,
        log: { debug: () => {}, warn: () => {} },
      }),
    )
    plain.get('/staff', staffRequired(), (c) => c.text('for staff'))
    server.on('request', getRequestListener(plain.fetch))
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('forbidden, and temporarily unavailable', async () => {
    const email = await register('Pat')
    await inProfile(async (page, context) => {
      await signIn(page, email, `${app}/staff`)
      expect(await heading(page)).toBe('Not allowed')
      await inspectTwice(page, 'plain-forbidden')

      await context.clearCookies({ name: 'jwt.access' })
      await family.auth.stop()
      try {
        const response = await page.goto(`${app}/staff`)
        expect([response?.status(), await heading(page)]).toEqual([503, 'Temporarily unavailable'])
        await inspectTwice(page, 'plain-unavailable')
      } finally {
        await family.auth.start()
      }
    })
  })
})
