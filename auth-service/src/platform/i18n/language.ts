import { createWriter } from './duration.ts'
import { filledIn, type Values, type Words } from './message.ts'

/** English texts, and what they are in another language. */
export type Dictionary = Readonly<Record<string, string>>

export interface LanguageOptions {
  /** Its tag (RFC 5646), as browsers ask for it. */
  readonly code: string
  /** What those who speak it call it. */
  readonly name: string
  /** How dates and numbers are written. */
  readonly locale: string
  /** Default: none, for English. */
  readonly dictionary?: Dictionary
}

/** How one language says things. */
export interface Language {
  readonly code: string
  readonly name: string
  readonly dictionary: Dictionary
  /** What is written here in English; what no dictionary has stays so. */
  say: Say
  number(value: number): string
  /** Seconds since 1970, to the minute, in UTC: local-time.js shows it in the reader's time zone. */
  moment(at: number): string
  /** The day of it, in UTC. */
  day(at: number): string
  /** Seconds that have passed, from a minute on, e.g. `5 minutes ago`; `null` for a day and more. */
  ago(seconds: number): string | null
}

export type Say = (words: Words, values?: Values) => string

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A language; what formats its dates and numbers is made once. */
export function createLanguage({ code, name, locale, dictionary = {} }: LanguageOptions): Language {
  const written = createWriter(locale)
  const moments = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
  const passed = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

  function say(words: Words, values?: Values): string {
    if (typeof words !== 'string') return say(words.text, words.values)
    const text = Object.hasOwn(dictionary, words) ? (dictionary[words] as string) : words
    return values === undefined ? text : filledIn(text, values, written)
  }

  return {
    code,
    name,
    dictionary,
    say,
    number: written,
    moment: (at) => `${moments.format(at * 1000)} UTC`,
    day: (at) => days.format(at * 1000),
    ago(seconds) {
      if (seconds < HOUR) return passed.format(-Math.floor(seconds / MINUTE), 'minute')
      return seconds < DAY ? passed.format(-Math.floor(seconds / HOUR), 'hour') : null
    },
  }
}
