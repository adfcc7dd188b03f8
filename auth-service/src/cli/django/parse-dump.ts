import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import { amount } from '../command.ts'
import { DELIMITERS, type Delimiter, parseCsv } from './csv.ts'
import { readHeadings, unknownHeadings } from './csv-headings.ts'

/** A user as in the file, unchecked. */
export interface DumpedUser {
  /** The location: `pk 7`, or `line 12`. */
  readonly at: string
  readonly pk: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Dump {
  readonly people: readonly DumpedUser[]
  /** Names of the groups by their primary key. */
  readonly groups: ReadonlyMap<unknown, unknown>
  /** How many users and groups have Django permissions. */
  readonly permitted: { readonly people: number; readonly groups: number }
  /** Headings of columns that are not read. */
  readonly unknownColumns: readonly string[]
  /** Parts that could not be read, with the reason. */
  readonly unreadable: readonly { readonly at: string; readonly reason: string }[]
}

/**
 * Reads the output of `dumpdata` as JSON or JSON Lines, or CSV with a line of headings. The reason of a failure
 * includes the remedy.
 */
export function readDump(text: string): Result<Dump, string> {
  const body = text.replace(/^\uFEFF/, '')
  if (/^\s*[[{]/.test(body)) return fromJson(body)
  const csv = fromCsv(body)
  if (csv.ok || !JSON_BEGINS.test(body)) return csv
  return fromJson(body)
}

/** A line that begins a dump; `[INFO]` and `[1/3]` come from scripts. */
const JSON_BEGINS = /^[ \t]*(?:\[\s*(?:\{|\]\s*$)|\{\s*")/m

/** A dump, with or without a script's output before and after it. */
function fromJson(body: string): Result<Dump, string> {
  const first = JSON_BEGINS.exec(body)?.index ?? 0
  const noise = linesOf(body.slice(0, first), 1)
  const rest = body.slice(first)
  const skip = (dump: Dump, more: readonly Line[]): Result<Dump, string> => {
    const printed = [...noise, ...more].map(({ at }) => ({ at, reason: 'It is not JSON.' }))
    return success({ ...dump, unreadable: [...printed, ...dump.unreadable] })
  }
  const whole = wholeJson(rest)
  if (whole && Array.isArray(whole.value)) {
    return skip(fromModels(whole.value), linesOf(whole.after, lineAt(body, body.length - whole.after.length)))
  }
  if (whole && isModel(whole.value)) return skip(fromModels([whole.value]), [])
  if (whole && whole.after === '' && isObject(whole.value)) {
    return failure(`It is JSON, but contains no users. ${DUMPDATA}`)
  }
  if (/^\s*\[/.test(rest)) {
    return failure(`It begins as JSON but is not valid: ${jsonProblem(rest)}. ${DUMPDATA}`)
  }
  return skip(fromLines(rest, lineAt(body, first)), [])
}

const DUMPDATA = 'Create it with: manage.py dumpdata auth.user auth.group --output FILE'

/** What a file with users can be. */
export const ANY_FILE =
  'Write CSV with a heading line (email,first_name,last_name,password), or from Django: ' +
  'manage.py dumpdata auth.user auth.group'

/** The JSON at the beginning, and any script output after it. */
function wholeJson(text: string): { readonly value: unknown; readonly after: string } | null {
  let end = text.length
  // The last brackets at the end of a line, since output after a dump is short.
  for (let attempt = 0; attempt < 20 && end > 0; attempt++) {
    try {
      return { value: JSON.parse(text.slice(0, end)), after: text.slice(end) }
    } catch {
      end = lastBracket(text, end - 1)
    }
  }
  return null
}

/** The maximum of script output after a dump, in characters. */
const LONGEST_NOISE = 10_000

/** The end of the last line before that position that ends with a bracket. */
function lastBracket(text: string, before: number): number {
  for (let index = before - 1; index >= Math.max(0, text.length - LONGEST_NOISE); index--) {
    if (text[index] === ']' && /^\r?\n/.test(text.slice(index + 1, index + 3))) return index + 1
  }
  return 0
}

function jsonProblem(text: string): string {
  try {
    JSON.parse(text)
    return ''
  } catch (error) {
    // V8 quotes the surrounding text, which may be a password hash.
    return (error as Error).message.replace(/,? ?"?\.\.\..*|, ".*" is not valid JSON$/s, '')
  }
}

interface Line {
  readonly at: string
  readonly text: string
}

const linesOf = (text: string, first: number): Line[] =>
  text
    .split('\n')
    .map((line, index) => ({ at: `line ${first + index}`, text: line }))
    .filter(({ text }) => text.trim() !== '')

/** The line number of a position. */
function lineAt(text: string, place: number): number {
  let line = 1
  for (let index = text.indexOf('\n'); index !== -1 && index < place; index = text.indexOf('\n', index + 1))
    line++
  return line
}

type Models = readonly (readonly [at: string, model: unknown])[]

const fromModels = (models: readonly unknown[]): Dump =>
  collect(models.map((model, index) => [`entry ${index + 1}`, model]))

function fromLines(text: string, first: number): Dump {
  const unreadable: { at: string; reason: string }[] = []
  const models = linesOf(text, first).flatMap(({ at, text }): Models => {
    try {
      return [[at, JSON.parse(text)]]
    } catch {
      unreadable.push({ at, reason: 'It is not JSON.' })
      return []
    }
  })
  const dump = collect(models)
  return { ...dump, unreadable: [...unreadable, ...dump.unreadable] }
}

function collect(models: Models): Dump {
  const people: DumpedUser[] = []
  const groups = new Map<unknown, unknown>()
  const permitted = { people: 0, groups: 0 }
  const unreadable: { at: string; reason: string }[] = []
  for (const [at, model] of models) {
    const { model: kind, pk, fields } = isObject(model) ? model : {}
    if (typeof kind !== 'string' || !isObject(fields))
      unreadable.push({ at, reason: 'It has no model with fields.' })
    else if (kind === 'auth.group') {
      // A dump with natural keys has no primary keys.
      groups.set(pk ?? Symbol(at), fields.name)
      permitted.groups += Number(isFilled(fields.permissions))
    } else if (isPerson(kind, fields)) {
      people.push({ at: pk === undefined ? at : `pk ${String(pk)}`, pk, fields })
      permitted.people += Number(isFilled(fields.user_permissions))
    }
  }
  return { people, groups, permitted, unknownColumns: [], unreadable }
}

const isModel = (value: unknown): boolean => isObject(value) && typeof value.model === 'string'

/** Fields of AbstractBaseUser and PermissionsMixin in a custom user model. */
const isPerson = (kind: string, fields: object): boolean =>
  kind === 'auth.user' || ['email', 'password', 'is_superuser'].every((name) => Object.hasOwn(fields, name))

const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Excel may write `sep=;` before the headings. */
const SEPARATOR = /^sep=(.)\r?\n?/i

function fromCsv(text: string): Result<Dump, string> {
  const other = otherFormat(text)
  if (other) return failure(other)
  const body = text.replace(SEPARATOR, (line) => line.replace(/[^\r\n]/g, ''))
  const delimiter = delimiterOf(body, SEPARATOR.exec(text)?.[1])
  try {
    return peopleOf(parseCsv(body, delimiter))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return failure(`It is not valid CSV. ${error.message}`)
  }
}

/** Other formats, recognised by their beginning. */
function otherFormat(text: string): string | null {
  const start = text.trimStart().slice(0, 500)
  if (start === '') return `It is empty. ${ANY_FILE}`
  const again = `Export it from Django as JSON. ${DUMPDATA}`
  if (/^<(\?xml|django-objects)/i.test(start)) return `It is XML. ${again}`
  if (/^</.test(start)) return 'It is a web page or XML. Download the file itself.'
  if (/^(---|%YAML|- (model|fields|pk):|!!python)/.test(start)) return `It is YAML. ${again}`
  if (/^(--|\/\*|SET |INSERT INTO|CREATE |COPY |BEGIN|PRAGMA )/i.test(start)) return `It is SQL. ${again}`
  return null
}

/** The delimiter with which the first line has the most known columns, including the email. */
function delimiterOf(body: string, stated: string | undefined): Delimiter {
  const known = DELIMITERS.find((delimiter) => delimiter === stated)
  if (known) return known
  const first = /[^\r\n]+/.exec(body)?.[0] ?? ''
  const rated = DELIMITERS.map((delimiter) => {
    const cells = first.split(delimiter).map((cell) => cell.replaceAll('"', ''))
    const headings = readHeadings(cells)
    const named = headings.ok && headings.value.includes('email')
    return { delimiter, rating: cells.length + (named ? 1000 : 0) }
  })
  return rated.reduce((best, one) => (one.rating > best.rating ? one : best)).delimiter
}

function peopleOf([first, ...records]: ReturnType<typeof parseCsv>): Result<Dump, string> {
  const headings = readHeadings(first?.cells ?? [])
  if (!headings.ok) return headings
  const fields = headings.value
  if (!fields.includes('email')) {
    return failure(`The first line must name the columns, including email. ${ANY_FILE}`)
  }
  const whole = records.filter(({ cells }) => cells.length === fields.length)
  return success({
    people: whole.map(({ line, cells }) => {
      const row = Object.fromEntries(fields.map((field, index) => [field, cells[index]?.trim()]))
      return { at: `line ${line}`, pk: row.id, fields: row }
    }),
    groups: new Map(),
    permitted: { people: 0, groups: 0 },
    unknownColumns: unknownHeadings(first?.cells ?? []),
    unreadable: records
      .filter(({ cells }) => cells.length !== fields.length)
      .map(({ line, cells }) => ({
        at: `line ${line}`,
        reason: `It has ${amount(cells.length, 'cell')}, but the first line has ${fields.length}.`,
      })),
  })
}
