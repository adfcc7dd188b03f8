import { failure, type Result, success } from '@latchkey/jwt-middleware'
import { parseCsv } from './csv.ts'

/** A person as they stand in the file, unchecked. */
export interface Entry {
  /** Where: `pk 7`, or `line 12`. */
  readonly at: string
  readonly pk: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Dump {
  readonly people: readonly Entry[]
  /** Names of the groups by their key. */
  readonly groups: ReadonlyMap<unknown, unknown>
  /** How many people and groups have permissions of Django's. */
  readonly permitted: { readonly people: number; readonly groups: number }
  /** What could not be read, and why. */
  readonly unreadable: readonly { readonly at: string; readonly reason: string }[]
}

/** Reads what `dumpdata` writes, as JSON or JSON Lines, or CSV with a line of headings. */
export function readDump(text: string): Result<Dump, string> {
  const body = text.replace(/^\uFEFF/, '')
  const start = body.trimStart()[0]
  try {
    const dump =
      start === '[' ? fromModels(JSON.parse(body)) : start === '{' ? fromLines(body) : fromCsv(parseCsv(body))
    return dump ? success(dump) : failure('The first line has to name the columns, email among them.')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return failure(`It is neither whole JSON, nor JSON Lines, nor CSV. ${error.message}`)
  }
}

type Models = readonly (readonly [at: string, model: unknown])[]

const fromModels = (models: readonly unknown[]): Dump =>
  collect(models.map((model, index) => [`entry ${index + 1}`, model]))

function fromLines(text: string): Dump {
  const unreadable: { at: string; reason: string }[] = []
  const models = text.split('\n').flatMap((line, index): Models => {
    if (line.trim() === '') return []
    const at = `line ${index + 1}`
    try {
      return [[at, JSON.parse(line)]]
    } catch {
      unreadable.push({ at, reason: 'It is no JSON.' })
      return []
    }
  })
  const dump = collect(models)
  return { ...dump, unreadable: [...unreadable, ...dump.unreadable] }
}

function collect(models: Models): Dump {
  const people: Entry[] = []
  const groups = new Map<unknown, unknown>()
  const permitted = { people: 0, groups: 0 }
  const unreadable: { at: string; reason: string }[] = []
  for (const [at, model] of models) {
    const { model: kind, pk, fields } = isObject(model) ? model : {}
    if (typeof kind !== 'string' || !isObject(fields))
      unreadable.push({ at, reason: 'It has no model with fields.' })
    else if (kind === 'auth.group') {
      // Of a dump by names, none has a key.
      groups.set(pk ?? Symbol(at), fields.name)
      permitted.groups += Number(isFilled(fields.permissions))
    } else if (isPerson(kind, fields)) {
      people.push({ at: pk === undefined ? at : `pk ${String(pk)}`, pk, fields })
      permitted.people += Number(isFilled(fields.user_permissions))
    }
  }
  return { people, groups, permitted, unreadable }
}

/** A project's own user model has these of AbstractBaseUser and PermissionsMixin. */
const isPerson = (kind: string, fields: object): boolean =>
  kind === 'auth.user' || ['email', 'password', 'is_superuser'].every((name) => Object.hasOwn(fields, name))

const isFilled = (list: unknown): boolean => Array.isArray(list) && list.length > 0

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function fromCsv([first, ...records]: ReturnType<typeof parseCsv>): Dump | null {
  const headings = first?.cells.map((cell) => cell.trim().toLowerCase()) ?? []
  if (!headings.includes('email')) return null
  const whole = records.filter(({ cells }) => cells.length === headings.length)
  return {
    people: whole.map(({ line, cells }) => {
      const fields = Object.fromEntries(headings.map((heading, index) => [heading, cells[index]]))
      return { at: `line ${line}`, pk: fields.id, fields }
    }),
    groups: new Map(),
    permitted: { people: 0, groups: 0 },
    unreadable: records
      .filter(({ cells }) => cells.length !== headings.length)
      .map(({ line, cells }) => ({
        at: `line ${line}`,
        reason: `It has ${cells.length} cells, and the first line ${headings.length}.`,
      })),
  }
}
