import { german } from './de.ts'
import { createLanguage, type Language } from './language.ts'

/** The language that everything is written in. */
export const ENGLISH = createLanguage({ code: 'en', name: 'English', locale: 'en-GB' })

/** What people can choose from, in the order in which they are offered. */
export const LANGUAGES: readonly Language[] = [
  ENGLISH,
  createLanguage({ code: 'de', name: 'Deutsch', locale: 'de-DE', dictionary: german }),
]

/** The language of this code; `undefined` where we don't speak it. */
export const languageOf = (code: unknown): Language | undefined =>
  LANGUAGES.find((language) => language.code === code)

/** The same; English where we don't speak it, or nobody knows. */
export const languageOrEnglish = (code: unknown): Language => languageOf(code) ?? ENGLISH

/** What is known of how somebody reads. */
export interface Reader {
  /** Code of their language. */
  readonly language?: string | null | undefined
  /** Name of their time zone. */
  readonly timeZone?: string | null | undefined
}

/** The language to write to them in, with times in their zone: English, and UTC, where that is unknown. */
export const languageOfReader = ({ language, timeZone }: Reader): Language =>
  languageOrEnglish(language).inTimeZone(timeZone)
