import { desc, eq } from 'drizzle-orm'
import type { Database } from './database/index.ts'
import type { Message } from './mail.ts'

/** A mail that was written and not sent. */
export interface KeptMail extends Omit<Message, 'html'> {
  readonly id: number
  /** `null` in one that was written when there was text alone. */
  readonly html: string | null
  /** Seconds since 1970. */
  readonly createdAt: number
}

/** What is in the outbox, to be read by whoever develops with this service. */
export interface Mailbox {
  /** The latest hundred, latest first. */
  list(): Promise<KeptMail[]>
  find(id: number): Promise<KeptMail | null>
}

const LIMIT = 100

/** The outbox as a mailbox. */
export function createMailbox({ db, outbox }: Pick<Database, 'db' | 'outbox'>): Mailbox {
  return {
    async list() {
      const rows = await db.select().from(outbox).orderBy(desc(outbox.id)).limit(LIMIT)
      return rows.map(mailOf)
    },
    async find(id) {
      const [row] = await db.select().from(outbox).where(eq(outbox.id, id))
      return row ? mailOf(row) : null
    },
  }
}

const mailOf = ({ id, recipient, subject, text, html, createdAt }: Database['outbox']['$inferSelect']) => ({
  id,
  to: recipient,
  subject,
  text,
  html,
  createdAt,
})
