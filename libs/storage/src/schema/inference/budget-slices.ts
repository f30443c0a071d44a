import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from '../common.ts'
import { budgets } from './budgets.ts'

/**
 * What a process has taken of a budget for calls to come. The opening row of a call moves its part of the slice to what the budget has reserved. A slice whose
 * lease is over belongs to no process: the next statement that needs the budget gives it back.
 */
export const budgetSlices = pgTable(
  'budget_slices',
  {
    budgetId: text()
      .notNull()
      .references(() => budgets.id, { onDelete: 'cascade' }),
    /** The process, under a name that it uses until it has lost a slice. */
    holderId: text().notNull(),
    /** What no opening row has taken yet. */
    amount: bigint({ mode: 'number' }).notNull(),
    leaseUntil: instant().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.budgetId, t.holderId] }),
    index('idx_budget_slices_lease_until').on(t.leaseUntil),
    check('chk_budget_slices_amount', sql`${t.amount} >= 0`),
  ],
)

export const BudgetSliceRow = createSelectSchema(budgetSlices)
export type BudgetSliceRow = Static<typeof BudgetSliceRow>
