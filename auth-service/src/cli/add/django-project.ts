import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { AppSettings } from './env-file.ts'
import type { Edit } from './file-edit.ts'

/** What is added to a project of Django. */
export interface DjangoProject {
  readonly edits: readonly Edit[]
  /** What remains to do by hand, in order. */
  readonly steps: readonly string[]
  /** The command that starts it. */
  readonly start: string
}

const CLIENT = 'latchkey_django.py'
const OURS = 'latchkey_django.LatchkeyMiddleware'
const DJANGOS = 'django.contrib.auth.middleware.AuthenticationMiddleware'

/** What to do by hand, and why. */
const byHand = (reason: string): string =>
  [
    `This is a project of Django, which "latchkey add" does not edit, since ${reason}.`,
    '  1. Copy clients/django/latchkey_django.py of Latchkey beside manage.py',
    '  2. In MIDDLEWARE of settings.py, replace django.contrib.auth.middleware.AuthenticationMiddleware by latchkey_django.LatchkeyMiddleware',
    '  3. Set LATCHKEY_LOGIN_URL and LATCHKEY_OWN_URL in settings.py. npx latchkey dev prints both',
    'docs/django.md has the rest',
  ].join('\n')

/** Whether the folder has a project of Django. */
export const isDjangoProject = (folder: string): boolean => existsSync(join(folder, 'manage.py'))

/**
 * Plans the file beside `manage.py`, and the changes to the settings that it names, or to the given file. Python is not
 * parsed: only a list of middleware as `startproject` writes it, with one name in each line, is changed.
 */
export function planDjango(
  folder: string,
  given: string | undefined,
  settings: AppSettings,
): Result<DjangoProject, string> {
  const name = given ?? settingsFileOf(readFileSync(join(folder, 'manage.py'), 'utf8'))
  if (name === null) return failure(byHand('manage.py does not name one module of settings'))
  const path = join(folder, name)
  if (!/\.py$/.test(name) || !existsSync(path)) return failure(byHand(`there is no file ${name}`))
  const before = readFileSync(path, 'utf8')
  const replaced = replaceMiddleware(before)
  if (!replaced.ok) return failure(byHand(`${name} ${replaced.reason}`))
  const after = addSettings(replaced.value, settings)
  const own = ownCopy(folder)
  const unset = NAMES.filter(([setting]) => !isSet(after, setting)).map(([setting]) => setting)
  return success({
    edits: [...own.edits, ...(after === before ? [] : [{ path, name, before, after }])],
    steps: [
      ...(own.edits.length > 0 ? ['Install what is missing: pip install PyJWT cryptography'] : []),
      ...own.steps,
      ...(unset.length > 0
        ? [
            `Set ${unset.join(' and ')} in ${name}. This starts an auth service and prints both, as LOGIN_URL and OWN_URL: npx latchkey dev --app http://app1.team.localhost:8000`,
          ]
        : []),
      ...(replaced.value === before
        ? []
        : [
            'Guard a view with @login_required from latchkey_django. docs/django.md has the other guards, and what else changes',
          ]),
    ],
    start: `python3 manage.py runserver ${URL.parse(settings.OWN_URL ?? '')?.port || '8000'}`,
  })
}

/** The path of the settings that `manage.py` names; `null` if it names none, or several. */
function settingsFileOf(code: string): string | null {
  const named = [...code.matchAll(/DJANGO_SETTINGS_MODULE["']\s*,\s*["']([A-Za-z_][\w.]*)["']/g)]
  const [one, another] = named.map(([, module = '']) => module)
  return one === undefined || another !== undefined ? null : `${one.replaceAll('.', '/')}.py`
}

/** A line of the list: a name in quotes, a comment, or nothing. */
const ITEM = /^[ \t]+(?:(["'])[\w.]+\1[ \t]*,?[ \t]*)?(?:#.*)?$|^$/

/** The settings with our middleware in place of Django's; as they are if they have it. */
function replaceMiddleware(code: string): Result<string, string> {
  const newline = code.includes('\r\n') ? '\r\n' : '\n'
  const lines = code.split(newline)
  const isCode = (line: string) => !/^[ \t]*#/.test(line)
  if (lines.some((line) => isCode(line) && line.includes(OURS))) return success(code)
  const mentions = lines.filter((line) => isCode(line) && /\bMIDDLEWARE\b/.test(line)).length
  const start = lines.findIndex((line) => /^MIDDLEWARE[ \t]*=[ \t]*\[[ \t]*(?:#.*)?$/.test(line))
  if (start < 0 || mentions > 1)
    return failure('does not have one list MIDDLEWARE, with one name in each line')
  const length = lines.slice(start + 1).findIndex((line) => /^\][ \t]*(?:#.*)?$/.test(line))
  const items = lines.slice(start + 1, start + 1 + length)
  if (length < 0 || !items.every((line) => ITEM.test(line)))
    return failure('does not have one list MIDDLEWARE, with one name in each line')
  const found = items.flatMap((line, at) => (isCode(line) && line.includes(DJANGOS) ? [start + 1 + at] : []))
  const [at, another] = found
  if (at === undefined || another !== undefined || code.split(DJANGOS).length !== 2)
    return failure(`does not have ${DJANGOS} once`)
  lines[at] = (lines[at] ?? '').replace(DJANGOS, OURS)
  return success(lines.join(newline))
}

const NAMES = [
  ['LATCHKEY_LOGIN_URL', 'LOGIN_URL'],
  ['LATCHKEY_OWN_URL', 'OWN_URL'],
] as const

const isSet = (code: string, name: string): boolean => new RegExp(`^[ \\t]*${name}\\b`, 'm').test(code)

/** The settings with those two that are known, unless they have them; lines that exist stay as they are. */
function addSettings(code: string, settings: AppSettings): string {
  const newline = code.includes('\r\n') ? '\r\n' : '\n'
  const quote = code.split("'").length > code.split('"').length ? "'" : '"'
  const lines = NAMES.flatMap(([name, setting]) => {
    const value = settings[setting]
    return value === undefined || isSet(code, name)
      ? []
      : [`${name} = ${quote}${value.replaceAll(/[\\'"]/g, '\\$&')}${quote}`]
  })
  if (lines.length === 0) return code
  const gap = code === '' || /\n\s*\n$/.test(code) ? '' : newline
  const end = code.endsWith('\n') ? '' : newline
  return code + end + gap + lines.map((line) => line + newline).join('')
}

/** Our file beside `manage.py`; another version of it stays. */
function ownCopy(folder: string): Pick<DjangoProject, 'edits' | 'steps'> {
  const path = join(folder, CLIENT)
  const after = readFileSync(new URL(`../../../assets/django/${CLIENT}`, import.meta.url), 'utf8')
  if (!existsSync(path)) return { edits: [{ path, name: CLIENT, before: null, after }], steps: [] }
  const isSame = readFileSync(path, 'utf8') === after
  return {
    edits: [],
    steps: isSame
      ? []
      : [`${CLIENT} is of another version. To take this one, delete it and run this command again`],
  }
}
