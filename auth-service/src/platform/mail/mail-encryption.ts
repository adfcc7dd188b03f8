import { and, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Secrets } from '../crypto/derive-key.ts'
import { createEncryption, type Encryption } from '../crypto/encryption.ts'
import type { Database } from '../database/open.ts'

/** The content of a message, as text and as HTML. */
export interface MailBody {
  readonly text: string
  /** `null` in messages from before HTML was added. */
  readonly html: string | null
}

/** A sent or failed message has no content left. */
export const NO_BODY: MailBody = { text: '', html: null }

/** Encrypts messages while they wait, since their links and codes open accounts. */
export interface MailEncryption {
  encrypt(body: MailBody): MailBody
  /** Encrypts one part, or a {@link DRAFT}. */
  encryptPart: Encryption['encrypt']
  /** The draft; `null` if the body is none, or nothing decrypts it. */
  decryptDraft(stored: MailBody): string | null
  /**
   * The original body; bodies from before encryption are returned unchanged. `null` if neither SECRET_KEY nor a
   * fallback decrypts it.
   */
  decrypt(stored: MailBody): MailBody | null
  /**
   * Updates stored bodies: encrypts those that are not encrypted with SECRET_KEY, and empties those of sent or failed
   * messages. Safe to repeat and to run in several services at once. Throws on an outage.
   */
  update(): Promise<void>
}

export interface MailEncryptionOptions {
  readonly secrets: Secrets
  readonly database: Database
}

/**
 * The context of an email that is written later, whose draft is stored instead of a text, and without HTML: earlier
 * versions cannot decrypt it, and leave it to this one.
 */
export const DRAFT = 'draft'

/** Messages per query. */
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

  /** `null` if it is up to date, or cannot be decrypted. */
  function reencrypt(stored: MailBody): MailBody | null {
    if (!isEncrypted(stored.text)) return encrypt(stored)
    const draft = stored.html === null ? encryption.reencrypt(stored.text, DRAFT) : null
    const text = draft ?? encryption.reencrypt(stored.text, 'text')
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
        // Unless it was sent meanwhile, or another service was faster.
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
    encryptPart: encryption.encrypt,
    decryptDraft: ({ text, html }) =>
      html === null ? (encryption.decrypt(text, DRAFT)?.toString() ?? null) : null,
    async update() {
      await emptyWhatIsDone()
      await encryptWhatWaits(secrets.secretKeyFallbacks.length > 0 ? undefined : isPlain(outbox.text))
    },
  }
}

/** No readable message has this form. */
const isEncrypted = (stored: string): boolean => /^v1\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/.test(stored)

/** The same for the database, which compares only the prefix. */
const isPlain = (column: Database['outbox']['text']): SQL => sql`${column} NOT LIKE 'v1.%'`
