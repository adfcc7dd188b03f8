import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * Path of a Chromium or Chrome: `CHROMIUM_PATH`, an installed one, or one that is installed now with apt-get.
 * @throws Error that says what to install where none of that works
 */
export function findChromium(): string {
  const given = process.env.CHROMIUM_PATH
  if (given !== undefined) {
    if (existsSync(given)) return given
    throw new Error(`CHROMIUM_PATH says ${given}, and nothing is there.`)
  }
  return installed() ?? install()
}

function installed(): string | null {
  for (const name of NAMES) {
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return PLACES.find((place) => existsSync(place)) ?? null
}

function install(): string {
  console.log('No Chromium here: installing it with apt-get, once. Set CHROMIUM_PATH to use another.')
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
    const [command, ...rest] = [...asRoot, 'apt-get', '-qq', ...args] as [string, ...string[]]
    spawnSync(command, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
  const path = installed()
  if (path) return path
  throw new Error('The browser tests need Chromium. Install chromium or Chrome, or set CHROMIUM_PATH to one.')
}

/** A Chromium that asks nothing of any network. */
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
