import type { Locate } from '../client/geoip.ts'
import type { Language } from '../i18n/language.ts'
import { LANGUAGES, type Reader } from '../i18n/languages.ts'
import type { Sender } from './html.ts'
import type { Part } from './parts.ts'

/** What a template writes with. */
export interface Writing {
  readonly language: Language
  readonly sender: Sender
  readonly locate: Locate
}

/** A kind of email that is written when it is sent. Until then the outbox has its facts, as JSON. */
export interface MailTemplate<Facts extends object> {
  /** Stored with waiting messages, so it never changes, and neither does the meaning of its facts. */
  readonly kind: string
  /** In English. The outbox has it in plain text, so it contains no fact. */
  readonly subject: string
  /** The parts after the greeting. */
  parts(facts: Facts, writing: Writing): readonly Part[]
}

/** A template whose facts are not known here. */
export type AnyMailTemplate = MailTemplate<never>

/** An email to write: version 1 of its stored form. */
export interface Draft {
  readonly v: 1
  /** The template. */
  readonly kind: string
  readonly facts: object
  readonly reader: Reader
}

/** The subject in every language: the outbox has it in English, and once it is sent in that of the reader. */
export const subjectsOf = ({ subject }: Pick<AnyMailTemplate, 'subject'>): string[] =>
  LANGUAGES.map(({ say }) => say(subject))
