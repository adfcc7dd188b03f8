import { createWriter, type Duration, type Writer } from './duration.ts'

/**
 * Values for a sentence's `{placeholders}`. Numbers and times are formatted for the reader's language. A word that
 * depends on a count is written in both plural forms, one and other: `{count} {count:person|people}`.
 */
export type Values = Readonly<Record<string, string | number | Duration>>

const inEnglish = createWriter('en-GB')

/** A sentence with values, to be translated where it is shown; English as text and as JSON. */
export interface MessageWithValues {
  readonly text: string
  readonly values: Values
  toString(): string
  toJSON(): string
}

/** A message to users, translated where it is shown by its English text. */
export type Message = string | MessageWithValues

/**
 * A sentence to translate elsewhere: `message('At least {count} characters.', { count })`. Without values it is the
 * English text itself.
 */
export function message(text: string): string
export function message(text: string, values: Values): MessageWithValues
export function message(text: string, values?: Values): Message {
  if (values === undefined) return text
  const english = () => filledIn(text, values, inEnglish)
  return { text, values, toString: english, toJSON: english }
}

/** A text with its placeholders filled; those without a value stay. */
export const filledIn = (text: string, values: Values, { write, isOne }: Writer): string =>
  text.replace(PLACEHOLDER, (place, name: string, one?: string, other?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return place
    if (one !== undefined) return (isOne(Number(value)) ? one : other) as string
    return typeof value === 'string' ? value : write(value)
  })

const PLACEHOLDER = /\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g
