import type { Result } from '@latchkey/jwt-middleware/contract'
import * as v from 'valibot'
import { redact } from '../validation/redact.ts'

/** The name, purpose and format of a setting, for the table in docs/settings.md. */
export interface About {
  /** The environment variable. */
  readonly name: string
  /** Its purpose: one line of Markdown. */
  readonly text: string
  /** The allowed values with their unit: Markdown. */
  readonly values: string
  /** In Markdown, if the schema has no default. Default: the default of the schema, else `none`. */
  readonly default?: string
}

/** A setting as listed in the docs. */
export type Documented = Required<About>

/** A schema of one environment variable, which is `undefined` if unset, with its description. */
export const setting = <const Schema extends v.GenericSchema<string | undefined, unknown>>(
  { name, text, ...more }: About,
  schema: Schema,
) => v.pipe(schema, v.title(name), v.description(text), v.metadata(more))

/** The name of the environment variable of a schema made by {@link setting}. */
export const nameOf = (schema: v.GenericSchema): string => v.getTitle(schema) ?? ''

/** The documentation of a schema made by {@link setting}. */
export function documented(schema: v.GenericSchema): Documented {
  const { values = '', default: stated } = v.getMetadata(schema) as Partial<About>
  const fallback = v.getDefault(schema as Parameters<typeof v.getDefault>[0])
  return {
    name: nameOf(schema),
    text: v.getDescription(schema) ?? '',
    values,
    default: stated ?? (fallback === undefined ? 'none' : `\`${fallback}\``),
  }
}

/** Text that a function validates and converts; its failure's reason is the reported problem. */
export const readBy = <Value>(read: (text: string | undefined) => Result<Value, string>) =>
  v.pipe(
    v.undefinedable(v.string()),
    v.rawTransform<string | undefined, Value>(({ dataset, addIssue, NEVER }) => {
      const result = read(dataset.value)
      if (result.ok) return result.value
      addIssue({ message: result.reason })
      return NEVER
    }),
  )

/** One of a few words. */
export const choice = <const Choice extends string>(
  about: Omit<About, 'values'>,
  choices: readonly Choice[],
  fallback: NoInfer<Choice>,
) =>
  setting(
    { ...about, values: choices.map((word) => `\`${word}\``).join(', ') },
    v.undefinedable(
      v.picklist(
        choices,
        ({ input }) =>
          `${about.name} is ${redact(String(input))}. Set it to one of: ${choices.join(', ')}; or leave it out for ${fallback}`,
      ),
      fallback,
    ),
  )

/** One of a few words, or none. */
export const choiceOrNone = <const Choice extends string>(
  about: Omit<About, 'values'>,
  choices: readonly Choice[],
) =>
  setting(
    { ...about, values: choices.map((word) => `\`${word}\``).join(', ') },
    v.undefinedable(
      v.picklist(
        choices,
        ({ input }) =>
          `${about.name} is ${redact(String(input))}. Set it to one of: ${choices.join(', ')}; or leave it out`,
      ),
    ),
  )

/** Digits of a number within a range. */
const wholeNumber = (name: string, [least, most]: Range, otherwise: string) =>
  v.pipe(
    v.string(),
    v.check(
      (text) => /^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most,
      ({ input }) =>
        `${name} is ${redact(input)}. Set it to a whole number from ${least} to ${most}; or leave it out${otherwise}`,
    ),
    v.transform(Number),
  )

type Range = readonly [least: number, most: number]

/** A whole number within a range. */
export const whole = (about: Omit<About, 'values'>, range: Range, fallback: number) =>
  setting(
    { ...about, values: `${range[0]} to ${range[1]}` },
    v.undefinedable(wholeNumber(about.name, range, ` for ${fallback}`), String(fallback)),
  )

/** A whole number within a range, or none. */
export const wholeOrNone = (about: Omit<About, 'values'>, range: Range) =>
  setting(
    { ...about, values: `${range[0]} to ${range[1]}` },
    v.undefinedable(wholeNumber(about.name, range, '')),
  )

/** A duration in whole seconds. */
export const seconds = (about: Omit<About, 'values'>, range: Range, fallback: number) =>
  setting(
    {
      ...about,
      values: `seconds: ${range.map(inWords).join(' to ')}`,
      default: inWords(fallback),
    },
    v.undefinedable(wholeNumber(about.name, range, ` for ${fallback}`), String(fallback)),
  )

/** `432000` (5 days): the number, and the same in the largest unit that divides it. */
function inWords(duration: number): string {
  const unit = UNITS.find(({ length }) => duration >= length && duration % length === 0)
  if (!unit) return `\`${duration}\``
  const count = duration / unit.length
  return `\`${duration}\` (${count} ${unit.name}${count === 1 ? '' : 's'})`
}

const UNITS = [
  { name: 'day', length: 86_400 },
  { name: 'hour', length: 3600 },
  { name: 'minute', length: 60 },
]
