import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { failure, type Result, readOrigin, success } from '@latchkey/jwt-middleware/contract'
import type { Environment } from '../../platform/config/config.ts'
import { shellWord } from '../../platform/validation/shell-word.ts'
import type { AppSettings } from '../add/env-file.ts'
import type { Edit } from '../add/file-edit.ts'
import type { BareCommand, Given, Outcome } from '../command.ts'
import { devAuthUrl, devEnvironment, findDevFolder, readDevSettings } from '../dev/dev-folder.ts'
import { probe } from '../doctor/http-probe.ts'
import type { Terminal } from '../terminal.ts'
import { doctor } from './doctor.ts'

const EXAMPLE = 'http://app1.team.localhost:3000'

export const add: BareCommand = {
  usage: '[FILE] [--login-url URL] [--own-url URL] [--print] [--yes]',
  summary:
    'adds the middleware to the app in this folder (Hono, Express, Fastify, Koa, H3, Elysia, node:http, Next.js, SvelteKit, Astro, React Router, Nitro or Django), ' +
    'and both settings to its .env (settings.py on Django): shows the changes, and writes them if you agree. --yes agrees, --print only shows them',
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
    const { edits, steps, start } = plan.value
    if (edits.length === 0) {
      const done = `There is nothing to ${steps.length > 0 ? 'write' : 'do'}: the app uses the middleware already.\n`
      return success(
        done + numbered(steps) + (await examine(env, folder, terminal, 0, settings.value.OWN_URL)),
      )
    }
    const diff = showDiff(edits)
    if (given.options.print) return success(diff + numbered(steps))
    const agreed = await agree(given, terminal, diff)
    if (!agreed.ok) return agreed
    const wasRunning = (await ownApp(folder, settings.value.OWN_URL))?.running !== undefined
    const written = await write(edits)
    if (!written.ok) return written
    const news = `Wrote ${edits.map(({ name }) => name).join(' and ')}.\n${numbered(steps)}`
    if (given.options.yes || !terminal.interactive) {
      return success(
        news + (await examine(env, folder, terminal, wasRunning ? RESTART : 0, settings.value.OWN_URL)),
      )
    }
    console.log(news)
    const how = start === null ? '' : `: ${start}`
    const invite = `${wasRunning ? 'Restart' : 'Start'} your app${how}\nWaiting for it. Ctrl-C ends this.`
    return success(await examine(env, folder, terminal, PATIENCE, settings.value.OWN_URL, invite))
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
  for (const { path, after } of edits) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, after)
  }
  return success(null)
}

const numbered = (steps: readonly string[]): string =>
  steps.length === 0 ? '' : `\nNext:\n${steps.map((step, at) => `  ${at + 1}. ${step}\n`).join('')}`

/** How long a running app may take to restart by itself with its changes, in ms. */
const RESTART = 5_000
/** How long someone may take to start it, in ms. */
const PATIENCE = 60_000
/** How often it is asked, in ms. */
const PERIOD = 250

interface OwnApp {
  readonly url: string
  /** Whether it has the middleware; `undefined` if it does not answer. */
  readonly running: boolean | undefined
}

/** The app of this folder, by its settings; `null` without them. */
async function ownApp(folder: string, planned?: string): Promise<OwnApp | null> {
  const content = contentOf(join(folder, '.env'))
  const url = (content === null ? undefined : parseEnv(content).OWN_URL) || planned
  return url === undefined ? null : { url, running: await isProtected(url) }
}

/** The doctor's report on the app, once it runs with the middleware, or the command that makes the report. */
async function examine(
  env: Environment,
  folder: string,
  terminal: Terminal,
  patience: number,
  planned: string | undefined,
  invite?: string,
): Promise<string> {
  const dev = findDevFolder(folder)
  const settings = dev === null ? null : readDevSettings(dev)
  const first = await ownApp(folder, planned)
  if (dev === null || !settings || first === null) return doctorCommand(first?.url)
  const running = first.running === true || (await started(folder, terminal, patience, planned, invite))
  if (running !== true) {
    const why =
      running === false ? `\nThe app at ${first.url} answers without the middleware. Restart it.` : ''
    return `${patience > 0 ? why : ''}${doctorCommand(first.url)}`
  }
  const outcome = await doctor.runBare(
    devEnvironment(env, settings, dev),
    { operands: [first.url], options: {} },
    terminal,
  )
  return `\nThe doctor on the running app:\n${outcome.ok ? outcome.value : `${'report' in outcome ? outcome.report : ''}\n${outcome.reason}`}\n`
}

const doctorCommand = (url = EXAMPLE): string =>
  `\nOnce the app runs, let the doctor sign in to a page that you guarded: npx latchkey doctor ${shellWord(`${url}/`)}\n`

/** Waits until the app runs with the middleware. Ctrl-C ends the wait, and nothing else. */
async function started(
  folder: string,
  terminal: Terminal,
  patience: number,
  planned: string | undefined,
  invite: string | undefined,
): Promise<boolean | undefined> {
  const deadline = Date.now() + patience
  let running: boolean | undefined
  await terminal.interruptible('', async (signal) => {
    if (invite !== undefined) terminal.say(invite)
    while (Date.now() < deadline && running !== true && !signal.aborted) {
      await setTimeout(PERIOD, null, { signal }).catch(() => null)
      // Each time: the setting may have been corrected.
      if (!signal.aborted) running = (await ownApp(folder, planned))?.running
    }
  })
  return running
}

/** Longest wait for one answer, in ms: Next compiles a page in development when it is opened. */
const PROBE_TIMEOUT = 10_000

/**
 * Whether the running app has the middleware, all of whose responses depend on cookies. Next says so on none of its
 * pages; but every app with the middleware refuses half a token in a way of its own.
 */
async function isProtected(url: string): Promise<boolean | undefined> {
  const answer = await probe(url, { timeout: PROBE_TIMEOUT })
  if (!answer.ok) return undefined
  if (/\bcookie\b/i.test(answer.value.headers.vary ?? '')) return true
  const headers = { authorization: 'Bearer lk_' }
  const refused = await probe(url, { timeout: PROBE_TIMEOUT, headers })
  return refused.ok && refused.value.headers['www-authenticate']?.startsWith(`Bearer realm="${url}"`) === true
}
