import { type Column, lte, or, type SQL, sql } from 'drizzle-orm'
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/open.ts'
import type { Log } from '../logging/logger.ts'
import type { Delivery } from './delivery.ts'
import { createMailEncryption } from './mail-encryption.ts'

/** A mail to one person. */
export interface Message {
  /** An address, as its owner typed it. */
  readonly to: string
  /** Uuid of the person whose account it is about: it is deleted with the account. Default: nobody's. */
  readonly person?: string
  readonly subject: string
  /** The same twice, for programs that show markup and for those that don't. */
  readonly text: string
  readonly html: string
}

/** What one says to whomever it is sent to. */
export type Letter = Omit<Message, 'to' | 'person'>

export interface Mail {
  /** Puts a message into the outbox; it is delivered later, with retries. Throws on an outage of the database. */
  send(message: Message): Promise<void>
  /**
   * The same as a step of a transaction, once for each row that `from` (`FROM … WHERE …`) finds, which may have the
   * address in a column; then `wake`.
   */
  step(message: Letter & Pick<Message, 'person'> & { readonly to: string | Column }, from: SQL): SQL
  /** Has what somebody else put into the outbox, in a transaction of their own, delivered without delay. */
  wake(): void
  /** Deletes what was sent or given up long ago; how many. */
  sweep(): Promise<number>
  /** Waits a few seconds at most for what is on its way; the rest stays in the outbox. */
  close(): Promise<void>
}

export interface MailOptions {
  readonly config: Config
  readonly database: Database
  readonly log: Log
  readonly now: () => number
  /** Options of nodemailer's beside ours. */
  readonly smtp?: Partial<SMTPPoolOptions> | undefined
}

/** Seconds for which a mail that was sent is kept. */
const SENT_TTL = 7 * 86_400
/** Seconds for which any mail is kept: by then it is given up, or the service sends none. */
const UNSENT_TTL = 30 * 86_400

/** Longest subject in characters: a line of a mail has room for 998 bytes (RFC 5322, section 2.1.1). */
const MAX_SUBJECT = 900

/**
 * The outbox: whoever sends a mail only writes it down, however the mail server is. Bodies are encrypted, since the links
 * and codes in them open accounts; subjects are not, and never hold a secret.
 */
export async function createMail({ config, database, log, now, smtp }: MailOptions): Promise<Mail> {
  const { db, outbox } = database
  const seconds = () => Math.floor(now() / 1000)
  const encryption = createMailEncryption({ secrets: config, database })
  await encryption.update()
  const delivery = await openDelivery()

  async function openDelivery(): Promise<Delivery | null> {
    const { smtp: server, mailFrom: from } = config
    if (!server || !from) return null
    // Loaded on demand: nobody waits for nodemailer who sends nothing.
    const { createDelivery } = await import('./delivery.ts')
    return createDelivery({ config, server, from, database, encryption, log, now, overrides: smtp })
  }

  /** What the row of a letter says that waits to be sent. */
  function queued({ subject, text, html }: Letter) {
    const at = seconds()
    const body = encryption.encrypt({ text: storable(text), html: storable(html) })
    const row = { ...body, createdAt: at, attempts: 0, dueAt: at }
    return { subject: storable(subject.slice(0, MAX_SUBJECT)), ...row }
  }

  const wake = () => delivery?.wake()

  return {
    async send(message) {
      const { to, person = null } = message
      await db.insert(outbox).values({ recipient: storable(to), person, ...queued(message) })
      wake()
    },
    step({ to, person = null, ...letter }, from) {
      const row = queued(letter)
      const recipient = typeof to === 'string' ? storable(to) : to
      return sql`INSERT INTO ${outbox} (recipient, person, subject, text, html, created_at, attempts, due_at)
        SELECT ${recipient}, ${person}, ${row.subject}, ${row.text}, ${row.html}, ${row.createdAt}, ${row.attempts}, ${row.dueAt}
        ${from}`
    },
    wake,
    async sweep() {
      // Services of a former version, or with a former SECRET_KEY, may have written some since.
      await encryption.update()
      const sent = lte(outbox.sentAt, seconds() - SENT_TTL)
      const old = lte(outbox.createdAt, seconds() - UNSENT_TTL)
      const swept = await db.delete(outbox).where(or(sent, old)).returning({ id: outbox.id })
      return swept.length
    },
    close: async () => delivery?.close(),
  }
}

/** What every database stores: no NUL, no half of a character. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
