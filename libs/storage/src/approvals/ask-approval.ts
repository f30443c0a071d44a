import { compact, must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { approvals } from '../schema/approvals/approvals.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import type { ApprovalDecision, ApprovalKind } from '../schema/approvals/families.ts'

/** Milliseconds until the deadline of an approval that names none. */
const DEFAULT_DEADLINE_MS = 24 * 3600 * 1000

/** What is asked, and of whom. */
export interface AskApproval {
  /** With an id, asking again gives the approval that is there. */
  readonly id?: string | undefined
  readonly kind: ApprovalKind
  /** What asks: its type and its id. The hook of this type wakes it. */
  readonly subject: { readonly type: string; readonly id: string }
  /** For people; 1 to 4,096 characters. */
  readonly question: string
  /** What helps to decide; stored as JSON. */
  readonly details?: unknown
  /** The exact call that is asked for. */
  readonly operation?: {
    readonly name: string
    readonly schemaHash: string
    readonly inputHash: string
  }
  /** Whose work it is. */
  readonly accountId: string
  readonly orgId?: string | undefined
  /** The session that asks. */
  readonly sessionId?: string | undefined
  /** `account:<id>` and `session:<id>`. Default: the account, and members of the organization. */
  readonly askedOf?: readonly string[] | undefined
  /** Milliseconds from now, by the clock of the database. Default: 24 hours. */
  readonly deadlineMs?: number | undefined
  /** What counts after the deadline. Default: `deny`. */
  readonly defaultDecision?: ApprovalDecision | undefined
}

/** Stores a question in the caller's transaction. `known`: the approval of this id was there already. */
export function askApproval(
  tx: Db,
  ask: AskApproval,
): Promise<{ readonly approval: ApprovalRow; readonly known: boolean }> {
  return coded(async () => {
    const { subject, operation, details, deadlineMs = DEFAULT_DEADLINE_MS } = ask
    const [made] = await tx
      .insert(approvals)
      .values({
        ...compact({ id: ask.id }),
        kind: ask.kind,
        subjectType: subject.type,
        subjectId: subject.id,
        accountId: ask.accountId,
        orgId: ask.orgId ?? null,
        sessionId: ask.sessionId ?? null,
        question: ask.question,
        details: details === undefined ? null : JSON.stringify(details),
        operationName: operation?.name ?? null,
        schemaHash: operation?.schemaHash ?? null,
        inputHash: operation?.inputHash ?? null,
        askedOf: [...(ask.askedOf ?? [])],
        deadline: sql`now() + ${deadlineMs / 1000}::double precision * interval '1 second'`,
        ...compact({ defaultDecision: ask.defaultDecision }),
      })
      .onConflictDoNothing({ target: approvals.id })
      .returning()
    if (made !== undefined) return { approval: made, known: false }
    const [there] = await tx
      .select()
      .from(approvals)
      .where(
        and(
          eq(approvals.id, must(ask.id)),
          eq(approvals.subjectType, subject.type),
          eq(approvals.subjectId, subject.id),
        ),
      )
    return { approval: must(there, 'the approval of this id and subject'), known: true }
  })
}

/**
 * Asks others for the answer of an approval; its deadline stays. Undefined when it is not open any more. In a transaction that has locked the
 * approval before its session.
 */
export function askOthers(
  tx: Db,
  approvalId: string,
  askedOf: readonly string[],
): Promise<ApprovalRow | undefined> {
  return coded(async () => {
    const [row] = await tx
      .update(approvals)
      .set({ askedOf: [...askedOf] })
      .where(and(eq(approvals.id, approvalId), eq(approvals.status, 'open')))
      .returning()
    return row
  })
}
