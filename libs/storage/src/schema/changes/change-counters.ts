import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, pgEnum, pgTable } from 'drizzle-orm/pg-core'
import { updatedAtColumn, valuesOf } from '../common.ts'
import { ChangeTopic } from './families.ts'

export const changeTopic = pgEnum('change_topic', valuesOf(ChangeTopic))

/**
 * One row per topic, inserted by a migration. A change raises it in its own transaction and holds the row until the
 * commit, so that numbers have no gaps and rise in the order of the commits. A reader that has read up to n has missed
 * no change up to n.
 */
export const changeCounters = pgTable(
  'change_counters',
  {
    topic: changeTopic().primaryKey(),
    value: bigint({ mode: 'number' }).notNull().default(0),
    updatedAt: updatedAtColumn(),
  },
  (t) => [check('chk_change_counters_value', sql`${t.value} >= 0`)],
)

export const ChangeCounterRow = createSelectSchema(changeCounters)
export type ChangeCounterRow = Static<typeof ChangeCounterRow>
