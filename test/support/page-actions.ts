import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/** The page's main heading. */
export const heading = (page: Page): Promise<string> => page.getByRole('heading', { level: 1 }).innerText()

/** The page's notice. */
export const told = (page: Page): Promise<string> => page.getByRole('status').first().innerText()

export const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).click()

export const follow = (page: Page, name: string): Promise<void> =>
  page.getByRole('link', { name, exact: true }).click()

export async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value)
}

/** Fills in the open login form, and sends it. */
export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await fill(page, { Email: email, Password: password })
  await press(page, 'Sign in')
}

/** Opens the latest email with this subject in the dev inbox of the service at this URL. */
export async function openMail(page: Page, authUrl: string, subject: string): Promise<void> {
  await page.goto(`${authUrl}/mailbox`)
  await page.getByRole('link', { name: subject }).first().click()
  expect(await heading(page)).toBe(subject)
}

/** Follows the token link in the open email. */
export const followMail = (page: Page): Promise<void> =>
  page.getByRole('link', { name: /[?&](token|invitation)=/ }).click()
