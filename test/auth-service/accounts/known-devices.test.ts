import { sql } from 'drizzle-orm'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  createKnownDevices,
  DEVICE_COOKIE_LIFETIME,
  type KnownDevices,
} from '../../../auth-service/src/accounts/known-devices.ts'
import { OPERATOR } from '../../../auth-service/src/events/audit-log.ts'
import { parseCookies } from '../../../auth-service/src/platform/client/host-cookies.ts'
import { parseEmail } from '../../../auth-service/src/platform/validation/email-address.ts'
import { NOW } from '../../support/tokens.ts'
import type { Browser } from '../support/browser.ts'
import { linkIn } from '../support/mails.ts'
import { addUser, openService, SECRET_KEY, testConfig } from '../support/services.ts'
import { ADA as ADA_NAMED, openSite, PASSWORD } from '../support/site.ts'

const OTHER_SECRET = 'another secret of the tests, of nobody else'
const ADA = 'ada@example.com'

const openDatabase = async () => {
  const service = await openService(testConfig())
  onTestFinished(() => service.close())
  return service.database
}
type Opened = Awaited<ReturnType<typeof openDatabase>>

async function open(secretKey = SECRET_KEY, secretKeyFallbacks: readonly string[] = [], database?: Opened) {
  let clock = NOW * 1000
  const used = database ?? (await openDatabase())
  const options = { https: true, secretKey, secretKeyFallbacks, database: used, now: () => clock }
  return {
    ...byValue(createKnownDevices(options)),
    database: used,
    wait(seconds: number) {
      clock += seconds * 1000
    },
  }
}

/** The same by the cookie's value, of which a browser joins several. */
const byValue = ({ remember, recognise }: KnownDevices, name = '__Host-device') => ({
  createCookie: async (email: string, known: readonly string[] = []) =>
    (
      /^[^=]+=([^;]+)/.exec(
        await remember(parseEmail(email), parseCookies(`${name}=${known.join('~')}`)),
      )?.[1] ?? ''
    ).split('~'),
  recognise: (email: string, given: readonly string[]) =>
    recognise(parseEmail(email), parseCookies(`${name}=${given.join('~')}`)),
})

describe('A device cookie', () => {
  it('is valid for the email it was issued for, in any spelling, and for no other', async () => {
    const { createCookie, recognise } = await open()
    const mine = await createCookie('Ada@Example.com')
    expect(await recognise('ada@example.COM', mine)).toMatch(/^[\w-]{16}$/)
    expect(await recognise('grace@example.com', mine)).toBeNull()
    expect(await recognise('', mine)).toBeNull()
  })

  it('replaces the one of the same user, and keeps those of others', async () => {
    const { createCookie, recognise } = await open()
    const before = [...(await createCookie(ADA)), ...(await createCookie('grace@example.com')), 'rubbish']
    const after = await createCookie(ADA, before)
    expect(after).toEqual([expect.not.stringContaining(before[0] ?? ''), before[1]])
    expect(await recognise(ADA, after)).toBe(after[0]?.slice(0, 16))
  })

  it('does not reveal the email and differs each time', async () => {
    const { createCookie, recognise } = await open()
    const deviceCookies = await Promise.all(Array.from({ length: 50 }, () => createCookie(ADA)))
    const names = await Promise.all(deviceCookies.map((one) => recognise(ADA, one)))
    expect(new Set(names).size).toBe(50)
    expect(deviceCookies.join()).not.toMatch(/ada|example/)
  })

  it('is found among others', async () => {
    const { createCookie, recognise } = await open()
    const [graces = ''] = await createCookie('grace@example.com')
    const deviceCookies = [graces, 'rubbish', ...(await createCookie(ADA))]
    expect(await recognise(ADA, deviceCookies)).toBe(deviceCookies[2]?.slice(0, 16))
  })

  it('is valid for a year', async () => {
    const { createCookie, recognise, wait } = await open()
    const mine = await createCookie(ADA)
    wait(DEVICE_COOKIE_LIFETIME - 1)
    expect(await recognise(ADA, mine)).not.toBeNull()
    wait(1)
    expect(await recognise(ADA, mine)).toBeNull()
  })

  it('survives a change of SECRET_KEY only if the old key is listed as a fallback', async () => {
    const { createCookie, database } = await open()
    const mine = await createCookie(ADA)
    const later = await open(OTHER_SECRET, [SECRET_KEY], database)
    expect(await later.recognise(ADA, mine)).not.toBeNull()
    expect(await (await open(OTHER_SECRET, [], database)).recognise(ADA, mine)).toBeNull()
  })

  it('is invalid with any character changed, added or left out, in the first epoch and later', async () => {
    const service = await openService(testConfig())
    onTestFinished(() => service.close())
    const { createCookie, recognise } = byValue(service.knownDevices, 'device')
    const user = await addUser(service)
    for (const epoch of [0, 1, 40]) {
      const { db, users } = service.database
      await db.update(users).set({ deviceEpoch: sql`${epoch}` })
      const [mine = ''] = await createCookie(user.email)
      expect(await recognise(user.email, [mine])).not.toBeNull()
      // The last character of the seal has four unused bits.
      for (let at = 0; at < mine.length - 1; at++) {
        const other = mine[at] === 'x' ? 'y' : 'x'
        const changed = [
          mine.slice(0, at) + other + mine.slice(at + 1),
          mine.slice(0, at) + mine.slice(at + 1),
        ]
        expect(await recognise(user.email, changed)).toBeNull()
      }
      for (const rubbish of ['', '..', `${mine}x`, `${mine}.x`, `x${mine}`, 'x'.repeat(10_000)]) {
        expect(await recognise(user.email, [rubbish])).toBeNull()
      }
    }
  })
})

