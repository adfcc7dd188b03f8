import { german } from './de.ts'
import { createLanguage, type Language } from './language.ts'

/** The source language of all texts. */
export const ENGLISH = createLanguage({ code: 'en', name: 'English', locale: 'en-GB' })

/** The languages to choose from, in order. */
export const LANGUAGES: readonly Language[] = [
  ENGLISH,
  createLanguage({ code: 'de', name: 'Deutsch', locale: 'de-DE', dictionary: german }),
]

/** The language with this code; `undefined` if it is not supported. */
export const languageOf = (code: unknown): Language | undefined =>
  LANGUAGES.find((language) => language.code === code)

/** The same; English if it is unknown or not supported. */
export const languageOrEnglish = (code: unknown): Language => languageOf(code) ?? ENGLISH

/** A reader's preferences. */
export interface Reader {
  /** Language code. */
  readonly language?: string | null | undefined
  readonly timeZone?: string | null | undefined
}

/** The language of a reader, with times in their zone; English and UTC if unknown. */
export const languageOfReader = ({ language, timeZone }: Reader): Language =>
  languageOrEnglish(language).inTimeZone(timeZone)
