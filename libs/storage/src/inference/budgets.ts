import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import { budgets } from '../schema/inference/budgets.ts'
import type { BudgetPeriod, BudgetSubject, BudgetUnit } from '../schema/inference/families.ts'

export type Budget = typeof budgets.$inferSelect

/** What a budget is of; no two open ones are of the same. */
export interface BudgetTarget {
  readonly subjectType: BudgetSubject
  readonly subjectId: string
  /** Counts the calls of this model only; empty: of all. */
  readonly model: string
  readonly unit: BudgetUnit
  readonly period: BudgetPeriod
}

export interface BudgetLimit extends BudgetTarget {
  readonly limitAmount: number
  readonly maxOutputTokens: number | null
  readonly createdBy: string
}

/** Creates the budget, or changes the limit of the one that exists; what is spent and reserved stays. */
export function setBudget(db: Db, budget: BudgetLimit): Promise<Budget> {
  return coded(async () => {
    const { limitAmount, maxOutputTokens } = budget
    const [row] = await db
      .insert(budgets)
      .values(budget)
      .onConflictDoUpdate({
        target: [
          budgets.subjectType,
          budgets.subjectId,
          budgets.model,
          budgets.unit,
          budgets.period,
        ],
        targetWhere: isNull(budgets.closedAt),
        set: {
          limitAmount,
          maxOutputTokens,
          updatedAt: sql`now()`,
          // A lower limit counts for what is in slices, too.
          recalledAt: sql`case when ${budgets.limitAmount} > ${limitAmount} then now() else ${budgets.recalledAt} end`,
        },
      })
      .returning()
    return must(row)
  })
}

/** The open budget of this subject, model, unit and period. Its row is locked until the transaction ends. */
export function findBudget(db: Db, target: BudgetTarget): Promise<Budget | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(budgets)
      .where(
        and(
          eq(budgets.subjectType, target.subjectType),
          eq(budgets.subjectId, target.subjectId),
          eq(budgets.model, target.model),
          eq(budgets.unit, target.unit),
          eq(budgets.period, target.period),
          isNull(budgets.closedAt),
        ),
      )
      .for('no key update')
    return row
  })
}

/** Undefined when there is none, or it is closed. */
export function getBudget(db: Db, id: string): Promise<Budget | undefined> {
  return coded(async () => {
    const [row] = await db
      .select()
      .from(budgets)
      .where(and(eq(budgets.id, id), isNull(budgets.closedAt)))
    return row
  })
}

/**
 * Removes a budget. False when there is none. Throws CONFLICT for one that others are parts of, or that is itself a part: those end with
 * their sessions.
 */
export function deleteBudget(db: Db, id: string): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .select({ parentId: budgets.parentId })
      .from(budgets)
      .where(eq(budgets.id, id))
      .for('update')
    if (row === undefined) return false
    const [below] = await tx
      .select({ id: budgets.id })
      .from(budgets)
      .where(eq(budgets.parentId, id))
      .limit(1)
    if (row.parentId !== null || below !== undefined)
      throw new CodedError('CONFLICT', 'The budget is part of a tree of sessions.')
    await tx.delete(budgets).where(eq(budgets.id, id))
    return true
  })
}

/** Whose budgets are listed: all, or those of these subjects. */
export interface ListBudgets extends PageRequest {
  readonly subjects?: readonly (readonly [type: BudgetSubject, ids: readonly string[]])[]
  readonly subjectType?: BudgetSubject
  readonly subjectId?: string
}

/** Open budgets by id. */
export function listBudgets(db: Db, request: ListBudgets): Promise<Page<Budget>> {
  return coded(async () => {
    const { limit: _limit, cursor: _cursor, ...filters } = request
    const keyset = new Keyset([budgets.id], 'asc', ['budgets', filters])
    const whose: SQL | undefined =
      request.subjects &&
      or(
        sql`false`,
        ...request.subjects
          .filter(([, ids]) => ids.length > 0)
          .map(([type, ids]) =>
            and(eq(budgets.subjectType, type), inArray(budgets.subjectId, [...ids])),
          ),
      )
    const rows = await db
      .select()
      .from(budgets)
      .where(
        and(
          isNull(budgets.closedAt),
          whose,
          request.subjectType && eq(budgets.subjectType, request.subjectType),
          request.subjectId === undefined ? undefined : eq(budgets.subjectId, request.subjectId),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** The limits that Redis counts: those of a minute, and of calls in flight. */
export type CountedLimit = Pick<
  Budget,
  'id' | 'subjectType' | 'subjectId' | 'model' | 'unit' | 'limitAmount' | 'maxOutputTokens'
>

/** A budget in which calls reserve their worst cases. */
export type ReservedLimit = Pick<Budget, 'id' | 'subjectType' | 'subjectId' | 'model' | 'unit'>

/** What a proxy knows of all budgets: the limits that Redis counts, those in PostgreSQL, and how output is bounded. */
export interface BudgetIndex {
  readonly counted: readonly CountedLimit[]
  readonly reserved: readonly ReservedLimit[]
  /** Subjects with a budget in PostgreSQL, as `type:id`. */
  readonly subjects: ReadonlySet<string>
  /** The smallest output bound of each subject, as `type:id`. */
  readonly maxOutputTokens: ReadonlyMap<string, number>
}

/** Reads the index. One statement. */
export function loadBudgetIndex(db: Db): Promise<BudgetIndex> {
  return coded(async () => {
    const rows = await db
      .select({
        id: budgets.id,
        subjectType: budgets.subjectType,
        subjectId: budgets.subjectId,
        model: budgets.model,
        unit: budgets.unit,
        period: budgets.period,
        limitAmount: budgets.limitAmount,
        maxOutputTokens: budgets.maxOutputTokens,
      })
      .from(budgets)
      .where(isNull(budgets.closedAt))
    const subjects = new Set<string>()
    const bounds = new Map<string, number>()
    const counted: CountedLimit[] = []
    const reserved: ReservedLimit[] = []
    for (const { period, ...row } of rows) {
      const subject = `${row.subjectType}:${row.subjectId}`
      subjects.add(subject)
      if (row.maxOutputTokens !== null)
        bounds.set(subject, Math.min(bounds.get(subject) ?? Infinity, row.maxOutputTokens))
      if (period === 'minute' || row.unit === 'concurrency') counted.push(row)
      else reserved.push(row)
    }
    return { counted, reserved, subjects, maxOutputTokens: bounds }
  })
}

/** The session and those above it, as far as they are known; at most 64 levels. */
export function findSessionsAbove(db: Db, sessionId: string): Promise<readonly string[]> {
  return coded(async () => {
    const rows = await db.execute<{ id: string }>(sql`
      with recursive above (id, parent_id, level) as (
        select id, parent_id, 0 from sessions where id = ${sessionId}
        union all
        select s.id, s.parent_id, a.level + 1 from above a join sessions s on s.id = a.parent_id where a.level < 64
      )
      select id from above`)
    return rows.length === 0 ? [sessionId] : rows.map(({ id }) => id)
  })
}

export function sessionExists(db: Db, sessionId: string): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`select 1 from sessions where id = ${sessionId}`)
    return rows.length > 0
  })
}
