import { failure, type Result, success } from '@latchkey/jwt-middleware/contract'
import type { Locate } from '../client/geoip.ts'
import { languageOfReader } from '../i18n/languages.ts'
import { buildEmail, type EmailContent } from './build-email.ts'
import type { Sender } from './html.ts'
import type { MailBody, MailEncryption } from './mail-encryption.ts'
import type { AnyMailTemplate, Draft, MailTemplate, Writing } from './mail-template.ts'

/** A message of the outbox, as its recipient reads it. */
export interface ReadMail extends MailBody {
  readonly subject: string
}

/** `other_secret`: SECRET_KEY does not decrypt it. `unknown_kind`: another version of the service queued it. */
export type UnreadReason = 'other_secret' | 'unknown_kind'

/** Decrypts a message of the outbox, and writes it if that was left for later. */
export type MailReader = (stored: ReadMail) => Result<ReadMail, UnreadReason>

export interface MailReaderOptions {
  readonly sender: Sender
  readonly encryption: Pick<MailEncryption, 'decrypt' | 'decryptDraft'>
  readonly templates: readonly AnyMailTemplate[]
  readonly locate: Locate
}

/** Writes an email by its template. */
export function writeMail<Facts extends object>(
  { subject, parts }: MailTemplate<Facts>,
  facts: Facts,
  writing: Writing,
): EmailContent {
  const { language, sender } = writing
  return buildEmail(language, sender, language.say(subject), ...parts(facts, writing))
}

/** Creates the reader of the outbox. */
export function createMailReader({ sender, encryption, templates, locate }: MailReaderOptions): MailReader {
  const byKind = new Map(templates.map((template) => [template.kind, template]))

  function read(draft: string): Result<ReadMail, UnreadReason> {
    const { v, kind, facts, reader } = JSON.parse(draft) as Draft
    const template = byKind.get(kind)
    if (v !== 1 || !template) return failure('unknown_kind')
    return success(
      writeMail(template, facts as never, { language: languageOfReader(reader), sender, locate }),
    )
  }

  return ({ subject, text, html }) => {
    const draft = encryption.decryptDraft({ text, html })
    if (draft !== null) return read(draft)
    const body = encryption.decrypt({ text, html })
    return body ? success({ subject, ...body }) : failure('other_secret')
  }
}
