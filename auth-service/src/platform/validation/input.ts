import { failure, type Result, success } from '@latchkey/jwt-middleware'
import * as v from 'valibot'
import { message, type Words } from '../i18n/message.ts'

/** What was filled in, as it came: each field of the schema may be of any type, or missing. */
export type Typed<Schema extends v.GenericSchema> = {
  readonly [Field in keyof v.InferInput<Schema>]?: unknown
}

/** What is wrong with which field: one sentence each. */
export type InputErrors<Schema extends v.GenericSchema> = Partial<Record<keyof v.InferInput<Schema>, Words>>

export type InputResult<Schema extends v.GenericSchema> =
  | { readonly ok: true; readonly value: v.InferOutput<Schema> }
  | { readonly ok: false; readonly errors: InputErrors<Schema> }

type Fields = v.GenericSchema<Record<string, unknown>, unknown> & {
  readonly entries: Readonly<Record<string, v.GenericSchema>>
}

/** A sentence as the message of a schema, which hands it on as it is, whatever its type. */
export const says = (words: Words): string => words as string

/** Reads what was filled in, and tells the first problem of each field. Fields that the schema does not know are left out. */
export function readInput<Schema extends Fields>(
  schema: Schema,
  typed: Readonly<Record<string, unknown>>,
): InputResult<Schema> {
  // Each field is there, if only as undefined: else the schema of the object would complain, and not that of the field.
  const fields = Object.keys(schema.entries).map((name) => [name, typed[name]])
  const result = v.safeParse(schema, Object.fromEntries(fields))
  if (result.success) return { ok: true, value: result.output }
  const errors: Record<string, Words> = {}
  for (const { path, message: sentence } of result.issues) errors[String(path?.[0]?.key)] ??= sentence
  return { ok: false, errors: errors as InputErrors<Schema> }
}

/** Reads one value. */
export function readValue<Schema extends v.GenericSchema>(
  schema: Schema,
  typed: unknown,
): Result<v.InferOutput<Schema>, Words> {
  const result = v.safeParse(schema, typed)
  return result.success ? success(result.output) : failure(result.issues[0].message)
}

/** The first problem that a schema finds in a value; `undefined` if there is none. */
export const problemWith =
  (schema: v.GenericSchema) =>
  (typed: unknown): Words | undefined => {
    const read = readValue(schema, typed)
    return read.ok ? undefined : read.reason
  }

/** Something must be typed; what it is, is looked at elsewhere. */
export const filled = (words: Words) => v.pipe(v.string(says(words)), v.nonEmpty(says(words)))

/** Text that is looked at elsewhere; `''` for anything else. */
export const anyText = v.fallback(v.optional(v.string(), ''), '')

/** `true` or `false`, and `true` if nothing was sent. */
export const yesByDefault = v.optional(
  v.boolean(says(message('Say true or false, or leave this out for true.'))),
  true,
)

/** `true` or `false`, and `false` if nothing was sent. */
export const noByDefault = v.optional(
  v.boolean(says(message('Say true or false, or leave this out for false.'))),
  false,
)
