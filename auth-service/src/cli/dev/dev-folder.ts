import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Environment } from '../../platform/config/config.ts'

/** The folder with the data of `latchkey dev`, in the current one. */
export const DEV_FOLDER = '.latchkey'

/** What the data in the folder belong to. */
export interface DevSettings {
  readonly cookieDomain: string
  readonly port: number
  /** The origins of the apps that were named. */
  readonly apps: readonly string[]
}

/** The public origin of the auth service. */
export const devAuthUrl = ({ cookieDomain, port }: Omit<DevSettings, 'apps'>): string =>
  `http://auth.${cookieDomain}:${port}`

const SETTINGS_FILE = 'dev.json'
const SECRET_FILE = 'secret-key'

/** The settings of the last start; `null` before the first one. */
export function readDevSettings(folder = DEV_FOLDER): DevSettings | null {
  const file = join(folder, SETTINGS_FILE)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DevSettings) : null
}

/** The folder of `latchkey dev` at or above this one; `null` if there is none. */
export function findDevFolder(from: string): string | null {
  const folder = join(from, DEV_FOLDER)
  if (readDevSettings(folder)) return folder
  const above = dirname(from)
  return above === from ? null : findDevFolder(above)
}

/** Makes the folder, which git ignores, with a secret in it. Several processes may do so at once. */
export async function prepareDevFolder(settings: DevSettings, folder = DEV_FOLDER): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await createOnce(join(folder, '.gitignore'), '*\n')
  await createOnce(join(folder, SECRET_FILE), randomBytes(36).toString('base64'))
  const part = join(folder, `${SETTINGS_FILE}.${process.pid}`)
  await writeFile(part, JSON.stringify(settings))
  await rename(part, join(folder, SETTINGS_FILE))
}

/** The password of the superuser, the same in every process. */
export const devPassword = (folder = DEV_FOLDER): Promise<string> =>
  createOnce(join(folder, 'superuser-password'), randomBytes(9).toString('base64url'))

/** The content of the file, which only this user can read: these lines, unless another process was faster. */
async function createOnce(file: string, content: string): Promise<string> {
  const part = `${file}.${process.pid}`
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
