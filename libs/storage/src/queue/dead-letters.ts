import { workflowRunOf } from '@alkdev/contracts'
import { and, isNull, not, sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import type { Metadata } from '../schema/common.ts'
import { queuedCalls } from '../schema/calls/queued-calls.ts'

/** The condition for the queued calls of steps: the metadata of these name their run. */
const isOfRun = sql`${queuedCalls.metadata} ? 'workflowRunId'`

/**
 * The condition for dead letters: calls that failed and were not repeated. A call of a step is none: its run repeats it, goes on without it,
 * or fails itself.
 */
export const isDeadLetter: SQL = and(
  // As the index is written.
  sql`${queuedCalls.status} = 'failed'`,
  isNull(queuedCalls.repeatedAs),
  not(isOfRun),
) as SQL

/** The run whose step a queued call is; undefined for any other call. */
export function runOfQueuedCall({ metadata }: { readonly metadata: Metadata }): string | undefined {
  return workflowRunOf(metadata)
}
