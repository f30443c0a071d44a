import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, index, pgEnum, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { createdAtColumn, instant, valuesOf } from '../common.ts'
import { budgets } from './budgets.ts'
import { BudgetEntryKind } from './families.ts'

export const budgetEntryKind = pgEnum('budget_entry_kind', valuesOf(BudgetEntryKind))

/**
 * An amount taken from a budget: reserved when it is taken, settled when what was used is known. Settled entries of calls
 * are deleted after a day; the calls themselves keep the amounts.
 */
export const budgetEntries = pgTable(
  'budget_entries',
  {
    budgetId: text()
      .notNull()
      .references(() => budgets.id, { onDelete: 'cascade' }),
    /** The call, or the budget below. */
    referenceId: text().notNull(),
    kind: budgetEntryKind().notNull(),
    amount: bigint({ mode: 'number' }).notNull(),
    /** What was used of it, or more; null while the amount is reserved. */
    settled: bigint({ mode: 'number' }),
    createdAt: createdAtColumn(),
    settledAt: instant(),
  },
  (t) => [
    primaryKey({ columns: [t.budgetId, t.referenceId] }),
    index('idx_budget_entries_reference_id').on(t.referenceId),
    index('idx_budget_entries_settled_at')
      .on(t.settledAt)
      .where(sql`${t.settledAt} is not null`),
    check('chk_budget_entries_amounts', sql`least(${t.amount}, ${t.settled}) >= 0`),
    check('chk_budget_entries_settled', sql`(${t.settled} is null) = (${t.settledAt} is null)`),
  ],
)

export const BudgetEntryRow = createSelectSchema(budgetEntries)
export type BudgetEntryRow = Static<typeof BudgetEntryRow>
