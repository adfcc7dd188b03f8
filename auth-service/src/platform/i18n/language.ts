import { createWriter } from './duration.ts'
import { filledIn, type Values, type Words } from './message.ts'
import { timeZoneOf } from './time-zone.ts'

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
  /** Name of the time zone that its moments are in. */
  readonly timeZone: string
  /** The same language for a reader in this time zone; in UTC where there is no such zone, or it is unknown. */
  inTimeZone(name: string | null | undefined): Language
  /** What is written here in English; what no dictionary has stays so. */
  say: Say
  number(value: number): string
  /** Seconds since 1970, to the minute, with the time zone that it is in. The script local-time.js writes it anew. */
  moment(at: number): string
  /** The day of it, in UTC whatever the time zone: statistics count by such days. */
  day(at: number): string
  /** Seconds that have passed, from a minute on, e.g. `5 minutes ago`; `null` for a day and more. */
  ago(seconds: number): string | null
}

export type Say = (words: Words, values?: Values) => string

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UTC = 'UTC'

/** Formatters of so many time zones are kept: each takes a quarter of a millisecond to make, and memory. */
const KEPT_ZONES = 64

/** A language; what formats its dates and numbers is made once. */
export function createLanguage({ code, name, locale, dictionary = {} }: LanguageOptions): Language {
  const written = createWriter(locale)
  const moments = new Map<string, Intl.DateTimeFormat>()
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: UTC })
  const passed = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

  function say(words: Words, values?: Values): string {
    if (typeof words !== 'string') return say(words.text, words.values)
    const text = Object.hasOwn(dictionary, words) ? (dictionary[words] as string) : words
    return values === undefined ? text : filledIn(text, values, written)
  }

  function momentsIn(timeZone: string): Intl.DateTimeFormat {
    const made = moments.get(timeZone)
    if (made) return made
    const [oldest] = moments.keys()
    if (oldest !== undefined && moments.size >= KEPT_ZONES) moments.delete(oldest)
    const format = momentFormat(locale, timeZone)
    moments.set(timeZone, format)
    return format
  }

  function inTimeZone(given: string | null | undefined): Language {
    const timeZone = timeZoneOf(given) ?? UTC
    return { ...language, timeZone, moment: (at) => momentsIn(timeZone).format(at * 1000) }
  }

  const language: Language = {
    code,
    name,
    dictionary,
    timeZone: UTC,
    inTimeZone,
    say,
    number: written,
    moment: (at) => momentsIn(UTC).format(at * 1000),
    day: (at) => days.format(at * 1000),
    ago(seconds) {
      if (seconds < HOUR) return passed.format(-Math.floor(seconds / MINUTE), 'minute')
      return seconds < DAY ? passed.format(-Math.floor(seconds / HOUR), 'hour') : null
    },
  }
  return language
}

// Field by field, since the styles of Intl leave the time zone out. The script local-time.js does the same.
const momentFormat = (locale: string, timeZone: string) =>
  new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  })
