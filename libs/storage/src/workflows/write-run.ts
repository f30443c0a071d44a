import type { CallFailure } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { and, eq, sql } from 'drizzle-orm'
import { askApproval } from '../approvals/ask-approval.ts'
import type { AskApproval } from '../approvals/ask-approval.ts'
import { lockOpenApprovals, withdrawApprovals } from '../approvals/end-approval.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import { raiseFinding, resolveFindings } from '../findings/findings.ts'
import type { NewFinding } from '../findings/findings.ts'
import { acceptQueuedCalls } from '../queue/accept-queued-calls.ts'
import type { NewQueuedCall, QueueingCaller } from '../queue/new-queued-call.ts'
import { ensureGrant } from '../queue/ensure-grant.ts'
import type { ApprovalRow } from '../schema/approvals/approvals.ts'
import { workflowRuns } from '../schema/workflows/workflow-runs.ts'
import type { RunClaim } from './claim-runs.ts'
import { insertRunEvents } from './run-events.ts'
import type { NewRunEvent } from './run-events.ts'
import type { RunRights } from './runs.ts'
import { takeSignals } from './signals.ts'

/** How a run ends. */
export interface RunEnd {
  readonly status: 'completed' | 'failed' | 'aborted'
  /** JSON. */
  readonly output?: string | undefined
  readonly error?: CallFailure | undefined
}

export interface RunWrite {
  /** Number of the last event that the holder knows. */
  readonly after: number
  readonly events: readonly NewRunEvent[]
  /** Calls that are queued for steps. */
  readonly queued?:
    | { readonly caller: QueueingCaller; readonly calls: readonly NewQueuedCall[] }
    | undefined
  /** What steps ask. */
  readonly asked?: readonly AskApproval[] | undefined
  /** Sent events that steps have taken. */
  readonly taken?: readonly string[] | undefined
  /** Either the run ends ... */
  readonly end?: RunEnd | undefined
  /** What the run has asked for as this subject type is withdrawn with its end. */
  readonly asksAs?: string | undefined
  /** A problem that is shown with its end. */
  readonly finding?: NewFinding | undefined
  /** ... or it waits, if nothing has happened since `wakeSeq`: until something does, or `afterMs` milliseconds are over. */
  readonly wait?: { readonly wakeSeq: number; readonly afterMs: number | undefined } | undefined
}

/**
 * `lost`: another process decides, nothing was written. `woken`: it was written, but something has happened that the holder has not seen; it
 * keeps the run.
 */
export type RunWritten =
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'written' | 'woken'
      readonly seq: number
      /** The approvals that were stored, and those that were withdrawn. */
      readonly asked: readonly ApprovalRow[]
      readonly withdrawn: readonly ApprovalRow[]
    }

