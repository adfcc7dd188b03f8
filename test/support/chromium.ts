import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { locate } from './programs.ts'

/** The shell without windows comes first: the same engine takes a third of the CPU time of the whole browser. */
export const SHELL = 'chromium-headless-shell'
const NAMES = [SHELL, 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * Path of a Chromium or Chrome: `CHROMIUM_PATH`, or an installed one.
 * @throws Error that names the remedy if there is none
 */
export function findChromium(): string {
  const given = process.env.CHROMIUM_PATH
  if (given !== undefined) {
    if (existsSync(given)) return given
    throw new Error(`CHROMIUM_PATH is ${given}, and that file does not exist.`)
  }
  const found = NAMES.map(locate).find((path) => path !== null) ?? PLACES.find((place) => existsSync(place))
  if (found) return found
  throw new Error('The browser tests need Chromium or Chrome. Run: npm run setup (or set CHROMIUM_PATH)')
}

/** A Chromium without background network requests. */
export const launchChromium = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
