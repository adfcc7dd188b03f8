import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, followMail, heading, openMail, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspect, inspectTwice, type Journey } from '../support/page-checks.ts'

const [ADA, GRACE] = PEOPLE
const NEW = 'a long walk by the sea'
const MANY = 110
const WITHDRAWN = 'nobody@example.com'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'))
let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  const env = { REGISTRATION: 'invite' }
  ;[family, browser] = await Promise.all([startFamily(env), launchChromium(inject('chromiumPath'))])
  await family.administer(async ({ users }) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE)
      await users.create({ ...person, password: hash, emailVerifiedAt })
    for (let i = 0; i < MANY; i++) {
      const number = String(i).padStart(3, '0')
      const name = { firstName: 'Robin', lastName: `Hood-${number}` }
      await users.create({ ...name, email: `robin-${number}@sherwood.example`, password: ADA.hash })
    }
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
  rmSync(folder, { recursive: true })
})

const inProfile = (journey: Journey) => inContext(browser, {}, journey)
const at = (path: string) => `${family.auth.url}${path}`

/** Opens the page of the Robin with this number, from the list of users. */
async function findRobin(page: Page, number: string): Promise<string> {
  const email = `robin-${number}@sherwood.example`
  await goTo(page, 'People')
  await fill(page, { 'Name or email': email })
  await press(page, 'Show')
  await follow(page, email)
  expect(await heading(page)).toBe(`Robin Hood-${number}`)
  return email
}

/** Opens a page of the administration as its superuser. */
async function enter(page: Page, section: string): Promise<void> {
  await page.goto(at('/admin'))
  await signIn(page, GRACE.email, GRACE.password)
  await page.waitForURL(at('/admin'))
  await goTo(page, section)
}

const goTo = async (page: Page, section: string): Promise<void> => {
  await page
    .getByRole('navigation', { name: 'Administration' })
    .getByRole('link', { name: section, exact: true })
    .click()
  expect(await heading(page)).toBe(section)
}

async function signInAtNotes(page: Page, email: string, password: string): Promise<void> {
  await page.goto(`${family.notes.url}/notes`)
  await signIn(page, email, password)
}

/** Whether an app rejects this browser by now. */
async function isSentToSignIn(page: Page): Promise<boolean> {
  await page.goto(`${family.notes.url}/notes`)
  return page.url().startsWith(at('/login'))
}

/** Registers an app on the open page. */
async function registerApp(page: Page, name: string, origin: string): Promise<void> {
  await fill(page, { Name: name, Origins: origin })
  await press(page, 'Register')
  expect(await told(page)).toBe('App registered.')
}

