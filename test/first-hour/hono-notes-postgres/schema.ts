import { bigint, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

export const notes = pgTable('notes', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  text: text('text').notNull(),
  writtenAt: timestamp('written_at', { mode: 'string' }).notNull().defaultNow(),
})
