import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import { instant } from '../common.ts'

/** Up to which minute `call_stats` has been counted, for each of the passes: every minute is counted after 1, 11 and 61 minutes. */
export const callStatsProgress = pgTable('call_stats_progress', {
  /** Minutes between the end of a minute and its count in this pass. */
  delayMinutes: integer().primaryKey(),
  /** The end of the last minute that was counted. */
  countedUntil: instant().notNull(),
})

export const CallStatsProgressRow = createSelectSchema(callStatsProgress)
export type CallStatsProgressRow = Static<typeof CallStatsProgressRow>
export const CallStatsProgressInsert = createInsertSchema(callStatsProgress)
export type CallStatsProgressInsert = Static<typeof CallStatsProgressInsert>
