import { and, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Secrets } from '../crypto/derive-key.ts'
import { createEncryption } from '../crypto/encryption.ts'
import type { Database } from '../database/open.ts'

/** What a mail says, as text and as HTML. */
export interface MailBody {
  readonly text: string
  /** `null` in one that was written when there was text alone. */
  readonly html: string | null
}

/** Of a mail that was sent or given up, nothing is left to read. */
export const NO_BODY: MailBody = { text: '', html: null }

/** Encrypts the bodies of mails while they wait: the links and codes in them open accounts. */
export interface MailEncryption {
  encrypt(body: MailBody): MailBody
  /**
   * The body as it was written; one that was stored before bodies were encrypted is as it stands. `null` where neither
   * SECRET_KEY nor a fallback decrypts it.
   */
  decrypt(stored: MailBody): MailBody | null
  /**
   * Brings what is stored up to date: encrypts what is not, or not with SECRET_KEY, and empties what was sent or given
   * up. Any number of services may do it at once, and again. Throws on an outage.
   */
  update(): Promise<void>
}

export interface MailEncryptionOptions {
  readonly secrets: Secrets
  readonly database: Database
}

/** Mails read at a time. */
const BATCH = 100

export function createMailEncryption({ secrets, database }: MailEncryptionOptions): MailEncryption {
  const { db, outbox } = database
  const encryption = createEncryption(secrets, 'mails')

  const seal = (text: string, part: keyof MailBody) => encryption.encrypt(Buffer.from(text), part)

  const open = (stored: string, part: keyof MailBody): string | null =>
    isEncrypted(stored) ? (encryption.decrypt(stored, part)?.toString() ?? null) : stored

  const encrypt = ({ text, html }: MailBody): MailBody => ({
    text: seal(text, 'text'),
    html: html === null ? null : seal(html, 'html'),
  })

  function decrypt(stored: MailBody): MailBody | null {
    const [text, html] = [open(stored.text, 'text'), stored.html && open(stored.html, 'html')]
    return text === null || (stored.html !== null && html === null) ? null : { text, html }
  }

  /** `null` where it is up to date, or can't be decrypted. */
  function reencrypt(stored: MailBody): MailBody | null {
    if (!isEncrypted(stored.text)) return encrypt(stored)
    const text = encryption.reencrypt(stored.text, 'text')
    if (text === null) return null
    return { text, html: stored.html && (encryption.reencrypt(stored.html, 'html') ?? stored.html) }
  }

  async function emptyWhatIsDone(): Promise<void> {
    await db
      .update(outbox)
      .set(NO_BODY)
      .where(and(isNull(outbox.dueAt), ne(outbox.text, '')))
  }

  async function encryptWhatWaits(which: SQL | undefined): Promise<void> {
    for (let after = 0; ; ) {
      const { id, text, html } = outbox
      const rows = await db
        .select({ id, text, html })
        .from(outbox)
        .where(and(gt(id, after), ne(text, ''), which))
        .orderBy(id)
        .limit(BATCH)
      for (const row of rows) {
        const body = reencrypt(row)
        // Unless it was sent meanwhile, or another service was quicker.
        if (body)
          await db
            .update(outbox)
            .set(body)
            .where(and(eq(id, row.id), eq(text, row.text)))
      }
      if (rows.length < BATCH) return
      after = rows.at(-1)?.id ?? after
    }
  }

  return {
    encrypt,
    decrypt,
    async update() {
      await emptyWhatIsDone()
      await encryptWhatWaits(secrets.secretKeyFallbacks.length > 0 ? undefined : isPlain(outbox.text))
    },
  }
}

/** No mail that a person can read begins so and goes on like this. */
const isEncrypted = (stored: string): boolean => /^v1\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/.test(stored)

/** The same for the database, which only looks at the beginning. */
const isPlain = (column: Database['outbox']['text']): SQL => sql`${column} NOT LIKE 'v1.%'`