/** Writes what the holder of a claim decided, in one transaction. */
export function writeRun(
  db: Db,
  { id, token, workerInstanceId }: RunClaim,
  write: RunWrite,
): Promise<RunWritten> {
  const { after, queued, asked = [], taken = [], end, wait, asksAs, finding } = write
  return inTransaction(db, async (tx) => {
    // Locked before the run, as an answer does it.
    if (end !== undefined && asksAs !== undefined) await lockOpenApprovals(tx, { type: asksAs, id })
    const [row] = await tx
      .select({ seq: workflowRuns.eventSeq, wakeSeq: workflowRuns.wakeSeq })
      .from(workflowRuns)
      .where(
        and(
          eq(workflowRuns.id, id),
          eq(workflowRuns.fencingToken, token),
          eq(workflowRuns.workerInstanceId, workerInstanceId),
          eq(workflowRuns.status, 'running'),
        ),
      )
      .for('no key update')
    if (row === undefined) return { kind: 'lost' }
    // The same was committed before, and its answer was lost.
    const isRepeated = row.seq === after + write.events.length
    const events = isRepeated ? [] : write.events
    await insertRunEvents(tx, id, row.seq, events)
    await takeSignals(tx, id, taken)
    if (queued !== undefined && queued.calls.length > 0 && !isRepeated)
      await acceptQueuedCalls(tx, queued.caller, queued.calls, { isSameInput: () => false })
    const approvals: ApprovalRow[] = []
    for (const ask of asked) {
      // oxlint-disable-next-line no-await-in-loop -- one connection
      const { approval, known } = await askApproval(tx, ask)
      if (!known) approvals.push(approval)
    }
    const withdrawn =
      end === undefined || asksAs === undefined
        ? []
        : await withdrawApprovals(tx, { type: asksAs, id })
    if (end !== undefined && finding !== undefined) await raiseFinding(tx, finding)
    const seq = row.seq + events.length
    const waits = wait !== undefined && wait.wakeSeq === row.wakeSeq ? wait : undefined
    const bytes = events.reduce((sum, { data }) => sum + data.length, 0)
    await tx
      .update(workflowRuns)
      .set({
        eventSeq: seq,
        logBytes: sql`${workflowRuns.logBytes} + ${bytes}`,
        ...(end !== undefined && {
          status: end.status,
          output: end.output ?? null,
          error: end.error === undefined ? null : JSON.stringify(end.error),
          endedAt: sql`now()`,
        }),
        ...(waits !== undefined && {
          status: 'waiting' as const,
          wakeAt:
            waits.afterMs === undefined
              ? null
              : sql`now() + ${waits.afterMs / 1000}::double precision * interval '1 second'`,
        }),
        ...((end !== undefined || waits !== undefined) && {
          workerInstanceId: null,
          leaseUntil: null,
        }),
      })
      .where(eq(workflowRuns.id, id))
    const kind = wait !== undefined && waits === undefined ? 'woken' : 'written'
    return { kind, seq, asked: approvals, withdrawn }
  })
}

/** Asks for the abort of a run; its holder, or the next one, does it. False when it has ended. Undefined when there is none. */
export function requestRunAbort(db: Db, id: string, reason: string): Promise<boolean | undefined> {
  return inTransaction(db, async (tx) => {
    const [row] = await tx
      .select({ endedAt: workflowRuns.endedAt })
      .from(workflowRuns)
      .where(eq(workflowRuns.id, id))
      .for('no key update')
    if (row === undefined) return undefined
    if (row.endedAt !== null) return false
    await tx.execute(sql`
      update workflow_runs set abort_requested_at = coalesce(abort_requested_at, now()), abort_reason = coalesce(abort_reason, ${reason}),
        wake_seq = wake_seq + 1, wake_at = case when status = 'running' then wake_at else now() end, updated_at = now()
      where id = ${id}`)
    return true
  })
}

export interface RunReopening {
  /** Number of the last event that is known. */
  readonly seq: number
  /** They say which steps are retried. */
  readonly events: readonly NewRunEvent[]
  /** Those of the run from now on. */
  readonly rights: RunRights
  /** Findings about the run as this subject type are closed. */
  readonly asksAs: string
}

/** Opens a run that failed again, if it still has that position. Throws CONFLICT when it has not failed, or another retry was faster. */
export function reopenRun(
  db: Db,
  id: string,
  { seq, events, rights: { caller, depth, metadata }, asksAs }: RunReopening,
): Promise<void> {
  return inTransaction(db, async (tx) => {
    const grantId = await ensureGrant(tx, caller)
    const rows = await tx.execute(sql`
      update workflow_runs set status = 'pending', ended_at = null, output = null, error = null, wake_at = now(), wake_seq = wake_seq + 1,
        grant_id = ${grantId}, depth = ${depth}::int, metadata = ${JSON.stringify(metadata)}::text::jsonb,
        event_seq = event_seq + ${events.length}::int, updated_at = now()
      where id = ${id} and account_id = ${caller.accountId} and status = 'failed' and event_seq = ${seq} returning id`)
    if (rows.length === 0)
      throw new CodedError('CONFLICT', 'The run has not failed, or is retried already.', {
        details: { runId: id },
      })
    await insertRunEvents(tx, id, seq, events)
    await resolveFindings(tx, { type: asksAs, id })
  })
}
