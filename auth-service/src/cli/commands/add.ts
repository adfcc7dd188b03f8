import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { failure, type Result, readOrigin, success } from '@latchkey/jwt-middleware/contract'
import type { Environment } from '../../platform/config/config.ts'
import type { AppSettings } from '../add/env-file.ts'
import type { Edit } from '../add/plan.ts'
import type { BareCommand, Given, Outcome } from '../command.ts'
import { devAuthUrl, devEnvironment, findDevFolder, readDevSettings } from '../dev/dev-folder.ts'
import { probe } from '../doctor/http-probe.ts'
import type { Terminal } from '../terminal.ts'
import { doctor } from './doctor.ts'

const EXAMPLE = 'http://app1.team.localhost:3000'

export const add: BareCommand = {
  usage: '[FILE] [--login-url URL] [--own-url URL] [--print] [--yes]',
  summary:
    'adds the middleware to the Hono or Express app in this folder, and both settings to its .env: shows the changes, ' +
    'and writes them if you agree. --yes agrees, --print only shows them',
  operands: [0, 1],
  needsNoSettings: true,
  options: {
    'login-url': { type: 'string' },
    'own-url': { type: 'string' },
    print: { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  async runBare(env, given, terminal) {
    const folder = process.cwd()
    const settings = findSettings(given, folder)
    if (!settings.ok) return settings
    // Not earlier: other commands need no parser.
    const { planChanges, showDiff } = await import('../add/plan.ts')
    const plan = planChanges(folder, given.operands[0], settings.value, appsNear(folder))
    if (!plan.ok) return plan
    const { edits, steps } = plan.value
    if (edits.length === 0) {
      const done = `There is nothing to ${steps.length > 0 ? 'write' : 'do'}: the app uses the middleware already.\n`
      return success(done + numbered(steps) + (await examine(env, folder, terminal, false)))
    }
    const diff = showDiff(edits)
    if (given.options.print) return success(diff + numbered(steps))
    const agreed = await agree(given, terminal, diff)
    if (!agreed.ok) return agreed
    const written = await write(edits)
    if (!written.ok) return written
    const report = await examine(env, folder, terminal, true)
    return success(`Wrote ${edits.map(({ name }) => name).join(' and ')}.\n${numbered(steps)}${report}`)
  },
}

/** The apps of the auth service in this folder or above. */
function appsNear(folder: string): readonly string[] {
  const dev = findDevFolder(folder)
  return dev === null ? [] : (readDevSettings(dev)?.apps ?? [])
}

/** The two settings, from the options or from the auth service in this folder or above. */
function findSettings({ options }: Given, folder: string): Result<AppSettings, string> {
  const dev = findDevFolder(folder)
  const known = dev === null ? null : readDevSettings(dev)
  const [login, own] = [options['login-url'], options['own-url']] as (string | undefined)[]
  const page = login === undefined ? null : URL.parse(login)
  if (login !== undefined && !/^https?:$/.test(page?.protocol ?? '')) {
    return failure('--login-url is not an http(s) URL. Example: https://auth.example.com/login')
  }
  const origin = own === undefined ? null : readOrigin('--own-url', own)
  if (origin && !origin.ok) return failure(`${origin.reason}.`)
  return success({
    // As parsed: what was typed may contain a line break.
    LOGIN_URL: page?.href ?? (known ? `${devAuthUrl(known)}/login` : undefined),
    // Of several apps, this can be any.
    OWN_URL: origin?.value ?? (known?.apps.length === 1 ? known.apps[0] : undefined),
  })
}

async function agree({ options }: Given, terminal: Terminal, diff: string): Promise<Outcome> {
  if (options.yes) {
    console.log(diff)
    return success('')
  }
  if (!terminal.interactive) {
    return {
      ok: false,
      report: diff,
      reason: 'Nothing was written: this is not a terminal. Pass --yes to write these changes.',
    }
  }
  console.log(diff)
  const answer = await terminal.ask('Write these changes? (y/N)')
  return /^y(es)?$/i.test(answer.trim()) ? success('') : failure('Nothing was written.')
}

const contentOf = (path: string): string | null => (existsSync(path) ? readFileSync(path, 'utf8') : null)

async function write(edits: readonly Edit[]): Promise<Result<null, string>> {
  const changed = edits.find(({ path, before }) => contentOf(path) !== before)
  if (changed)
    return failure(`Nothing was written: ${changed.name} has just been changed. Run the command again.`)
  for (const { path, after } of edits) await writeFile(path, after)
  return success(null)
}

const numbered = (steps: readonly string[]): string =>
  steps.length === 0 ? '' : `\nNext:\n${steps.map((step, at) => `  ${at + 1}. ${step}\n`).join('')}`

/** How long a running app may take to restart with its changes, and how often it is asked, in ms. */
const RESTART = 5_000
const PERIOD = 250

/** The doctor's report on the running app, or the command that makes it. */
async function examine(
  env: Environment,
  folder: string,
  terminal: Terminal,
  isNew: boolean,
): Promise<string> {
  const content = contentOf('.env')
  const own = content === null ? undefined : parseEnv(content).OWN_URL
  const command = `\nOnce the app runs, let the doctor sign in to a page that you guarded: npx latchkey doctor ${own ?? EXAMPLE}/\n`
  const dev = findDevFolder(folder)
  const settings = dev === null ? null : readDevSettings(dev)
  if (dev === null || !settings || own === undefined) return command
  const deadline = Date.now() + (isNew ? RESTART : 0)
  for (;;) {
    const isRunning = await isProtected(own)
    if (isRunning) break
    if (isRunning === null || Date.now() >= deadline) return command
    await new Promise((resolve) => setTimeout(resolve, PERIOD))
  }
  const outcome = await doctor.runBare(
    devEnvironment(env, settings, dev),
    { operands: [own], options: {} },
    terminal,
  )
  return `\nThe doctor on the running app:\n${outcome.ok ? outcome.value : `${'report' in outcome ? outcome.report : ''}\n${outcome.reason}`}\n`
}

/** Whether the running app has the middleware, all of whose responses depend on cookies; `null` if none runs. */
async function isProtected(url: string): Promise<boolean | null> {
  const answer = await probe(url, { timeout: 2_000 })
  return answer.ok ? /\bcookie\b/i.test(answer.value.headers.vary ?? '') : null
}
