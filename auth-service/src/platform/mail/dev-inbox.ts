import { desc, eq } from 'drizzle-orm'
import type { Secrets } from '../crypto/derive-key.ts'
import type { Database } from '../database/open.ts'
import { createMailEncryption } from './mail-encryption.ts'
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

/** Reads the outbox; `secrets` decrypt the messages. */
export function createDevInbox(database: Database, secrets: Secrets): DevInbox {
  const { db, outbox } = database
  const encryption = createMailEncryption({ secrets, database })

  function mailOf(row: Database['outbox']['$inferSelect']): KeptMail {
    const { id, recipient: to, subject, createdAt } = row
    return { id, to, subject, createdAt, ...(encryption.decrypt(row) ?? UNREADABLE) }
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

const UNREADABLE = { text: 'This email was encrypted with another SECRET_KEY.', html: null }
