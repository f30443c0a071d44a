import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from '../common.ts'

/** Attempts of queued calls that were started in a second, for the limits of starts per second. Written only while such a limit is set. */
export const queueStarts = pgTable('queue_starts', {
  /** `account <id>` or `operation <name>`. */
  subject: text().primaryKey(),
  /** The last second in which one was started, by the clock of the database. */
  second: instant().notNull(),
  started: integer().notNull(),
})

export const QueueStartsRow = createSelectSchema(queueStarts)
export type QueueStartsRow = Static<typeof QueueStartsRow>
export const QueueStartsInsert = createInsertSchema(queueStarts)
export type QueueStartsInsert = Static<typeof QueueStartsInsert>
