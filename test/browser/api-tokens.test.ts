import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { eventually } from '../support/eventually.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill, follow, heading, press, signIn, told } from '../support/page-actions.ts'
import { inContext, inspect, inspectTwice, type Journey } from '../support/page-checks.ts'

const [ADA, GRACE] = PEOPLE

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([
    startFamily({}, { credentials: true }),
    launchChromium(inject('chromiumPath')),
  ])
  await family.administer(async ({ users }) => {
    const emailVerifiedAt = Math.floor(Date.now() / 1000)
    for (const { password: _, hash, ...person } of PEOPLE) {
      await users.create({ ...person, password: hash, emailVerifiedAt })
    }
  })
  // It publishes its permissions in the background.
  await eventually(async () => {
    const published = await family.administer(({ appPermissions }) => appPermissions.list())
    expect(published).not.toEqual([])
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

const at = (path: string) => `${family.auth.url}${path}`
const inProfile = (journey: Journey) => inContext(browser, {}, journey)

/** What curl gets, by status and body. */
async function curl(...args: string[]): Promise<[status: number, body: string]> {
  const { stdout } = await promisify(execFile)('curl', ['-sS', '-w', '\n%{http_code}', ...args])
  const end = stdout.lastIndexOf('\n')
  return [Number(stdout.slice(end + 1)), stdout.slice(0, end)]
}

async function enter(
  page: Page,
  path: string,
  { email, password }: Readonly<Record<'email' | 'password', string>>,
): Promise<void> {
  await page.goto(at(path))
  await signIn(page, email, password)
  await page.waitForURL(at(path))
}

describe('API tokens, by typing and clicking', () => {
  it('are created, used with curl, shown as used, and revoked', async () => {
    await inProfile(async (page) => {
      await enter(page, '/account', ADA)
      await follow(page, 'Manage API tokens')
      await inspect(page, 'tokens-none')
      await fill(page, { Name: 'Backup script' })
      await page.getByLabel('Team board', { exact: true }).check()
      await page.getByLabel('cards.read').check()
      await press(page, 'Create token')
      const token = /lk_\w{49}/.exec(await told(page))?.[0] ?? ''
      expect(token).not.toBe('')
      await inspectTwice(page, 'tokens-new')
      const command = await page.locator('code', { hasText: 'curl' }).innerText()
      expect(command).toContain(`${family.teamBoard.url}/api/cards`)
      const { stdout } = await promisify(execFile)('sh', ['-c', `${command} -s -w '%{http_code}'`])
      expect(stdout).toMatch(/^\{"todo":.*\}200$/)

      const bearer = ['-H', `Authorization: Bearer ${token}`]
      const [status, cards] = await curl(...bearer, `${family.teamBoard.url}/api/cards`)
      expect([status, Object.keys(JSON.parse(cards))]).toEqual([200, ['todo', 'doing', 'done']])
      const write = ['--json', '{"title":"From curl"}', `${family.teamBoard.url}/api/cards`]
      const [refused, why] = await curl(...bearer, ...write)
      expect([refused, JSON.parse(why)]).toMatchObject([403, { scope: 'cards.write' }])

      await page.goto(at('/account/tokens'))
      expect(await page.getByText(token).count()).toBe(0)
      await expect
        .poll(async () => {
          await page.reload()
          return page.getByText('Last used just now in Team board').count()
        })
        .toBe(1)
      expect(await page.getByText(/^Created with Chrom.+ from 127\.0\.0\.1$/).count()).toBe(1)
      await inspect(page, 'tokens-used')
      await press(page, 'Revoke Backup script')
      expect(await told(page)).toBe('The token is revoked. Apps refuse it from now on.')
      await expect.poll(async () => (await curl(...bearer, `${family.teamBoard.url}/api/cards`))[0]).toBe(401)
    })
  })

  it('reach a device without a browser, whose user compares its code', async () => {
    const [, begun] = await curl(
      at('/device/code'),
      '--data-urlencode',
      'device_name=Living room',
      '-d',
      'scope=cards.read',
    )
    const { device_code, user_code } = JSON.parse(begun)
    const poll = () => curl(at('/device/token'), '--data-urlencode', `device_code=${device_code}`)
    expect(JSON.parse((await poll())[1])).toMatchObject({ error: 'authorization_pending' })
    await inProfile(async (page) => {
      await enter(page, '/device', ADA)
      await fill(page, { Code: user_code.toLowerCase().replace('-', '') })
      await press(page, 'Continue')
      await page.getByText(user_code).waitFor()
      await inspectTwice(page, 'device')
      // The same page in another window, which comes second.
      const second = await page.context().newPage()
      await second.goto(page.url())
      await press(page, 'Allow')
      expect(await told(page)).toBe('Your device can sign in now. You can close this page.')
      await press(second, 'Deny')
      await second.getByText('No device is waiting for this code.').waitFor()
      await inspect(second, 'device-late')
    })
    const [status, granted] = await poll()
    expect(status).toBe(200)
    const { access_token } = JSON.parse(granted)
    expect(
      (await curl('-H', `Authorization: Bearer ${access_token}`, `${family.teamBoard.url}/api/cards`))[0],
    ).toBe(200)
  })

  it('and permissions appear in the administration', async () => {
    await inProfile(async (page) => {
      await enter(page, '/admin/permissions', GRACE)
      expect(await heading(page)).toBe('Permissions')
      await page.getByRole('rowheader', { name: 'cards.read' }).waitFor()
      await inspectTwice(page, 'admin-permissions')
      await page.goto(at('/admin/apps?change=1'))
      await press(page, 'New secret')
      await page.getByText('AUTH_CLIENT_SECRET=lks_').waitFor()
      await inspectTwice(page, 'admin-credentials')
    })
  })
})
