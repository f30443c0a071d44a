import { CodedError } from '@alkdev/errors'
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { workflowRuns } from '../schema/workflows/workflow-runs.ts'
import { workflowSignals } from '../schema/workflows/workflow-signals.ts'
import { wakeWorkflowRun } from './claim-runs.ts'

/** Events that may wait in a run for their steps. */
export const MAX_SIGNALS = 1000

export interface NewSignal {
  readonly id: string
  readonly runId: string
  readonly name: string
  /** JSON. */
  readonly data: string
}

/**
 * Stores an event for a run and makes the run due. The same id again changes nothing. Throws CONFLICT when the run has ended, and when too many
 * events wait in it already.
 */
export function sendSignal(db: Db, signal: NewSignal): Promise<void> {
  return inTransaction(db, async (tx) => {
    // Locked first: a run that ends takes no event, and the count is exact.
    const [run] = await tx
      .select({ endedAt: workflowRuns.endedAt })
      .from(workflowRuns)
      .where(eq(workflowRuns.id, signal.runId))
      .for('no key update')
    if (run === undefined || run.endedAt !== null)
      throw new CodedError('CONFLICT', 'The run has ended.', { details: { runId: signal.runId } })
    const [waiting] = await tx
      .select({ n: sql<number>`count(*)::int` })
      .from(workflowSignals)
      .where(eq(workflowSignals.runId, signal.runId))
    if ((waiting?.n ?? 0) >= MAX_SIGNALS)
      throw new CodedError('CONFLICT', `${MAX_SIGNALS} events wait in the run already.`)
    await tx.insert(workflowSignals).values(signal).onConflictDoNothing()
    await wakeWorkflowRun(tx, signal.runId)
  })
}

export interface WaitingSignal {
  readonly id: string
  readonly name: string
  readonly data: string
}

/** Events of these names that wait in a run, the oldest first. */
export function readSignals(
  db: Db,
  runId: string,
  names: readonly string[],
): Promise<WaitingSignal[]> {
  if (names.length === 0) return Promise.resolve([])
  return coded(() =>
    db
      .select({ id: workflowSignals.id, name: workflowSignals.name, data: workflowSignals.data })
      .from(workflowSignals)
      .where(and(eq(workflowSignals.runId, runId), inArray(workflowSignals.name, [...names])))
      .orderBy(asc(workflowSignals.createdAt), asc(workflowSignals.id))
      .limit(MAX_SIGNALS),
  )
}
