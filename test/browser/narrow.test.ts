import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { OPERATOR } from '../../auth-service/src/events/audit-log.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { fill } from '../support/page-actions.ts'
import { inContext } from '../support/page-checks.ts'

const PASSWORD = 'a long walk by the sea'
const WIDTH = 320

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([startFamily(), launchChromium(inject('chromiumPath'))])
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

/** How far the link or button exceeds the window, in CSS pixels; `null` if it is missing. */
async function beyondEdges(page: Page, name: string): Promise<number | null> {
  const box = await page.getByRole('navigation').getByRole('button', { name, exact: true }).boundingBox()
  return box && Math.max(0, -box.x, box.x + box.width - WIDTH)
}

describe('In a window 320 px wide,', () => {
  it.each([
    ['a name of one long word', 'Wolfeschlegelsteinhausenbergerdorff'.repeat(2), '', false],
    [
      'a name of many words',
      'Pablo Diego José Francisco de Paula Juan Nepomuceno',
      'de la Santísima Trinidad',
      true,
    ],
    ['no name but a long address', '', '', true],
  ])('users with %s reach "Sign out" in both apps', async (who, firstName, lastName, isStaff) => {
    const email = `${who.replaceAll(' ', '-')}-with-a-mailbox-of-a-very-long-name@example.com`
    await inContext(browser, { viewport: { width: WIDTH, height: 640 } }, async (page) => {
      await page.goto(`${family.auth.url}/register`)
      await fill(page, {
        'First name': firstName,
        'Last name': lastName,
        Email: email,
        Password: PASSWORD,
      })
      await page.getByRole('main').getByRole('button').first().click()
      await page.waitForURL(`${family.auth.url}/account`)
      if (isStaff) {
        await family.administer(async ({ users, administration }) => {
          const user = await users.findByEmail(email)
          return administration.change(user?.uuid ?? '', { isStaff: true }, OPERATOR)
        })
      }
      for (const { url } of [family.notes, family.teamBoard]) {
        for (const path of ['/', '/nowhere']) {
          await page.goto(url + path)
          expect([url + path, await beyondEdges(page, 'Sign out')]).toEqual([url + path, 0])
        }
      }
      await page.goto(`${family.auth.url}/account`)
      const box = await page.getByRole('link', { name: 'Sign out' }).first().boundingBox()
      expect(box && box.x + box.width).toBeLessThanOrEqual(WIDTH)
      await page.getByRole('link', { name: 'Sign out' }).first().click()
    })
  })
})
