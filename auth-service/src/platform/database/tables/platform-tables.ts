import type { PostgresColumns } from '../columns-postgres.ts'

/** Emails, answers to forms, and changes of stored data. */
export function definePlatformTables({ table, id, seconds, number, text, index }: PostgresColumns) {
  /** Mails to send and sent ones. Text and HTML are encrypted, and emptied once sent: see mail-encryption.ts. */
  const outbox = table(
    'outbox',
    {
      id: id('id'),
      recipient: text('recipient').notNull(),
      /**
       * UUID of the user whose account it is about: the mail is deleted with the account, even if it went to another
       * address.
       */
      person: text('person'),
      subject: text('subject').notNull(),
      text: text('text').notNull(),
      html: text('html'),
      createdAt: seconds('created_at').notNull(),
      attempts: number('attempts').notNull(),
      /** When to try next; `null` once sent or failed. */
      dueAt: seconds('due_at'),
      sentAt: seconds('sent_at'),
    },
    (columns) => [
      index('outbox_due_at').on(columns.dueAt),
      index('outbox_created_at').on(columns.createdAt),
      index('outbox_recipient').on(columns.recipient),
      index('outbox_person').on(columns.person),
    ],
  )

  /** Responses to recently submitted forms, to repeat when the same form is submitted again. */
  const formAnswers = table(
    'form_answers',
    {
      /** Keyed hash of the form, its contents and the browser. */
      key: text('key').primaryKey(),
      /** Encrypted; while the form is being handled, the claim of the request that handles it (`claim.…`). */
      answer: text('answer'),
      expiresAt: seconds('expires_at').notNull(),
    },
    (columns) => [index('form_answers_expires_at').on(columns.expiresAt)],
  )

  /** Changes of stored data made by code, each once: see data-migrations. */
  const dataMigrations = table('data_migrations', {
    name: text('name').primaryKey(),
    doneAt: seconds('done_at').notNull(),
  })

  return { outbox, formAnswers, dataMigrations }
}
