import { sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { textArray } from '../database/sql-values.ts'
import type { Db } from '../database/types.ts'
import { isDeadLetter } from './dead-letters.ts'
import { ensureGrant } from './ensure-grant.ts'
import { callRows, insertCalls } from './new-queued-call.ts'
import type { NewQueuedCall, QueueingCaller } from './new-queued-call.ts'

/** A call that repeats one that failed. It has no idempotency key of its own. */
export interface RepeatedCall {
  readonly call: NewQueuedCall
  /** The id of the call that failed. */
  readonly repeats: string
}

/**
 * Queues calls in the place of dead letters of the account, in one transaction. Gives the ids of the dead letters that were repeated: of any other nothing is written, because
 * it is none, or none any more. The rows are locked in the order of their ids.
 */
export function repeatQueuedCalls(
  db: Db,
  caller: QueueingCaller,
  repeated: readonly RepeatedCall[],
): Promise<ReadonlySet<string>> {
  if (repeated.length === 0) return Promise.resolve(new Set())
  return inTransaction(db, async (tx) => {
    const { accountId } = caller
    const ids = textArray(repeated.map(({ repeats }) => repeats))
    const newIds = textArray(repeated.map(({ call }) => call.id))
    const rows = await tx.execute<{ id: string }>(sql`
      with given as materialized (select id, repeated_as from unnest(${ids}, ${newIds}) as g(id, repeated_as)),
      held as materialized (
        select queued_calls.id, given.repeated_as from given join queued_calls using (id)
        where queued_calls.account_id = ${accountId} and ${isDeadLetter} order by queued_calls.id for update of queued_calls)
      update queued_calls set repeated_as = held.repeated_as, updated_at = now() from held where queued_calls.id = held.id
      returning queued_calls.id`)
    const marked = new Set(rows.map(({ id }) => id))
    const calls = repeated.filter(({ repeats }) => marked.has(repeats))
    if (calls.length > 0) {
      const grantId = await ensureGrant(tx, caller)
      const from = callRows(calls.map(({ call }) => ({ accountId, call })))
      await tx.execute(insertCalls(from, sql`${grantId}::text`))
    }
    return marked
  })
}
