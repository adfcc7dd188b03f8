import { lazy } from '../process/lazy.ts'
import { createWriter } from './duration.ts'
import { filledIn, type Message, type Values } from './message.ts'
import { timeZoneOf } from './time-zone.ts'

/** A language: its translations of English texts. */
export type Dictionary = Readonly<Record<string, string>>

export interface LanguageOptions {
  /** Its language tag (RFC 5646), as browsers request it. */
  readonly code: string
  /** Its own name for itself. */
  readonly name: string
  /** The locale for dates and numbers. */
  readonly locale: string
  /** Default: none, for English. */
  readonly dictionary?: Dictionary
}

/** Writes texts in one language. */
export interface Language {
  readonly code: string
  readonly name: string
  readonly dictionary: Dictionary
  /** Name of the time zone for times. */
  readonly timeZone: string
  /** The same language for a reader in this time zone; in UTC if the zone is missing or unknown. */
  inTimeZone(name: string | null | undefined): Language
  /** Translates an English text; a text without a translation stays English. */
  say: Say
  number(value: number): string
  /** Seconds since 1970, written to the minute, with the time zone. The script local-time.js writes it again. */
  moment(at: number): string
  /** The date in UTC, whatever the time zone, since statistics count by UTC days. */
  day(at: number): string
  /** Elapsed seconds, from a minute on, e.g. `5 minutes ago`; `null` from a day on. */
  ago(seconds: number): string | null
}

export type Say = (words: Message, values?: Values) => string

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const UTC = 'UTC'

/**
 * The number of time zones whose formatters are cached: each takes a quarter of a millisecond to create, and memory.
 */
const KEPT_ZONES = 64

/** A language; each of its formatters for dates and numbers is created once, when it is needed. */
export function createLanguage({ code, name, locale, dictionary = {} }: LanguageOptions): Language {
  const writer = createWriter(locale)
  const moments = new Map<string, Intl.DateTimeFormat>()
  const days = lazy(() => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: UTC }))
  const passed = lazy(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }))

  function say(words: Message, values?: Values): string {
    if (typeof words !== 'string') return say(words.text, words.values)
    const text = Object.hasOwn(dictionary, words) ? (dictionary[words] as string) : words
    return values === undefined ? text : filledIn(text, values, writer)
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
    number: writer.write,
    moment: (at) => momentsIn(UTC).format(at * 1000),
    day: (at) => days().format(at * 1000),
    ago(seconds) {
      if (seconds < HOUR) return passed().format(-Math.floor(seconds / MINUTE), 'minute')
      return seconds < DAY ? passed().format(-Math.floor(seconds / HOUR), 'hour') : null
    },
  }
  return language
}

// Field by field, since Intl's styles omit the time zone. The script local-time.js does the same.
const momentFormat = (locale: string, timeZone: string) =>
  new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  })
