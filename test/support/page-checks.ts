import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { clearTimeout, setTimeout } from 'node:timers'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core'
import { expect } from 'vitest'

const screenshots = resolve(import.meta.dirname, '../../artefacts/screenshots')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Pages that reject something should; Chromium reports them as errors. */
const REFUSAL =
  /Failed to load resource: the server responded with a status of (4(00|01|03|04|09|10|13|22|29|31)|503)/

/** Chromium reports this for every http page that is not on localhost. */
const PLAIN_HTTP =
  /^The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy/

/** How long a step may take, in ms. */
const PATIENCE = 60_000

/** A step for which Playwright has no time-out of its own. */
async function within<Value>(name: string, step: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: not done after ${PATIENCE / 1000} s`)), PATIENCE)
  })
  try {
    return await Promise.race([step, late])
  } finally {
    clearTimeout(timer)
  }
}

/** How long a page may take to close, in ms. */
const CLOSING = 20_000

/**
 * Whether pages closed. Under load, Chromium sometimes never closes a page that is just loading another one: such a
 * profile is not used again, and ends with its browser.
 */
async function isDoneSoon(closing: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CLOSING)
  })
  // If it fails later, the browser has closed.
  const closed = closing.then(
    () => true,
    () => false,
  )
  const done = await Promise.race([closed, late])
  clearTimeout(timer)
  return done
}

export type Journey = (page: Page, context: BrowserContext) => Promise<void>

/** Unused profiles, wiped, since Chromium takes half a second to create one. */
const wiped = new WeakMap<Browser, BrowserContext[]>()

/** Runs a journey in a fresh profile; any console complaint of a page fails it. */
export async function inContext(
  browser: Browser,
  options: BrowserContextOptions,
  journey: Journey,
): Promise<void> {
  const ordinary = Object.keys(options).length === 0
  const spare = wiped.get(browser) ?? []
  wiped.set(browser, spare)
  const context = (ordinary && spare.pop()) || (await within('A new profile', browser.newContext(options)))
  const complaints: string[] = []
  const listen = (message: ConsoleMessage) => {
    const text = message.text()
    if (message.type() === 'error' && !REFUSAL.test(text) && !PLAIN_HTTP.test(text)) complaints.push(text)
  }
  context.on('console', listen)
  const page = await within('A new page', context.newPage())
  page.setDefaultTimeout(PATIENCE)
  try {
    await journey(page, context)
    expect(complaints).toEqual([])
  } finally {
    context.off('console', listen)
    if (!ordinary) await isDoneSoon(context.close())
    else if (await isDoneSoon(Promise.all(context.pages().map((one) => one.close())))) {
      await within('Deleting the cookies of a profile', context.clearCookies())
      spare.push(context)
    }
  }
}

/** What another theme and another width can break; all else is the same page. */
const BY_LOOKS = ['color-contrast', 'target-size', 'link-in-text-block', 'scrollable-region-focusable']

/** axe's violations on the current page, in a printable form; of these rules alone, if they are named. */
async function violationsOn(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Half a megabyte, loaded once per page.
  const run = (name: string, script: string) => within(`${name} on ${page.url()}`, page.evaluate(script))
  if (!(await run('Looking for axe', '"axe" in window'))) await run('Loading axe', axe)
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }
  const { violations } = (await run('axe', `axe.run(${JSON.stringify(options)})`)) as AxeResults
  return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`)
}

const shoot = (page: Page, name: string) =>
  page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })

/** Saves a screenshot in artefacts/screenshots if `PICTURES=on` is set. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.PICTURES === 'on') await shoot(page, name)
}

/** A page that has to look right: without violations, and as wide as its window. A failure saves a screenshot. */
export async function inspect(page: Page, name: string, rules?: readonly string[]): Promise<void> {
  const violations = await violationsOn(page, rules)
  if (violations.length > 0) await shoot(page, name)
  expect(violations, name).toEqual([])
  await expectToFit(page, name)
  await picture(page, name)
}

async function expectToFit(page: Page, name: string): Promise<void> {
  const overflow = await within(
    `The width of ${page.url()}`,
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  )
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0)
}

/** A desktop of 1280 by 800 at 200 % zoom: half as many CSS pixels. */
const ZOOMED = { width: 640, height: 400 }

const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 320, height: 640 }

/** Each theme and each width once; `LOOKS=all` combines them all. */
const LOOKS = [
  ['light', 'light', DESKTOP],
  ['phone-dark', 'dark', PHONE],
  ...(process.env.LOOKS === 'all'
    ? ([
        ['dark', 'dark', DESKTOP],
        ['phone-light', 'light', PHONE],
      ] as const)
    : []),
] as const

/**
 * The same page on a light desktop and at the width of a small phone in the dark, without reloading, and whether it
 * fits at 200 % zoom.
 */
export async function inspectTwice(page: Page, name: string): Promise<void> {
  for (const [index, [look, colorScheme, viewport]] of LOOKS.entries()) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    await inspect(page, `${look}-${name}`, index === 0 ? undefined : BY_LOOKS)
  }
  await page.setViewportSize(ZOOMED)
  await expectToFit(page, `zoomed ${name}`)
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(DESKTOP)
}

/** The focused element: its name, its position, and how it shows the focus. */
export interface Stop {
  readonly name: string
  readonly top: number
  readonly left: number
  readonly outline: string
}

// As text, since the browser's code and this file have different types.
const WHERE = `(() => {
  const element = document.activeElement
  const { top, left } = element.getBoundingClientRect()
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
  return {
    name: element.getAttribute('name') ?? element.textContent.trim(),
    top: top + scrollY,
    left,
    outline: outlineStyle === 'none' ? 'none' : outlineWidth + ' ' + outlineColor,
  }
})()`

/** Presses Tab this often, and returns where the focus went. */
export async function tabThrough(page: Page, times: number): Promise<Stop[]> {
  const stops: Stop[] = []
  for (let i = 0; i < times; i++) {
    await page.keyboard.press('Tab')
    stops.push((await page.evaluate(WHERE)) as Stop)
  }
  return stops
}
