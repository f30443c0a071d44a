import { createSelectSchema } from '@alkdev/drizzlebox'
import type { Static } from '@alkdev/typebox'
import { sql } from 'drizzle-orm'
import {
  bigint,
  check,
  foreignKey,
  index,
  integer,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { commonColumns, instant, valuesOf } from '../common.ts'
import { BudgetPeriod, BudgetSubject, BudgetUnit } from './families.ts'

export const budgetSubject = pgEnum('budget_subject', valuesOf(BudgetSubject))
export const budgetUnit = pgEnum('budget_unit', valuesOf(BudgetUnit))
export const budgetPeriod = pgEnum('budget_period', valuesOf(BudgetPeriod))

const amount = () => bigint({ mode: 'number' }).notNull().default(0)

/**
 * What a key, an account, an organization, a model or a session may use. `spent`, `reserved` and `sliced` together never
 * exceed `limit_amount`. The amounts of `minute` and `concurrency` are counted in Redis instead. The budget of a session may be
 * a part of another one (`parent_id`): that part is reserved there until the budget is closed.
 */
export const budgets = pgTable(
  'budgets',
  {
    ...commonColumns(),
    subjectType: budgetSubject().notNull(),
    subjectId: text().notNull(),
    /** Counts the calls of this model (`provider/model`) only; empty: of all. */
    model: text().notNull().default(''),
    unit: budgetUnit().notNull(),
    period: budgetPeriod().notNull(),
    limitAmount: bigint({ mode: 'number' }).notNull(),
    /** Of settled calls, and of closed budgets below, in this period. */
    spent: amount(),
    /** Of open calls, and of open budgets below. */
    reserved: amount(),
    /** In the slices of the processes that serve calls. */
    sliced: amount(),
    /** When a call last needed what is in slices: until some seconds later no slices are taken. */
    recalledAt: instant(),
    /** Of settled calls of this budget and of all below it, open or closed. */
    subtreeSpent: amount(),
    /** Start of the day or month that `spent` counts in. */
    periodStart: instant().notNull().defaultNow(),
    /** Output tokens of a call that does not limit them itself. */
    maxOutputTokens: integer(),
    parentId: text(),
    closedAt: instant(),
    createdBy: text(),
  },
  (t) => [
    foreignKey({ columns: [t.parentId], foreignColumns: [t.id] }).onDelete('restrict'),
    uniqueIndex('unq_budgets_subject_model_unit_period')
      .on(t.subjectType, t.subjectId, t.model, t.unit, t.period)
      .where(sql`${t.closedAt} is null`),
    index('idx_budgets_parent_id')
      .on(t.parentId)
      .where(sql`${t.parentId} is not null`),
    check(
      'chk_budgets_amounts',
      sql`least(${t.limitAmount}, ${t.spent}, ${t.reserved}, ${t.sliced}, ${t.subtreeSpent}) >= 0`,
    ),
    check(
      'chk_budgets_unit_period',
      sql`case ${t.unit}::text when 'cost' then ${t.period}::text <> 'minute' when 'concurrency' then ${t.period}::text = 'total' else true end`,
    ),
  ],
)

export const BudgetRow = createSelectSchema(budgets)
export type BudgetRow = Static<typeof BudgetRow>
