import { createInsertSchema, createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, smallint, text, unique, uuid } from 'drizzle-orm/pg-core'
import { instant } from '../common.ts'

/**
 * Calls of one minute, by operation, spoke and account: one row for each combination. Counted from the call log by the coordinator, by the
 * time in the call id.
 */
export const callStats = pgTable(
  'call_stats',
  {
    /** The beginning of the minute (UTC) in which the calls were dispatched. */
    minute: instant().notNull(),
    /** The name that the caller used; `(other)` sums up the names beyond the 200 most frequent of an account. */
    operationName: text().notNull(),
    spokeId: uuid(),
    accountId: uuid(),
    count: integer().notNull(),
    /** Calls that did not complete. */
    errors: integer().notNull(),
    /** Buckets of the duration that have calls, ascending: bucket n ends at 0.1 ms * 2^(n/4). At most 121. */
    buckets: smallint().array().notNull(),
    /** Calls of each of these buckets. */
    bucketCounts: integer().array().notNull(),
  },
  (t) => [
    unique('unq_call_stats_minute_operation_name_spoke_id_account_id')
      .on(t.minute, t.operationName, t.spokeId, t.accountId)
      .nullsNotDistinct(),
    index('idx_call_stats_account_id_minute').on(t.accountId, t.minute),
    check('chk_call_stats_errors', sql`${t.errors} between 0 and ${t.count}`),
    check(
      'chk_call_stats_buckets',
      sql`cardinality(${t.buckets}) between 1 and 121 and cardinality(${t.buckets}) = cardinality(${t.bucketCounts})`,
    ),
  ],
)

export const CallStatsRow = createSelectSchema(callStats)
export type CallStatsRow = Static<typeof CallStatsRow>
export const CallStatsInsert = createInsertSchema(callStats)
export type CallStatsInsert = Static<typeof CallStatsInsert>
