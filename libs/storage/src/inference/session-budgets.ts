import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { budgetEntries } from '../schema/inference/budget-entries.ts'
import { budgets } from '../schema/inference/budgets.ts'
import type { BudgetUnit } from '../schema/inference/families.ts'
import type { Budget } from './budgets.ts'

/** A budget of a session, for its whole life. */
export interface SessionBudget {
  readonly sessionId: string
  readonly unit: BudgetUnit
  readonly limitAmount: number
  readonly maxOutputTokens?: number
  readonly createdBy?: string
}

/** Opens a budget of a session that is no part of another one. Throws CONFLICT when the session has one of this unit. */
export function openBudget(db: Db, budget: SessionBudget): Promise<Budget> {
  return insertBudget(db, budget, null)
}

/**
 * Opens a budget of a session as a part of another one: its limit is reserved there until it is closed. Throws BUDGET_EXCEEDED when the
 * other one has no room for it, and NOT_FOUND when it is closed or is of another unit.
 */
export function transferBudget(db: Db, parentId: string, budget: SessionBudget): Promise<Budget> {
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select budget_lock(array[${parentId}]::text[])`)
    const [parent] = await tx.select().from(budgets).where(eq(budgets.id, parentId))
    if (parent === undefined || parent.closedAt !== null || parent.unit !== budget.unit)
      throw new CodedError('NOT_FOUND', 'There is no open budget of this unit to take from.')
    requireRoom(parentId, roomOf(parent), budget.limitAmount)
    const child = await insertBudget(tx, budget, parentId)
    await tx.insert(budgetEntries).values({
      budgetId: parentId,
      referenceId: child.id,
      kind: 'transfer',
      amount: budget.limitAmount,
    })
    await tx
      .update(budgets)
      .set({ reserved: sql`${budgets.reserved} + ${budget.limitAmount}` })
      .where(eq(budgets.id, parentId))
    return child
  })
}

/**
 * Raises the limit of a budget by `amount`, unless it is more than `most` already. For one that is a part of another, that much more is reserved there. Throws
 * BUDGET_EXCEEDED when the other one has no room for it, and NOT_FOUND when the budget is closed.
 */
export function raiseBudget(
  db: Db,
  id: string,
  amount: number,
  most = Number.POSITIVE_INFINITY,
): Promise<Budget> {
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select budget_lock(budget_with_parents(array[${id}]::text[]))`)
    const [budget] = await tx.select().from(budgets).where(eq(budgets.id, id))
    if (budget === undefined || budget.closedAt !== null)
      throw new CodedError('NOT_FOUND', 'The budget is closed.')
    // Under the lock: of two that raise it at the same time, the second one sees what the first did.
    if (budget.limitAmount > most) return budget
    if (budget.parentId !== null) await takeMore(tx, budget.parentId, id, amount)
    const [raised] = await tx
      .update(budgets)
      .set({ limitAmount: sql`${budgets.limitAmount} + ${amount}` })
      .where(eq(budgets.id, id))
      .returning()
    return must(raised)
  })
}

/** Reserves more of a budget for one that is a part of it. */
async function takeMore(tx: Db, parentId: string, id: string, amount: number): Promise<void> {
  const [parent] = await tx.select().from(budgets).where(eq(budgets.id, parentId))
  requireRoom(parentId, roomOf(must(parent)), amount)
  await tx
    .update(budgetEntries)
    .set({ amount: sql`${budgetEntries.amount} + ${amount}` })
    .where(and(eq(budgetEntries.budgetId, parentId), eq(budgetEntries.referenceId, id)))
  await tx
    .update(budgets)
    .set({ reserved: sql`${budgets.reserved} + ${amount}` })
    .where(eq(budgets.id, parentId))
}

function roomOf({ limitAmount, spent, reserved, sliced }: Budget): number {
  return limitAmount - spent - reserved - sliced
}

function requireRoom(budgetId: string, left: number, needed: number): void {
  if (left < needed)
    throw new CodedError('BUDGET_EXCEEDED', `The budget has ${left} left.`, {
      details: { budgetId, needed, left },
    })
}

/**
 * Closes a budget: it counts no more calls. What it has not spent returns to the budget that it is a part of, once the calls in flight are
 * settled. Closing twice changes nothing.
 */
export function closeBudget(db: Db, id: string): Promise<void> {
  return inTransaction(db, async (tx) => {
    await tx.execute(sql`select budget_lock(budget_with_parents(array[${id}]::text[]))`)
    await tx.execute(
      sql`update budgets set closed_at = now(), updated_at = now() where id = ${id} and closed_at is null`,
    )
    await tx.execute(sql`select budget_finish(array[${id}]::text[])`)
  })
}

async function insertBudget(
  db: Db,
  { sessionId, ...rest }: SessionBudget,
  parentId: string | null,
): Promise<Budget> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .insert(budgets)
      .values({ ...rest, subjectType: 'session', subjectId: sessionId, period: 'total', parentId })
      .returning()
    return must(row)
  })
}