/** Writes a file to choose, and returns its path. */
function inFolder(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const wikiMetadata = (inner: string) => `<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://wiki.example/saml">
  ${inner}<SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://wiki.example/acs" index="0"/>
  </SPSSODescriptor>
</EntityDescriptor>`

const rows = (page: Page) => page.getByRole('row')

describe('The administration, by typing and clicking', () => {
  it('finds users by name, address and status, and turns pages', async () => {
    await inProfile(async (page) => {
      await enter(page, 'People')
      await page.getByLabel('Order').selectOption('By email')
      await press(page, 'Show')
      // Including the row of headings.
      expect(await rows(page).count()).toBe(51)
      await inspectTwice(page, 'admin-people-many')
      await follow(page, 'Next page')
      await follow(page, 'Next page')
      expect(await rows(page).count()).toBe(MANY + PEOPLE.length - 100 + 1)
      expect(await page.getByRole('link', { name: 'Next page' }).count()).toBe(0)
      await follow(page, 'Back to the start')
      await page.getByRole('link', { name: ADA.email }).waitFor()

      await fill(page, { 'Name or email': 'hood-04' })
      await press(page, 'Show')
      expect(await rows(page).count()).toBe(11)
      await fill(page, { 'Name or email': '' })
      await page.getByLabel('Filter').selectOption('Superusers')
      await press(page, 'Show')
      expect(await rows(page).count()).toBe(2)
      await page.getByRole('rowheader').getByRole('link', { name: GRACE.email }).click()
      expect(await heading(page)).toBe('Grace Hopper')
    })
  })

  it('gives a user rights and groups, ends their sessions, and emails a password reset link', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Groups')
      await fill(page, { Name: 'editors' })
      await press(page, 'Create group')
      await goTo(page, 'People')
      await fill(page, { 'Name or email': ADA.email })
      await press(page, 'Show')
      await inProfile(async (adas) => {
        await signInAtNotes(adas, ADA.email, ADA.password)
        await follow(page, ADA.email)
        await page.getByRole('button', { name: /^End .*Chrom/ }).click()
        expect(await told(page)).toBe('Session ended.')
        await expect.poll(() => isSentToSignIn(adas)).toBe(true)

        await signIn(adas, ADA.email, ADA.password)
        await page.reload()
        await press(page, 'End all sessions')
        expect(await told(page)).toBe('All sessions of this person ended.')
        await page.getByText('Not signed in anywhere.').waitFor()
        await expect.poll(() => isSentToSignIn(adas)).toBe(true)

        await signIn(adas, ADA.email, ADA.password)
        const statistics = async () => {
          await adas.goto(`${family.notes.url}/statistics`)
          return heading(adas)
        }
        expect(await statistics()).toBe('No permission')
        await fill(page, { 'Group name': 'editors' })
        await press(page, 'Add to group')
        expect(await told(page)).toContain('Added to the group.')
        await expect.poll(statistics).toBe('How much is written here')
        await inspect(adas, 'notes-statistics')
        await press(page, 'Remove from editors')
        expect(await told(page)).toContain('Removed from the group.')
        await expect.poll(statistics).toBe('No permission')
        await fill(page, { 'Group name': 'no such group' })
        await press(page, 'Add to group')
        await page.getByText('There is no group with this name.').waitFor()
        await inspectTwice(page, 'admin-person-no-group')

        await page.getByRole('checkbox', { name: 'Staff' }).check()
        await press(page, 'Save rights')
        expect(await told(page)).toContain('Saved.')
        await adas.goto(`${family.teamBoard.url}/staff`)
        expect(await heading(adas)).not.toBe('Not allowed')

        await page.getByRole('checkbox', { name: 'Active' }).uncheck()
        await press(page, 'Save rights')
        expect(await page.getByRole('button', { name: 'Send reset link' }).count()).toBe(0)
        await inspectTwice(page, 'admin-person-off')
        await expect.poll(() => isSentToSignIn(adas)).toBe(true)
        await signIn(adas, ADA.email, ADA.password)
        await adas.getByRole('alert').waitFor()
        await page.getByRole('checkbox', { name: 'Active' }).check()
        await press(page, 'Save rights')

        await press(page, 'Send reset link')
        expect(await told(page)).toContain('A password reset link was sent')
        await openMail(adas, family.auth.url, 'Choose a new password')
        await followMail(adas)
        await fill(adas, { 'New password': NEW })
        await press(adas, 'Set this password')
        await signIn(adas, ADA.email, NEW)
        expect(await heading(adas)).toBe('Hello, Ada')
      })
    })
  })

  it('keeps the last superuser from locking themselves out', async () => {
    await inProfile(async (page) => {
      await enter(page, 'People')
      await fill(page, { 'Name or email': 'grace' })
      await press(page, 'Show')
      await page.getByRole('rowheader').getByRole('link', { name: GRACE.email }).click()
      await page.getByRole('checkbox', { name: 'Superuser' }).uncheck()
      await press(page, 'Save rights')
      expect(await page.getByRole('alert').innerText()).toContain('You can’t remove your own rights.')
      await inspectTwice(page, 'admin-person-own-rights')
    })
  })

  it('sends a user the confirmation link again, and marks the address as confirmed', async () => {
    await inProfile(async (page) => {
      await enter(page, 'People')
      const email = await findRobin(page, '100')
      await inspectTwice(page, 'admin-person-unconfirmed')
      await press(page, 'Send the link again')
      expect(await told(page)).toBe('A confirmation link was sent to this address.')
      await inProfile(async (robins) => {
        await openMail(robins, family.auth.url, 'Please confirm your email address')
        await robins.getByText(email).first().waitFor()
      })
      await press(page, 'Mark as confirmed')
      expect(await told(page)).toBe('The address is marked as confirmed.')
      expect(await page.getByText('Unconfirmed address').count()).toBe(0)
      expect(await page.getByText('Not yet', { exact: true }).count()).toBe(0)
    })
  })

  it('deletes an account later, or cancels that', async () => {
    await inProfile(async (page) => {
      await inProfile(async (robins) => {
        await enter(page, 'People')
        const email = await findRobin(page, '101')
        await signInAtNotes(robins, email, ADA.password)
        await press(page, 'Delete this account')
        expect(await told(page)).toBe('Signed out everywhere. The account will be deleted.')
        await page.getByText('Will be deleted', { exact: true }).first().waitFor()
        await page.getByText('Not signed in anywhere.').waitFor()
        await page.getByText('To be deleted', { exact: true }).waitFor()
        await inspectTwice(page, 'admin-person-deletion-planned')
        await expect.poll(() => isSentToSignIn(robins)).toBe(true)

        await press(page, 'Cancel the deletion')
        expect(await told(page)).toBe('The deletion is cancelled.')
        expect(await page.getByText('Will be deleted').count()).toBe(0)
        await signIn(robins, email, ADA.password)
        expect(await isSentToSignIn(robins)).toBe(false)
      })
    })
  })

  it('deletes an account at once after its address was typed', async () => {
    await inProfile(async (page) => {
      await enter(page, 'People')
      const email = await findRobin(page, '102')
      await page.getByText('Delete immediately and permanently').click()
      await inspectTwice(page, 'admin-person-delete-now')
      const type = (address: string) => fill(page, { 'To confirm, type the person’s email address': address })
      await type('robin-103@sherwood.example')
      await press(page, 'Delete permanently now')
      expect(
        await page.getByText('This is not the person’s email address. Nothing was deleted.').isVisible(),
      ).toBe(true)
      await inspectTwice(page, 'admin-person-delete-now-refused')
      await type(email)
      await press(page, 'Delete permanently now')
      expect([await told(page), await heading(page)]).toEqual([
        'The account is deleted permanently. The apps are told to delete the person’s data.',
        'People',
      ])
      await inspectTwice(page, 'admin-people-deleted')
      await fill(page, { 'Name or email': email })
      await press(page, 'Show')
      expect(await page.getByRole('link', { name: email }).count()).toBe(0)
    })
  })

  it('creates, renames and deletes a group with members', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Groups')
      await fill(page, { Name: 'wirters' })
      await press(page, 'Create group')
      await fill(page, { Email: 'robin-007@sherwood.example' })
      await press(page, 'Add')
      expect(await told(page)).toContain('Added.')
      await fill(page, { Name: 'writers' })
      await press(page, 'Rename')
      expect([await told(page), await heading(page)]).toEqual([
        expect.stringContaining('Renamed.'),
        'writers',
      ])
      await follow(page, 'robin-007@sherwood.example')
      await page.getByRole('button', { name: 'Remove from writers' }).waitFor()
      await page.goBack()
      await press(page, 'Remove robin-007@sherwood.example')
      await page.getByText('No members yet.').waitFor()
      await page.getByText('Delete this group').click()
      await inspectTwice(page, 'admin-group-delete')
      await press(page, 'Delete writers')
      expect(await told(page)).toContain('Group deleted.')
      expect(await page.getByRole('link', { name: 'writers' }).count()).toBe(0)
    })
  })

  it('registers an app after showing what is wrong, changes and removes it', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Apps')
      await fill(page, {
        Name: 'Nots',
        Origins: 'not an address',
        'Start page': 'https://elsewhere.example/',
      })
      await press(page, 'Register')
      expect(await page.getByLabel('Origins').getAttribute('aria-invalid')).toBe('true')
      await inspectTwice(page, 'admin-apps-refused')
      const start = `${family.notes.url}/notes`
      await fill(page, { Origins: family.notes.url, 'Start page': start, Icon: 'No' })
      await press(page, 'Register')
      expect(await told(page)).toBe('App registered.')
      await follow(page, 'Change or remove Nots')
      await page.locator('[id$="-name"]').fill('Notes of the house')
      await press(page, 'Save')
      expect(await told(page)).toBe('Saved.')
      await page.goto(at('/account'))
      expect(await page.getByRole('link', { name: 'Notes of the house' }).getAttribute('href')).toBe(start)
      await inProfile(async (visitor) => {
        await visitor.goto(start)
        expect(await heading(visitor)).toBe('Sign in to continue to Notes of the house')
      })

      await page.goto(at('/admin/apps'))
      await follow(page, 'Change or remove Notes of the house')
      await press(page, 'Remove Notes of the house')
      expect(await told(page)).toContain('App removed.')
      await page.goto(at('/account'))
      expect(await page.getByText('Your apps').count()).toBe(0)
    })
  })

  it('takes the SAML metadata of an app from a file, and says what is wrong with another one', async () => {
    let address = ''
    await inProfile(async (page) => {
      await enter(page, 'Apps')
      await registerApp(page, 'Wiki', 'https://wiki.example')
      await follow(page, 'SAML for Wiki')
      expect(await heading(page)).toBe('SAML for Wiki')
      address = page.url()
      const chooser = page.getByLabel('File with the metadata')
      const field = page.getByLabel('Metadata of the app')
      /** By the dialog of the browser. */
      const choose = async (path: string) => {
        const [dialog] = await Promise.all([page.waitForEvent('filechooser'), chooser.click()])
        await dialog.setFiles(path)
      }
      await field.fill('<typed/>')
      for (const [name, content, answer] of [
        ['logo.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'is not XML.'],
        ['notes.xml', 'Call them back', 'is not XML.'],
        ['latin.xml', Buffer.from('<x>Gr\u00f6\u00dfe</x>', 'latin1'), 'is not XML.'],
        ['unknown.xml', '<?xml version="1.0" encoding="klingon"?><x/>', 'is not XML.'],
        ['empty.xml', '', 'is not XML.'],
        ['half.xml', wikiMetadata('').slice(0, -9), 'is not XML.'],
        [
          'page.xml',
          '<html xmlns="http://www.w3.org/1999/xhtml"/>',
          'is not the metadata of a service provider: it has no EntityDescriptor.',
        ],
        ['huge.xml', `<x>${'a'.repeat(70_000)}</x>`, 'is too large.'],
        // As a form, each of these takes three bytes.
        ['wide.xml', wikiMetadata(`<!--${'='.repeat(30_000)}-->`), 'is too large.'],
      ] as const) {
        await choose(inFolder(name, content))
        await page.getByText(`“${name}” ${answer}`).waitFor()
        expect(await chooser.getAttribute('aria-invalid')).toBe('true')
        expect(await field.inputValue(), 'what was typed stays').toBe('<typed/>')
      }
      await inspectTwice(page, 'admin-saml-file-refused')

      // An editor of Windows wrote it.
      const utf16 = Buffer.from(`\ufeff${wikiMetadata('').replace('UTF-8', 'utf-16')}`, 'utf16le')
      for (const [name, content] of [
        ['wiki-utf16.xml', utf16],
        ['wiki-bom.xml', `\ufeff${wikiMetadata('').replaceAll('\n', '\r\n')}`],
        [
          'wiki-latin.xml',
          Buffer.from(wikiMetadata('<!-- Größe -->').replace('UTF-8', 'ISO-8859-1'), 'latin1'),
        ],
        // .NET declares UTF-16 in what it writes as UTF-8.
        ['wiki-net.xml', wikiMetadata('<!-- Größe -->').replace('UTF-8', 'utf-16')],
        // Nothing in a name is markup, or a pattern.
        ["$&<b>{file} '$1.xml", wikiMetadata('<!-- Größe -->')],
      ] as const) {
        await choose(inFolder(name, content))
        await page.getByText(`“${name}” is in the field above now. Nothing is saved yet.`).waitFor()
        expect(await chooser.getAttribute('aria-invalid')).toBeNull()
        expect(await field.inputValue(), name).toMatch(/^<\?xml version="1.0"\?>\n<EntityDescriptor /)
      }
      expect(await field.inputValue()).toContain('Größe')
      await inspectTwice(page, 'admin-saml-file')
      await press(page, 'Set up')
      expect(await told(page)).toContain('Saved.')
      expect(await page.getByLabel('Addresses for responses').inputValue()).toContain(
        'https://wiki.example/acs',
      )

      // It disappears after it was chosen.
      const gone = inFolder('gone.xml', wikiMetadata(''))
      await choose(gone)
      await page.getByText('“gone.xml” is in the field above now.').waitFor()
      rmSync(gone)
      await chooser.dispatchEvent('change')
      await page.getByText('“gone.xml” can’t be read. Choose it again.').waitFor()
    })
    await inContext(browser, { locale: 'de-DE' }, async (page) => {
      await page.goto(address)
      await fill(page, { 'E-Mail': GRACE.email, Passwort: GRACE.password })
      await press(page, 'Anmelden')
      await page.getByLabel('Datei mit den Metadaten').setInputFiles(inFolder('notiz.txt', 'Rückruf'))
      await page.getByText('„notiz.txt“ ist kein XML.').waitFor()
    })
    await inContext(browser, { javaScriptEnabled: false }, async (page) => {
      await enter(page, 'Apps')
      await follow(page, 'SAML for Wiki')
      expect(await page.getByLabel('File with the metadata').isVisible()).toBe(false)
      const other = wikiMetadata('').replaceAll('wiki.example/acs', 'wiki.example/other')
      await page.getByLabel('Metadata of the app').fill(other)
      await press(page, 'Save')
      expect(await told(page)).toContain('Saved.')
      expect(await page.getByLabel('Addresses for responses').inputValue()).toContain('wiki.example/other')
    })
  })

  it('lets the devices of an app sign in with a code, without a redirect URI, and ends that', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Apps')
      await registerApp(page, 'Television', 'https://tv.example')
      await follow(page, 'OpenID Connect for Television')
      const box = page.getByLabel('Devices may sign in with a code')
      expect(await box.isChecked()).toBe(false)
      await press(page, 'Set up')
      await page.getByText('Enter at least one redirect URI').waitFor()
      await box.check()
      await press(page, 'Set up')
      expect(await told(page)).toContain('Saved.')
      expect(await box.isChecked()).toBe(true)
      await inspectTwice(page, 'admin-oidc-device')
      await page.getByLabel('Redirect URIs').fill('https://tv.example/callback')
      await box.uncheck()
      await press(page, 'Save')
      expect(await told(page)).toContain('Saved.')
      expect(await box.isChecked()).toBe(false)
    })
  })

  it('counts the devices of an app, takes no new ones, and signs out all of them', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Apps')
      await registerApp(page, 'Radio', 'https://radio.example')
      await follow(page, 'OpenID Connect for Radio')
      const box = page.getByLabel('Devices may sign in with a code')
      await box.check()
      await press(page, 'Set up')
      await page.getByText('No device is signed in.').waitFor()
      await family.administer(async ({ apps, sessions, users }) => {
        const radio = apps.list().find(({ name }) => name === 'Radio')
        const user = await users.findByEmail(ADA.email)
        if (!user || !radio) throw new Error('no user, or no app')
        const device = { userAgent: 'Radio/1.0', address: '192.0.2.1' }
        for (let i = 0; i < 2; i++) await sessions.start(user, device, true, 'pwd', radio.id)
      })
      await box.uncheck()
      await press(page, 'Save')
      expect(await told(page)).toContain('Saved.')
      await page.getByText('2 devices are signed in.').waitFor()
      await page.getByText('New devices can’t sign in.').waitFor()
      await inspectTwice(page, 'admin-oidc-devices')
      await press(page, 'Deutsch')
      await page.getByText('2 Geräte sind angemeldet.').waitFor()
      await press(page, 'Alle Geräte von Radio abmelden')
      expect(await told(page)).toBe('Alle Geräte dieser App sind abgemeldet.')
      await page.getByText('Kein Gerät ist angemeldet.').waitFor({ state: 'hidden' })
      await press(page, 'English')
      // The next page is there before the profile is wiped.
      await page.getByRole('button', { name: 'Deutsch', exact: true }).waitFor()
    })
  })

  it('lets in only invited users, and not with a withdrawn invitation', async () => {
    await inProfile(async (page) => {
      await page.goto(at('/register'))
      expect(await heading(page)).toBe('Registration is by invitation')
      await inspectTwice(page, 'register-invitation-needed')
      await enter(page, 'Invitations')
      for (const email of [WITHDRAWN, 'kim@example.com']) {
        await fill(page, { Email: email })
        await press(page, 'Invite')
        expect(await told(page)).toBe('Invited. The email is on its way.')
      }
      await inProfile(async (guest) => {
        await guest.goto(at('/mailbox'))
        const mails = guest.getByRole('link', { name: 'You are invited' })
        await mails.nth(1).click()
        await followMail(guest)
        expect(await guest.getByLabel('Email').inputValue()).toBe(WITHDRAWN)
        await press(page, `Withdraw: ${WITHDRAWN}`)
        expect(await told(page)).toBe('Withdrawn. The link no longer works.')
        await guest.reload()
        expect(await heading(guest)).toBe('Invitation expired')
        await inspectTwice(guest, 'register-invitation-over')

        await guest.goto(at('/mailbox'))
        await mails.first().click()
        await followMail(guest)
        await press(guest, 'Create account')
        await press(guest, 'Deutsch')
        expect(await guest.getByLabel('E-Mail').inputValue()).toBe('kim@example.com')
        await press(guest, 'English')
        await fill(guest, { 'First name': 'Kim', Password: NEW })
        await press(guest, 'Create account')
        expect(await heading(guest)).toBe('Hello, Kim')
        await guest.getByText('Confirmed', { exact: true }).waitFor()
      })
      await goTo(page, 'Invitations')
      await page.getByText('Accepted', { exact: true }).waitFor()

      await press(page, 'Invite')
      const link = (await told(page)).match(/https?:\/\/\S+/)?.[0] ?? ''
      await inspectTwice(page, 'admin-invitation-link')
      await inProfile(async (guest) => {
        await guest.goto(link)
        expect(await heading(guest)).toBe('Create your account')
      })
    })
  })

  it('shows events with user and actor on the dashboard and in the audit log', async () => {
    await inProfile(async (page) => {
      await enter(page, 'Audit log')
      const show = () => press(page, 'Show')
      await page.getByLabel('Action').selectOption('Invitation withdrawn')
      await show()
      expect(await rows(page).count()).toBe(2)
      expect(await rows(page).last().innerText()).toContain(GRACE.email)
      await page.getByLabel('Action').selectOption('All actions')
      await fill(page, { Subject: ADA.email, Actor: GRACE.email })
      await show()
      const entries = await page.getByRole('table').innerText()
      expect(entries).toContain('is active: yes → no')
      expect(entries).toContain('Signed out everywhere')
      await fill(page, { 'From (UTC)': '2020-01-01', 'To (UTC)': '2020-01-02' })
      await show()
      await page.getByText('No entries.').waitFor()
      await inspectTwice(page, 'admin-audit-none')
      await fill(page, { Subject: '', Actor: '', 'From (UTC)': '', 'To (UTC)': '' })
      await show()
      await inspectTwice(page, 'admin-audit-all')
      await goTo(page, 'Dashboard')
      await page.getByRole('img', { name: /^Sign-ins/ }).waitFor()
    })
  })
})
