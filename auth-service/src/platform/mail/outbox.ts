import { type Column, lte, or, type SQL, sql } from 'drizzle-orm'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import { unixTime } from '../clock.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/open.ts'
import type { Reader } from '../i18n/languages.ts'
import type { Log } from '../logging/logger.ts'
import { storable } from '../validation/storable-text.ts'
import type { EmailContent } from './build-email.ts'
import type { Delivery } from './delivery.ts'
import { DRAFT, type MailEncryption } from './mail-encryption.ts'
import type { MailReader } from './mail-reader.ts'
import type { Draft, MailTemplate } from './mail-template.ts'

/** A message to one address. */
export interface EmailMessage extends EmailContent {
  /** An address as its owner typed it. */
  readonly to: string
  /** Uuid of the user whose account it is about: deleted with the account. Default: none. */
  readonly person?: string
}

/** The content of a message, written by a template once it is sent. */
export interface EmailDraft<Facts extends object> {
  readonly template: MailTemplate<Facts>
  readonly facts: Facts
  /** Whose language and time zone it is written in: see {@link readerAmong}. */
  readonly readers: readonly Reader[]
}

/**
 * The reader of an email: with the language and the time zone of the first who has one. The device of a user comes after
 * the user, since another person may have used it.
 */
export const readerAmong = (readers: readonly Reader[]): Reader => ({
  language: readers.find(({ language }) => language)?.language,
  timeZone: readers.find(({ timeZone }) => timeZone)?.timeZone,
})

/** A message for the outbox; the address may be in a column. */
type Queued<Facts extends object> = (EmailContent | EmailDraft<Facts>) &
  Pick<EmailMessage, 'person'> & { readonly to: string | Column }

export interface Mail {
  /**
   * Encrypts what earlier versions and keys left behind, and starts delivery. Called once the signing keys are open: with
   * a wrong SECRET_KEY the outbox stays as it is. Throws on an outage.
   */
  start(): Promise<void>
  /** Puts a message into the outbox, which delivers it later with retries. Throws on a database outage. */
  send(message: EmailMessage): Promise<void>
  /**
   * The same within a transaction, once for each row that `from` (`FROM … WHERE …`) finds; call `wake` afterwards.
   */
  step<Facts extends object>(message: Queued<Facts>, from: SQL): SQL
  /** The same in a transaction of its own, after these steps. `at` is in seconds, by default now. Throws on an outage. */
  sendWhere<Facts extends object>(
    before: readonly SQL[],
    message: Queued<Facts>,
    from: SQL,
    at?: number,
  ): Promise<void>
  /** Starts the delivery of messages that were added in a transaction. */
  wake(): void
  /** Deletes old sent and failed messages; returns how many. */
  deleteExpired(): Promise<number>
  /** Waits a few seconds at most for what is being sent; the rest stays in the outbox. */
  close(): Promise<void>
}

export interface MailOptions {
  readonly config: Config
  readonly database: Database
  readonly encryption: MailEncryption
  readonly reader: MailReader
  readonly log: Log
  readonly now: () => number
  /** Further nodemailer options. */
  readonly smtp?: Partial<SMTPPoolOptions> | undefined
}

/** Seconds for which a sent message is kept. */
const SENT_TTL = 7 * 86_400
/** Seconds for which any message is kept: by then it has failed, or the service sends none. */
const UNSENT_TTL = 30 * 86_400

/** Longest subject in characters, since a line of a message is limited to 998 bytes (RFC 5322, section 2.1.1). */
const MAX_SUBJECT = 900

/**
 * The outbox: sending only writes a row, so it does not depend on the mail server. Bodies are encrypted, since their
 * links and codes open accounts; subjects are not, and contain no secrets.
 */
export function createMail(options: MailOptions): Mail {
  const { config, database, encryption, reader, log, now, smtp } = options
  const { db, outbox } = database
  let delivery: Delivery | null = null

  async function openDelivery(): Promise<Delivery | null> {
    const { smtp: server, mailFrom: from } = config
    if (!server || !from) return null
    // Loaded on demand, since a service without email does not need nodemailer.
    const { createDelivery } = await import('./delivery.ts')
    return createDelivery({ config, server, from, database, reader, log, now, overrides: smtp })
  }

  /** The row of a waiting message. */
  function queued<Facts extends object>(email: EmailContent | EmailDraft<Facts>, at = unixTime(now)) {
    const content = 'template' in email ? draftOf(email) : bodyOf(email)
    return { ...content, createdAt: at, attempts: 0, dueAt: at }
  }

  const bodyOf = ({ subject, text, html }: EmailContent) => ({
    subject: storable(subject.slice(0, MAX_SUBJECT)),
    ...encryption.encrypt({ text: storable(text), html: storable(html) }),
  })

  function draftOf<Facts extends object>({ template, facts, readers }: EmailDraft<Facts>) {
    const draft: Draft = { v: 1, kind: template.kind, facts, reader: readerAmong(readers) }
    const text = encryption.encryptPart(Buffer.from(JSON.stringify(draft)), DRAFT)
    return { subject: template.subject, text, html: null }
  }

  const wake = () => delivery?.wake()

  function step<Facts extends object>(
    { to, person, ...content }: Queued<Facts>,
    from: SQL,
    at?: number,
  ): SQL {
    const row = queued(content, at)
    const recipient = typeof to === 'string' ? storable(to) : to
    return sql`INSERT INTO ${outbox} (recipient, person, subject, text, html, created_at, attempts, due_at)
      SELECT ${recipient}, ${person ?? null}, ${row.subject}, ${row.text}, ${row.html}, ${row.createdAt}, ${row.attempts}, ${row.dueAt}
      ${from}`
  }

  return {
    async start() {
      await encryption.update()
      delivery = await openDelivery()
    },
    async send(message) {
      const { to, person = null } = message
      await db.insert(outbox).values({ recipient: storable(to), person, ...queued(message) })
      wake()
    },
    step,
    async sendWhere(before, message, from, at) {
      await database.transaction([...before, step(message, from, at)])
      delivery?.wake()
    },
    wake,
    async deleteExpired() {
      // Services of an earlier version, or with an earlier SECRET_KEY, may have written some since.
      await encryption.update()
      const sent = lte(outbox.sentAt, unixTime(now) - SENT_TTL)
      const old = lte(outbox.createdAt, unixTime(now) - UNSENT_TTL)
      const deleted = await db.delete(outbox).where(or(sent, old)).returning({ id: outbox.id })
      return deleted.length
    },
    close: async () => delivery?.close(),
  }
}
