import { parseEnv } from 'node:util'
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

/** How to start the app so that it reads `.env`; `null` if it does so already. */
export function loadingHint(manifest: Manifest, file: string): string | null {
  const { scripts = {} } = manifest
  const name = ['dev', 'start'].find((one) => scripts[one] !== undefined)
  const script = name === undefined ? '' : (scripts[name] ?? '')
  if (/--env-file|dotenv/.test(script) || hasPackage(manifest, 'dotenv')) return null
  // Bun and Vite read the file by themselves.
  if (/^(bun|vite)\b/.test(script)) return null
  const loading = script.replace(/(^|&&\s*)(node|tsx)( watch)?\b/, '$& --env-file=.env')
  return name !== undefined && loading !== script
    ? `.env is not read yet. Change the script "${name}" in package.json to: ${loading}`
    : `.env is not read yet. Start the app with: ${runnerOf(file)} --env-file=.env ${file}`
}

/** The command that starts the app with its `.env`. */
export function startCommand(manifest: Manifest, folder: string, file: string): string {
  const name = ['dev', 'start'].find((one) => manifest.scripts?.[one] !== undefined)
  if (name !== undefined) return runScript(manifest, folder, name)
  return `${runnerOf(file)} --env-file=.env ${file}`
}

/** What runs the file. Node strips types by itself from 22.18 on, and never reads JSX. */
const runnerOf = (file: string): string =>
  /x$/.test(file) || (/ts$/.test(file) && !process.features.typescript) ? 'npx tsx' : 'node'
