import { and, eq, inArray, sql } from 'drizzle-orm'
import type { SQL, SQLWrapper } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import type { ApprovalDecision, ApprovalScope } from '../schema/approvals/families.ts'

/**
 * Wakes what asked, in the transaction that ends the approval: both happen, or neither. The function that it may give runs after
 * the commit.
 */
export type OnApprovalEnd = (
  tx: Db,
  approval: ApprovalRow,
  // oxlint-disable-next-line typescript/no-invalid-void-type -- most hooks have nothing to do after the commit
) => Promise<(() => void) | void>

export interface ApprovalAnswer {
  readonly decision: ApprovalDecision
  readonly answer?: string | undefined
  readonly scope?: ApprovalScope | undefined
  readonly resourcePattern?: string | undefined
  readonly accountId: string
  readonly sessionId?: string | undefined
}

export interface AnswerOptions {
  /** Throws when the approval may not be answered. It holds while the answer is written: the row is locked. */
  readonly check: (tx: Db, approval: ApprovalRow) => Promise<void>
  readonly onEnd: OnApprovalEnd
}

/** What became of an answer. `ended`: it had been answered or withdrawn, or its deadline was over. */
export type AnswerOutcome =
  | { readonly outcome: 'answered'; readonly approval: ApprovalRow }
  | { readonly outcome: 'ended'; readonly approval: ApprovalRow; readonly expiredNow: boolean }

/**
 * Answers an approval, if it is open and its deadline is not over by the clock of the database. The first answer counts. One whose
 * deadline is over gets its default. Undefined when there is none.
 */
export async function answerApproval(
  db: Db,
  id: string,
  { decision, answer, scope, resourcePattern, accountId, sessionId }: ApprovalAnswer,
  { check, onEnd }: AnswerOptions,
): Promise<AnswerOutcome | undefined> {
  const ended = await inTransaction(db, async (tx) => {
    const found = await lock(tx, id)
    if (found === undefined) return undefined
    await check(tx, found.approval)
    if (found.approval.status !== 'open')
      return { outcome: 'ended' as const, approval: found.approval, expiredNow: false }
    if (found.isOver) {
      const { approval, after } = await expire(tx, id, onEnd)
      return { outcome: 'ended' as const, approval, expiredNow: true, after }
    }
    const [approval] = await tx
      .update(approvals)
      .set({
        status: 'answered',
        decision,
        answer: answer ?? null,
        scope: scope ?? 'once',
        resourcePattern: resourcePattern ?? null,
        answeredBy: accountId,
        answeredBySession: sessionId ?? null,
        endedAt: sql`now()`,
      })
      .where(eq(approvals.id, id))
      .returning()
    if (approval === undefined) return undefined
    return { outcome: 'answered' as const, approval, after: await onEnd(tx, approval) }
  })
  if (ended === undefined) return undefined
  const { after, ...outcome } = { after: undefined, ...ended }
  after?.()
  return outcome
}

/** Gives an open approval whose deadline is over its default. Undefined when there is none any more. */
export async function expireApproval(
  db: Db,
  id: string,
  onEnd: OnApprovalEnd,
): Promise<ApprovalRow | undefined> {
  const expired = await inTransaction(db, async (tx) => {
    const found = await lock(tx, id)
    if (found === undefined || found.approval.status !== 'open' || !found.isOver) return undefined
    return expire(tx, id, onEnd)
  })
  expired?.after?.()
  return expired?.approval
}

/** Ids of open approvals whose deadline is over, the oldest deadline first. */
export function findOverdueApprovals(db: Db, limit: number): Promise<string[]> {
  return coded(async () => {
    const rows = await db
      .select({ id: approvals.id })
      .from(approvals)
      .where(sql`${approvals.status} = 'open' and ${approvals.deadline} <= now()`)
      .orderBy(approvals.deadline)
      .limit(limit)
    return rows.map(({ id }) => id)
  })
}

/** Ends the open approvals of a subject that needs no answer any more, in the caller's transaction. Gives them. */
export function withdrawApprovals(
  tx: Db,
  subject: { readonly type: string; readonly id: string },
): Promise<ApprovalRow[]> {
  return withdraw(tx, subject.type, eq(approvals.subjectId, subject.id))
}

/** The same for several subjects of one type. */
export function withdrawApprovalsOfSubjects(
  tx: Db,
  type: string,
  ids: readonly string[],
): Promise<ApprovalRow[]> {
  return withdraw(tx, type, inArray(approvals.subjectId, [...ids]))
}

/** The same for all subjects of one type whose ids a query selects. */
export function withdrawApprovalsOf(tx: Db, type: string, ids: SQLWrapper): Promise<ApprovalRow[]> {
  return withdraw(tx, type, inArray(approvals.subjectId, ids))
}

function withdraw(tx: Db, type: string, subjects: SQL | undefined): Promise<ApprovalRow[]> {
  return coded(() =>
    tx
      .update(approvals)
      .set({ status: 'withdrawn', endedAt: sql`now()` })
      .where(and(eq(approvals.subjectType, type), subjects, eq(approvals.status, 'open')))
      .returning(),
  )
}

/** Locks the open approvals of a subject until the transaction ends. */
export function lockOpenApprovals(
  tx: Db,
  subject: { readonly type: string; readonly id: string },
): Promise<void> {
  return lockApprovalsOfSubjects(tx, subject.type, [subject.id])
}

/** The same for several subjects of one type. */
export function lockApprovalsOfSubjects(
  tx: Db,
  type: string,
  ids: readonly string[],
): Promise<void> {
  return coded(async () => {
    await tx
      .select({ id: approvals.id })
      .from(approvals)
      .where(
        and(
          eq(approvals.subjectType, type),
          inArray(approvals.subjectId, [...ids]),
          eq(approvals.status, 'open'),
        ),
      )
      .orderBy(approvals.id)
      .for('update')
  })
}

async function lock(
  tx: Db,
  id: string,
): Promise<{ readonly approval: ApprovalRow; readonly isOver: boolean } | undefined> {
  const [row] = await tx
    .select({ approval: approvals, isOver: sql<boolean>`${approvals.deadline} <= now()` })
    .from(approvals)
    .where(eq(approvals.id, id))
    .for('update')
  return row
}

async function expire(
  tx: Db,
  id: string,
  onEnd: OnApprovalEnd,
): Promise<{ readonly approval: ApprovalRow; readonly after: (() => void) | undefined }> {
  const [approval] = await tx
    .update(approvals)
    .set({
      status: 'expired',
      decision: sql`${approvals.defaultDecision}`,
      endedAt: sql`now()`,
    })
    .where(eq(approvals.id, id))
    .returning()
  if (approval === undefined) throw new Error('the approval is locked and must be there')
  return { approval, after: (await onEnd(tx, approval)) ?? undefined }
}
