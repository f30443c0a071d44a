import { createInsertSchema, createSelectSchema, createUpdateSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import { bigint, check, pgEnum, pgTable, text, unique } from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { BudgetPeriod, BudgetSubject, BudgetUnit } from './families.ts'

export const budgetSubject = pgEnum('budget_subject', valuesOf(BudgetSubject))
export const budgetUnit = pgEnum('budget_unit', valuesOf(BudgetUnit))
export const budgetPeriod = pgEnum('budget_period', valuesOf(BudgetPeriod))

/**
 * How much an account, key or organization may spend. Replicas draw slices in advance: `drawn` is the amount that they
 * took, used or not, and never exceeds `limit_amount`. They return what they did not use.
 */
export const inferenceBudgets = pgTable(
  'inference_budgets',
  {
    ...commonColumns(),
    subjectType: budgetSubject().notNull(),
    subjectId: text().notNull(),
    unit: budgetUnit().notNull(),
    period: budgetPeriod().notNull(),
    limitAmount: bigint({ mode: 'number' }).notNull(),
    drawn: bigint({ mode: 'number' }).notNull().default(0),
    /** Start of the day or month that `drawn` counts in. */
    periodStart: instant().notNull(),
  },
  (t) => [
    unique('unq_inference_budgets_subject_unit_period').on(
      t.subjectType,
      t.subjectId,
      t.unit,
      t.period,
    ),
    check('chk_inference_budgets_limit', sql`${t.limitAmount} >= 0`),
    check('chk_inference_budgets_drawn', sql`${t.drawn} >= 0`),
  ],
)

export const InferenceBudgetRow = createSelectSchema(inferenceBudgets)
export type InferenceBudgetRow = Static<typeof InferenceBudgetRow>
export const InferenceBudgetInsert = createInsertSchema(inferenceBudgets)
export type InferenceBudgetInsert = Static<typeof InferenceBudgetInsert>
export const InferenceBudgetUpdate = createUpdateSchema(inferenceBudgets)
export type InferenceBudgetUpdate = Static<typeof InferenceBudgetUpdate>