describe('A known device', () => {
  async function openWithDevice() {
    const site = await openSite()
    const browser = await site.signedIn()
    const { users } = site.service
    const ada = await users.findByEmail(ADA_NAMED.email)
    if (!ada) throw new Error('Nobody registered.')
    const cookies = (of: Browser) => of.jar.getCookieString(site.origin)
    const before = await cookies(browser)
    const isKnown = async (given = before) =>
      (await site.service.knownDevices.recognise(parseEmail(ADA_NAMED.email), parseCookies(given))) !== null
    expect(await isKnown()).toBe(true)
    return { ...site, ada, browser, isKnown, known: async () => isKnown(await cookies(browser)) }
  }

  it('becomes unknown after signing out everywhere, by the user or by an administrator', async () => {
    for (const by of ['themselves', 'an administrator'] as const) {
      const { browser, service, ada, isKnown } = await openWithDevice()
      if (by === 'themselves') await browser.json('/account/sessions/end-all', {})
      else await service.sessions.endAll(ada.id, OPERATOR)
      expect([by, await isKnown()]).toEqual([by, false])
      await browser.json('/login', ADA_NAMED)
      expect([by, await isKnown()]).toEqual([by, false])
    }
  })

  it('becomes unknown after an emailed password reset, except where the password was chosen', async () => {
    const { browser, service, isKnown, known } = await openWithDevice()
    await browser.submit('/password/forgot', '/password/forgot', { email: ADA_NAMED.email })
    const link = await linkIn(service, ADA_NAMED.email)
    await browser.submit(link, '/password/reset', { password: 'a long walk by the sea' })
    expect([await isKnown(), await known()]).toEqual([false, true])
  })

  it('becomes unknown when another device changes the password or signs out all others', async () => {
    const { browser, isKnown, known } = await openWithDevice()
    const fields = { current_password: PASSWORD, password: 'a long walk by the sea' }
    expect((await browser.json('/account/password', fields)).status).toBe(204)
    expect([await isKnown(), await known()]).toEqual([false, true])
    const second = await openWithDevice()
    await second.browser.json('/account/sessions/end-others', {})
    expect([await second.isKnown(), await second.known()]).toEqual([false, true])
  })

  it('becomes unknown once the account is disabled or scheduled for deletion', async () => {
    const disabled = await openWithDevice()
    await disabled.service.administration.change(disabled.ada.uuid, { isActive: false }, OPERATOR)
    expect(await disabled.isKnown()).toBe(false)
    const removed = await openWithDevice()
    await removed.service.adminDeletions.request(removed.ada, OPERATOR)
    expect(await removed.isKnown()).toBe(false)
    const leaving = await openWithDevice()
    await leaving.browser.json('/account/delete', { password: PASSWORD })
    expect(await leaving.isKnown()).toBe(false)
  })

  it('stays known through other changes, and to other users', async () => {
    const { browser, service, ada, isKnown, signedIn } = await openWithDevice()
    await browser.json('/account/names', { first_name: 'Augusta', last_name: 'King' })
    await browser.submit('/logout', '/logout')
    const bob = await signedIn({ email: 'bob@example.com' })
    await bob.json('/account/sessions/end-all', {})
    await service.administration.change(ada.uuid, { isStaff: true }, OPERATOR)
    expect(await isKnown()).toBe(true)
  })
})
