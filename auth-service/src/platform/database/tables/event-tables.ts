import type { PostgresColumns } from '../columns-postgres.ts'

/** What a change leaves behind: the feed of revocations, and the audit log. */
export function defineEventTables({ table, id, seconds, number, bool, text, index }: PostgresColumns) {
  /**
   * Entries for apps: see revocation-entries.ts. One of sid, sub, kid and api_token is set, or sub and api_token. Entries
   * with apps_changed are for the processes of this service alone.
   */
  const revocations = table(
    'revocations',
    {
      /** Grows in the order of commits; never reused. */
      id: id('id'),
      /** The session that has ended or, with `before`, whose older tokens are stale. */
      sid: text('sid'),
      /** For tokens without a version: those issued before this time are older. */
      before: seconds('before'),
      /** Tokens with a lower version are older; `null` in entries from before this column. */
      version: number('version'),
      /** UUID of a user who was deleted or, with `before`, whose sessions with older tokens have ended. */
      sub: text('sub'),
      /** The one session of that user that continues. */
      kept: text('kept'),
      /**
       * Ids of the sessions that ended with it, as JSON: for older apps, which do not know entries with `sub` and
       * `before`.
       */
      sids: text('sids'),
      /** Id of the API token that was revoked or, with `sub`, `*`: what is known of the user's API tokens is outdated. */
      apiToken: text('api_token'),
      /** The signing key that was withdrawn or, with `jwk`, published. */
      kid: text('kid'),
      /** Its public half (RFC 7517, as JSON). */
      jwk: text('jwk'),
      /** What is known of the registered apps is outdated. */
      appsChanged: bool('apps_changed').notNull().default(false),
      /** When apps may forget this entry. */
      exp: seconds('exp').notNull(),
    },
    (columns) => [index('revocations_sid').on(columns.sid), index('revocations_exp').on(columns.exp)],
  )

  /** Security events, for the history of users and for the operator: see audit-log.ts. */
  const auditLog = table(
    'audit_log',
    {
      id: id('id'),
      at: seconds('at').notNull(),
      /** Stable name, e.g. `refresh_token_reused`. */
      event: text('event').notNull(),
      /** UUID of the user it happened to; kept after the user is deleted. */
      subject: text('subject'),
      /** UUID of the user who did it, if known. */
      actor: text('actor'),
      /** The session it belongs to. */
      sid: text('sid'),
      userAgent: text('user_agent').notNull(),
      address: text('address').notNull(),
      /** Further facts, as JSON; never a secret. */
      details: text('details').notNull(),
    },
    (columns) => [
      index('audit_log_subject').on(columns.subject, columns.id),
      index('audit_log_at').on(columns.at),
      index('audit_log_event').on(columns.event, columns.at),
      index('audit_log_actor').on(columns.actor, columns.at),
      index('audit_log_address').on(columns.address, columns.at),
    ],
  )

  return { revocations, auditLog }
}
