import type { Language } from '../i18n/language.ts'
import { htmlOf, type Sender } from './html.ts'
import type { Part } from './parts.ts'
import { textOf } from './text.ts'

export type { Sender } from './html.ts'

/** The same content as text and as HTML. */
export interface EmailContent {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Builds an email with equivalent text and HTML. It begins with a greeting. */
export function buildEmail(
  language: Language,
  sender: Sender,
  subject: string,
  ...parts: readonly Part[]
): EmailContent {
  const all = [language.say('Hello,'), ...parts]
  return { subject, text: textOf(all), html: htmlOf(language, sender, subject, all) }
}
