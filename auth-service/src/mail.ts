import type { Database } from './database/index.ts'

/** A mail to one person. */
export interface Message {
  /** An address, as its owner typed it. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
}

export interface Mail {
  /** Puts a message into the outbox; it is delivered later, with retries. Throws on an outage of the database. */
  send(message: Message): Promise<void>
  /** Has what somebody else put into the outbox, in a transaction of their own, delivered without delay. */
  wake(): void
  close(): Promise<void>
}

export interface MailOptions {
  readonly database: Database
  readonly now: () => number
}

/** The row of a message that waits to be sent, queued at that moment in seconds. */
export const queued = ({ to, subject, text, html }: Message, at: number) => ({
  recipient: storable(to),
  subject: storable(subject),
  text: storable(text),
  html: html === undefined ? null : storable(html),
  createdAt: at,
  attempts: 0,
  dueAt: at,
})

/** The outbox: whoever sends a mail only writes it down, however the mail server is. */
export function createMail({ database, now }: MailOptions): Mail {
  const { db, outbox } = database
  const seconds = () => Math.floor(now() / 1000)

  return {
    async send(message) {
      await db.insert(outbox).values(queued(message, seconds()))
    },
    wake() {},
    async close() {},
  }
}

/** What every database stores: no NUL, no half of a character. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed()
