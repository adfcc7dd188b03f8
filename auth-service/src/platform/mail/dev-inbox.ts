import { desc, eq } from 'drizzle-orm'
import type { Database } from '../database/open.ts'
import type { MailReader, UnreadReason } from './mail-reader.ts'
import type { EmailMessage } from './outbox.ts'

/** A message that was not sent. */
export interface KeptMail extends Omit<EmailMessage, 'html'> {
  readonly id: number
  /** `null` in messages from before HTML was added. */
  readonly html: string | null
  /** Seconds since 1970. */
  readonly createdAt: number
}

/** The outbox for developers to read. */
export interface DevInbox {
  /** The latest hundred, latest first. */
  list(): Promise<KeptMail[]>
  find(id: number): Promise<KeptMail | null>
}

const LIMIT = 100

/** Shows the outbox. */
export function createDevInbox(database: Database, reader: MailReader): DevInbox {
  const { db, outbox } = database

  function mailOf(row: Database['outbox']['$inferSelect']): KeptMail {
    const { id, recipient: to, subject, createdAt } = row
    const read = reader(row)
    const content = read.ok ? read.value : { subject, text: UNREAD[read.reason], html: null }
    return { id, to, createdAt, ...content }
  }

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

const UNREAD: Record<UnreadReason, string> = {
  other_secret: 'This email was encrypted with another SECRET_KEY.',
  unknown_kind: 'A newer version of this service queued this email.',
}
