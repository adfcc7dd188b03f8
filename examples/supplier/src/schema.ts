import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Who is signed in, as the assertion said. Times are seconds since 1970. */
export const signIns = sqliteTable('sign_ins', {
  /** SHA-256 of the cookie. */
  id: text('id').primaryKey(),
  /** By these two, a logout request finds it. */
  nameId: text('name_id').notNull(),
  sessionIndex: text('session_index').notNull(),
  nameIdFormat: text('name_id_format').notNull(),
  email: text('email').notNull(),
  name: text('name').notNull(),
  /** JSON: a list of names. */
  groups: text('groups').notNull(),
  expiresAt: integer('expires_at').notNull(),
})

/** The messages that wait for an answer, and the assertions that were used. Each counts once. */
export const messages = sqliteTable('messages', {
  id: text('id').primaryKey(),
  /** What node-saml keeps of its own request; `''` of an assertion. */
  content: text('content').notNull(),
  expiresAt: integer('expires_at').notNull(),
})
