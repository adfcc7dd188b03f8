import { type Amount, createWriter } from './duration.ts'

/** What a sentence has in its `{places}`. Numbers and times are written as the reader's language writes them. */
export type Values = Readonly<Record<string, string | number | Amount>>

const inEnglish = createWriter('en-GB')

/** A sentence with something filled in, in English until somebody translates it; as text and as JSON it is English. */
export interface Message {
  readonly text: string
  readonly values: Values
  toString(): string
  toJSON(): string
}

/** What people are told: translated where it is shown, by its English text. */
export type Words = string | Message

/**
 * A sentence that is written here and translated elsewhere: `message('At least {count} characters.', { count })`. With
 * nothing to fill in it is the English text itself.
 */
export function message(text: string): string
export function message(text: string, values: Values): Message
export function message(text: string, values?: Values): Words {
  if (values === undefined) return text
  const english = () => filledIn(text, values, inEnglish)
  return { text, values, toString: english, toJSON: english }
}

/** A text with its places filled; those that nothing is given for stay. */
export const filledIn = (text: string, values: Values, written: (value: number | Amount) => string): string =>
  text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) return place
    return typeof value === 'string' ? value : written(value)
  })
