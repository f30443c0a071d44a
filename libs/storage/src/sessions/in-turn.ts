import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { lockOpenApprovals } from '../approvals/end-approval.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { Db } from '../database/types.ts'
import type { SessionRow } from '../schema/sessions/sessions.ts'
import type { SessionClaim } from './claim-sessions.ts'

/** What a transaction of a turn knows of its session. */
export type LockedSession = Pick<SessionRow, 'id' | 'grantId' | 'wakeSeq'>

/** What a statement of a turn saw of its session when it locked it. */
export interface SeenSession {
  readonly wakeSeq: number
  /** The turn is to be aborted. */
  readonly isAborted: boolean
  readonly abortReason: string | null
}

/** The result of a write of a turn, or that another process has the session. */
export type InTurn<T> = { readonly kind: 'lost' } | { readonly kind: 'done'; readonly value: T }

/**
 * The first part of a statement that does what `inTurn` does, in one round trip: `held` has the session, locked, as long as the claim is held. What the
 * statement changes must depend on it.
 */
export function heldSession({ id, token, workerInstanceId }: SessionClaim): SQL {
  return sql`held as (
    select s.id, s.wake_seq, s.abort_requested_at is not null as is_aborted, s.abort_reason from sessions s
    where s.id = ${id} and s.turn_token = ${token}::bigint and s.worker_instance_id = ${workerInstanceId}
      and s.status = 'running' and s.lease_until > now()
    for no key update)`
}

/** Columns of the answer of such a statement, from `held h`. */
export const SEEN = sql`h.wake_seq as "wakeSeq", h.is_aborted as "isAborted", h.abort_reason as "abortReason"`

/** The columns, as the driver gives them. */
export interface SeenColumns {
  readonly wakeSeq: unknown
  readonly isAborted: boolean
  readonly abortReason: string | null
}

export function seenOf({ wakeSeq, isAborted, abortReason }: SeenColumns): SeenSession {
  return { wakeSeq: Number(wakeSeq), isAborted, abortReason }
}

/**
 * Runs a transaction of a turn. It begins by locking the session under the token and the holder of the claim and a lease that has not ended; when there is no
 * such row, nothing is run. `subject`: its open approvals are locked before, as an answer does it.
 */
export function inTurn<T>(
  db: Db,
  { id, token, workerInstanceId }: SessionClaim,
  work: (tx: Db, session: LockedSession) => Promise<T>,
  subject?: { readonly type: string; readonly id: string },
): Promise<InTurn<T>> {
  return inTransaction(db, async (tx) => {
    if (subject !== undefined) await lockOpenApprovals(tx, subject)
    const [row] = (await tx.execute(sql`
      select grant_id as "grantId", wake_seq as "wakeSeq" from sessions
      where id = ${id} and turn_token = ${token}::bigint and worker_instance_id = ${workerInstanceId}
        and status = 'running' and lease_until > now()
      for no key update`)) as unknown as { grantId: string | null; wakeSeq: unknown }[]
    if (row === undefined) return { kind: 'lost' }
    const session = { id, grantId: row.grantId, wakeSeq: Number(row.wakeSeq) }
    return { kind: 'done', value: await work(tx, session) }
  })
}
