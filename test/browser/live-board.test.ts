import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, it, onTestFinished } from 'vitest'
import { PEOPLE } from '../../examples/demo/src/people.ts'
import { launchChromium } from '../support/chromium.ts'
import { type RunningFamily, startFamily } from '../support/family.ts'
import { inContext, inspect } from '../support/page-checks.ts'

const [ADA] = PEOPLE
/** Longer than a second, which the machine may need for other tests; the bench measures the time. */
const SOON = 5_000

let family: RunningFamily
let browser: Browser
beforeAll(async () => {
  ;[family, browser] = await Promise.all([
    startFamily({}, { credentials: true }),
    launchChromium(inject('chromiumPath')),
  ])
  await family.administer(async ({ users }) => {
    const { password: _, hash, ...person } = ADA
    await users.create({ ...person, password: hash, emailVerifiedAt: Math.floor(Date.now() / 1000) })
  })
})
afterAll(async () => {
  await browser?.close()
  await family?.close()
})

/** Signs in, and opens the board with its stream. */
async function openBoard(page: Page): Promise<void> {
  const stream = page.waitForResponse(`${family.teamBoard.url}/live`)
  await page.goto(`${family.auth.url}/login?next=${encodeURIComponent(`${family.teamBoard.url}/`)}`)
  await page.getByLabel('Email').fill(ADA.email)
  await page.getByLabel('Password').fill(ADA.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  expect((await stream).status()).toBe(200)
}

const notice = (page: Page) => page.getByRole('alert').getByText('Signed out.')

it('an open board shows changes on another device, and that the user signed out everywhere there', async () => {
  const phone = { viewport: { width: 320, height: 640 }, colorScheme: 'dark' } as const
  await inContext(browser, phone, async (board) => {
    await openBoard(board)
    await inContext(browser, {}, async (other) => {
      await openBoard(other)
      await other.getByLabel('New card').fill('Order the tablecloths')
      await other.getByRole('button', { name: 'Add card' }).click()
      await board.getByText('Order the tablecloths').waitFor({ timeout: SOON })
      expect(await notice(board).isVisible()).toBe(false)

      await other.goto(`${family.auth.url}/account`)
      await other.getByRole('button', { name: 'Sign out everywhere' }).click()
      await notice(board).waitFor({ timeout: SOON })
    })
    await inspect(board, 'board-signed-out')
    await board.getByRole('alert').getByRole('link', { name: 'Sign in' }).click()
    expect(board.url()).toBe(
      `${family.auth.url}/login?next=${encodeURIComponent(`${family.teamBoard.url}/`)}`,
    )
  })
})

it('an open board goes on after a restart of its app', async () => {
  // The browser complains on its console while the app is away.
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const board = await context.newPage()
  await openBoard(board)
  await family.teamBoard.stop()
  const again = board.waitForResponse((response) => response.url().endsWith('/live') && response.ok())
  await family.teamBoard.start()
  await again
  expect(await notice(board).isVisible()).toBe(false)
  await board.getByLabel('New card').fill('Count the chairs')
  await board.getByRole('button', { name: 'Add card' }).click()
  await board.getByText('Count the chairs').waitFor()
})
