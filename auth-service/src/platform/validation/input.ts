import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { type Message, message } from '../i18n/message.ts'

/** Unvalidated input: each field of the schema may have any type, or be missing. */
export type Typed<Schema extends v.GenericSchema> = {
  readonly [Field in keyof v.InferInput<Schema>]?: unknown
}

/** One error message per field. */
export type InputErrors<Schema extends v.GenericSchema> = Partial<Record<keyof v.InferInput<Schema>, Message>>

export type InputResult<Schema extends v.GenericSchema> =
  | { readonly ok: true; readonly value: v.InferOutput<Schema> }
  | { readonly ok: false; readonly errors: InputErrors<Schema> }

type Fields = v.GenericSchema<Record<string, unknown>, unknown> & {
  readonly entries: Readonly<Record<string, v.GenericSchema>>
}

/** A sentence as the message of a schema, which returns it unchanged. */
export const says = (words: Message): string => words as string

/** Validates input, and returns the first problem of each field. Drops fields that the schema does not know. */
export function readInput<Schema extends Fields>(
  schema: Schema,
  typed: Readonly<Record<string, unknown>>,
): InputResult<Schema> {
  // Every field is present, at least as undefined: otherwise the object's schema would report it, and not the field's.
  const fields = Object.keys(schema.entries).map((name) => [name, typed[name]])
  const result = v.safeParse(schema, Object.fromEntries(fields))
  if (result.success) return { ok: true, value: result.output }
  const errors: Record<string, Message> = {}
  for (const { path, message: sentence } of result.issues) errors[String(path?.[0]?.key)] ??= sentence
  return { ok: false, errors: errors as InputErrors<Schema> }
}

/** Validates one value. */
export function readValue<Schema extends v.GenericSchema>(
  schema: Schema,
  typed: unknown,
): Result<v.InferOutput<Schema>, Message> {
  const result = v.safeParse(schema, typed)
  return result.success ? success(result.output) : failure(result.issues[0].message)
}

/** The first problem of a value; `undefined` if there is none. */
export const problemWith =
  (schema: v.GenericSchema) =>
  (typed: unknown): Message | undefined => {
    const read = readValue(schema, typed)
    return read.ok ? undefined : read.reason
  }

/** Required text that is validated elsewhere. */
export const filled = (words: Message) => v.pipe(v.string(says(words)), v.nonEmpty(says(words)))

/** Text that is validated elsewhere; `''` for anything else. */
export const anyText = v.fallback(v.optional(v.string(), ''), '')

/** `true` or `false`, and `true` by default. */
export const yesByDefault = v.optional(
  v.boolean(says(message('Must be true or false (default: true).'))),
  true,
)

/** `true` or `false`, and `false` by default. */
export const noByDefault = v.optional(
  v.boolean(says(message('Must be true or false (default: false).'))),
  false,
)
