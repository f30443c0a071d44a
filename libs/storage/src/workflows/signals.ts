import { CodedError } from '@alkdev/errors'
import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { workflowRuns } from '../schema/workflows/workflow-runs.ts'
import { workflowSignals } from '../schema/workflows/workflow-signals.ts'
import { wakeWorkflowRun } from './claim-runs.ts'

/** The name of an event that a step has taken: its id stays, so that it is not taken again when it is sent again. No event can be sent with it. */
const TAKEN = ''

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
 * Stores an event for a run and makes the run due. The same id again changes nothing, also when a step has taken the event. Throws CONFLICT when the run
 * has ended, when too many events wait in it already, and when the id stands for an event of another run or name.
 */
export function sendSignal(db: Db, signal: NewSignal): Promise<void> {
  return inTransaction(db, async (tx) => {
    // Locked first: a run that ends takes no event, and the count is exact.
    const [run] = await tx
      .select({ endedAt: workflowRuns.endedAt })
      .from(workflowRuns)
      .where(eq(workflowRuns.id, signal.runId))
      .for('no key update')
    const ended = { details: { runId: signal.runId } }
    if (run === undefined) throw new CodedError('CONFLICT', 'The run has ended.', ended)
    if (await isKnown(tx, signal)) return
    if (run.endedAt !== null) throw new CodedError('CONFLICT', 'The run has ended.', ended)
    const [waiting] = await tx
      .select({ n: sql<number>`count(*)::int` })
      .from(workflowSignals)
      .where(and(eq(workflowSignals.runId, signal.runId), ne(workflowSignals.name, TAKEN)))
    if ((waiting?.n ?? 0) >= MAX_SIGNALS)
      throw new CodedError('CONFLICT', `${MAX_SIGNALS} events wait in the run already.`)
    const made = await tx
      .insert(workflowSignals)
      .values(signal)
      .onConflictDoNothing()
      .returning({ id: workflowSignals.id })
    // Sent to another run at the same moment.
    if (made.length === 0) throw anotherEvent()
    await wakeWorkflowRun(tx, signal.runId)
  })
}

/** Throws CONFLICT when the id stands for another event. */
async function isKnown(tx: Db, { id, runId, name }: NewSignal): Promise<boolean> {
  const [known] = await tx
    .select({ runId: workflowSignals.runId, name: workflowSignals.name })
    .from(workflowSignals)
    .where(eq(workflowSignals.id, id))
  if (known === undefined) return false
  if (known.runId === runId && (known.name === name || known.name === TAKEN)) return true
  throw anotherEvent()
}

function anotherEvent(): CodedError {
  return new CodedError('CONFLICT', 'This signal id stands for another event.')
}

/** Marks events of a run as taken, in the transaction that logs what takes them. */
export async function takeSignals(tx: Db, runId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .update(workflowSignals)
    .set({ name: TAKEN, data: '' })
    .where(and(eq(workflowSignals.runId, runId), inArray(workflowSignals.id, [...ids])))
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
