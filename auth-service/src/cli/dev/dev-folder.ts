import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { failure, isLocalName, type Result, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import type { Environment } from '../../platform/config/config.ts'

/** The folder with the data of `latchkey dev`, in the current one. */
export const DEV_FOLDER = '.latchkey'

/** What the data in the folder belong to. */
export interface DevSettings {
  readonly cookieDomain: string
  readonly port: number
  /** The origins of the apps that were named. */
  readonly apps: readonly string[]
  /** The process that serves, or is about to. */
  readonly pid?: number | undefined
}

/** The public origin of the auth service. */
export const devAuthUrl = ({ cookieDomain, port }: Pick<DevSettings, 'cookieDomain' | 'port'>): string =>
  `http://auth.${cookieDomain}:${port}`

const SETTINGS_FILE = 'dev.json'
const SECRET_FILE = 'secret-key'

const isLocalOrigin = (text: string): boolean => {
  const url = URL.parse(text)
  return url?.origin === text && isLocalName(url.hostname)
}

/** Settings that `add` may copy into other files: a folder may come with a copied project. */
const SETTINGS = v.object({
  cookieDomain: v.pipe(
    v.string(),
    v.check((domain) => isLocalName(domain) && URL.parse(`http://${domain}`)?.hostname === domain),
  ),
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
  apps: v.array(v.pipe(v.string(), v.check(isLocalOrigin))),
  pid: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})

/** The settings of the last start; `null` before the first one, and if the file was damaged. */
export function readDevSettings(folder = DEV_FOLDER): DevSettings | null {
  const file = join(folder, SETTINGS_FILE)
  if (!existsSync(file)) return null
  try {
    const read = v.safeParse(SETTINGS, JSON.parse(readFileSync(file, 'utf8')))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/** The folder of `latchkey dev` at or above this one, or `null`. */
export function findDevFolder(from: string): string | null {
  const folder = join(from, DEV_FOLDER)
  if (readDevSettings(folder) && isOwn(folder)) return folder
  const above = dirname(from)
  return above === from ? null : findDevFolder(above)
}

/** Another user can put such a folder into `/tmp`. */
const isOwn = (folder: string): boolean => !process.getuid || statSync(folder).uid === process.getuid()

/** Time to wait for another process that changes the folder, and between two attempts, in ms. */
const PATIENCE = 5_000
const PERIOD = 20

/**
 * Makes the folder, which git ignores, with a secret in it, and writes the settings that `decide` returns. Several
 * processes take turns, so that each decides by what the ones before it have written.
 */
export async function changeDevFolder<Plan extends { readonly settings: DevSettings }>(
  decide: () => Result<Plan, string>,
  folder = DEV_FOLDER,
): Promise<Result<Plan, string>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await createOnce(join(folder, '.gitignore'), '*\n')
  await createOnce(join(folder, SECRET_FILE), randomBytes(36).toString('base64'))
  return inTurn(folder, async () => {
    const plan = decide()
    if (plan.ok) await writeSettings(folder, plan.value.settings)
    return plan
  })
}

/**
 * Puts the settings before this process's start back, after it could not start: other commands would believe its own,
 * and lead to the program that has the port.
 */
export async function restoreDevFolder(earlier: DevSettings | null, folder = DEV_FOLDER): Promise<void> {
  await inTurn(folder, async () => {
    // Another process may have started here meanwhile.
    if (readDevSettings(folder)?.pid !== process.pid) return success(null)
    if (earlier) await writeSettings(folder, earlier)
    else await rm(join(folder, SETTINGS_FILE))
    return success(null)
  })
}

/** Runs a change of the folder while no other process changes it. */
export async function inTurn<Value>(
  folder: string,
  change: () => Promise<Result<Value, string>>,
): Promise<Result<Value, string>> {
  const lock = join(folder, `${SETTINGS_FILE}.lock`)
  const deadline = Date.now() + PATIENCE
  while (!(await isCreated(lock))) {
    if (Date.now() > deadline) {
      return failure(
        `${lock} exists: another command is writing the settings, or it was interrupted. Remove the file if no command is writing them.`,
      )
    }
    await setTimeout(PERIOD)
  }
  try {
    return await change()
  } finally {
    await rm(lock, { force: true })
  }
}

async function writeSettings(folder: string, settings: DevSettings): Promise<void> {
  const part = join(folder, `${SETTINGS_FILE}.${process.pid}`)
  await writeFile(part, JSON.stringify(settings))
  await rename(part, join(folder, SETTINGS_FILE))
}

/** Whether this process has created the file, which was not there. */
async function isCreated(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** The password of the superuser, the same in every process. */
export const devPassword = (folder = DEV_FOLDER): Promise<string> =>
  createOnce(join(folder, 'superuser-password'), randomBytes(9).toString('base64url'))

/** The content of the file, which only this user can read: these lines, unless another process was faster. */
async function createOnce(file: string, content: string): Promise<string> {
  // Not the process's number: two calls in one process would remove each other's file.
  const part = `${file}.${randomUUID()}`
  await writeFile(part, content, { mode: 0o600 })
  try {
    await link(part, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(part)
  }
  return (await readFile(file, 'utf8')).trim()
}

/** Settings that have no place on a developer's machine, where emails are shown and apps connect directly. */
const UNUSED = [
  'SMTP_URL',
  'MAIL_FROM',
  'INTERNAL_PORT',
  'INTERNAL_HOST',
  'DATABASE_URL_DIRECT',
  'SECRET_KEY_FALLBACKS',
  'PREVIOUS_COOKIES',
  'TRUSTED_PROXIES',
]

/** The environment of the auth service with the data in this folder. Other settings, such as BRAND_NAME, apply. */
export function devEnvironment(env: Environment, settings: DevSettings, folder = DEV_FOLDER): Environment {
  return {
    LOG_LEVEL: 'warn',
    ...env,
    ...Object.fromEntries(UNUSED.map((name) => [name, undefined])),
    AUTH_URL: devAuthUrl(settings),
    COOKIE_DOMAIN: settings.cookieDomain,
    DATABASE_URL: pathToFileURL(resolve(folder, 'auth.sqlite')).href,
    SECRET_KEY: readFileSync(join(folder, SECRET_FILE), 'utf8').trim(),
    HOST: '127.0.0.1',
    PORT: String(settings.port),
  }
}
