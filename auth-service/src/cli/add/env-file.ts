import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { shellWord } from '../../platform/validation/shell-word.ts'
import { hasPackage, type Manifest, runScript } from './project.ts'

/** Settings by name; unknown ones are `undefined`. */
export type AppSettings = Readonly<Record<'LOGIN_URL' | 'OWN_URL', string | undefined>>

/** A file of settings with these added, unless it has them; existing lines stay as they are. */
export function addSettings(content: string, settings: AppSettings): string {
  const present = parseEnv(content)
  const lines = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined || present[name] !== undefined ? [] : [`${name}=${value}\n`],
  )
  const gap = content === '' || content.endsWith('\n') || lines.length === 0 ? '' : '\n'
  return content + gap + lines.join('')
}

const VITE_CONFIGS = ['ts', 'mts', 'js', 'mjs'].map((end) => `vite.config.${end}`)

/** Whether Vite's configuration reads `.env` into the environment. */
const readsInVite = (folder: string): boolean =>
  VITE_CONFIGS.map((name) => join(folder, name)).some(
    (path) => existsSync(path) && /loadEnvFile|dotenv/.test(readFileSync(path, 'utf8')),
  )

/** What runs a file, if that is neither Node nor a tool on Node. */
export type Runtime = 'Bun' | 'Deno'

/** How to start the app so that it reads `.env`; `null` if it does so already. */
export function loadingHint(
  manifest: Manifest,
  folder: string,
  file: string,
  runtime?: Runtime,
): string | null {
  const { scripts = {} } = manifest
  const name = ['dev', 'start'].find((one) => scripts[one] !== undefined)
  const script = name === undefined ? '' : (scripts[name] ?? '')
  if (/--env-file|dotenv/.test(script) || hasPackage(manifest, 'dotenv')) return null
  // Bun reads the file by itself.
  if (runtime === 'Bun' || /^bunx?\b/.test(script)) return null
  // Vite gives what it reads to the code for browsers, under other names.
  if (/(^|&&\s*)vite( dev)?\b/.test(script)) {
    return readsInVite(folder)
      ? null
      : ".env is not read yet: Vite does not put it into process.env. Put this at the top of vite.config: import { existsSync } from 'node:fs', and: if (existsSync('.env')) process.loadEnvFile()"
  }
  const loading = script
    .replace(/(^|&&\s*)(node|tsx)( watch)?\b/, '$& --env-file=.env')
    .replace(/(^|&&\s*)deno (run|serve)\b/, '$& --env-file=.env')
  return name !== undefined && loading !== script
    ? `.env is not read yet. Change the script "${name}" in package.json to: ${loading}`
    : `.env is not read yet. Start the app with: ${withSettings(file, runtime)}`
}

/** The command that starts the app with its `.env`. */
export function startCommand(manifest: Manifest, folder: string, file: string, runtime?: Runtime): string {
  const name = ['dev', 'start'].find((one) => manifest.scripts?.[one] !== undefined)
  return name === undefined ? withSettings(file, runtime) : runScript(manifest, folder, name)
}

/** The command that starts a file with the settings in `.env`. */
function withSettings(file: string, runtime: Runtime | undefined): string {
  if (runtime === 'Bun') return `bun ${shellWord(file)}`
  if (runtime === 'Deno')
    return `deno run --env-file=.env --allow-net --allow-env --allow-read ${shellWord(file)}`
  return `${runnerOf(file)} --env-file=.env ${shellWord(file)}`
}

/** What runs the file. Node strips types by itself from 22.18 on, and never reads JSX. */
const runnerOf = (file: string): string =>
  /x$/.test(file) || (/ts$/.test(file) && !process.features.typescript) ? 'npx tsx' : 'node'
