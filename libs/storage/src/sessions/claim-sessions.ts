import { sql } from 'drizzle-orm'
import { claimLostRows, claimRows, renewRows } from '../claims/claim-rows.ts'
import type {
  Claim,
  ClaimedTable,
  ClaimRequest,
  LostClaimRequest,
  RenewedClaim,
} from '../claims/claim-rows.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** A session whose claim this process holds for a turn. */
export type SessionClaim = Claim

const SESSIONS: ClaimedTable = {
  table: sql`sessions`,
  token: sql`turn_token`,
  // A session that is being spawned has no place yet; in the place of one that is merged nothing else works.
  isOpen: sql`(r.spawn_step is null or r.spawn_step = 'prompted') and r.merge_id is null`,
  onClaim: sql`waiting_on = null, state_since = now()`,
}

/** Claims sessions that are due (`claimRows`). */
export function claimSessions(db: Db, request: ClaimRequest): Promise<SessionClaim[]> {
  return claimRows(db, SESSIONS, request)
}

/** Takes over sessions whose holder let its lease end, except those named. */
export function claimLostSessions(db: Db, request: LostClaimRequest): Promise<SessionClaim[]> {
  return claimLostRows(db, SESSIONS, request)
}

/** Extends leases. A claim that is not in the answer is lost: another process holds the session, or its turn has ended. */
export function renewSessions(
  db: Db,
  held: readonly SessionClaim[],
  leaseMs: number,
): Promise<RenewedClaim[]> {
  return renewRows(db, SESSIONS, held, leaseMs)
}

/** Gives a session back, due at once: its holder stops. False when the claim was lost. */
export function releaseSession(
  db: Db,
  { id, token, workerInstanceId }: SessionClaim,
): Promise<boolean> {
  return coded(async () => {
    const rows = await db.execute(sql`
      update sessions set status = 'queued', state_since = now(), worker_instance_id = null, lease_until = null, wake_at = now(), updated_at = now()
      where id = ${id} and turn_token = ${token} and worker_instance_id = ${workerInstanceId} and status = 'running' returning id`)
    return rows.length > 0
  })
}

/** Makes a session due, in the transaction of what it may wait for; also when a process works on it, which then looks again. */
export function wakeSession(tx: Db, id: string): Promise<void> {
  return coded(async () => {
    await tx.execute(sql`
      update sessions set wake_seq = wake_seq + 1,
        wake_at = case when status in ('waiting', 'queued') then now() else wake_at end, updated_at = now()
      where id = ${id} and (turn_id is not null or status = 'queued')`)
  })
}

export interface SessionsState {
  /** Sessions that are due and not claimed. */
  readonly due: number
  readonly running: number
  readonly waiting: number
  /** Sessions that are running without a valid lease. */
  readonly lost: number
}

export function readSessionsState(db: Db): Promise<SessionsState> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select
        (select count(*)::int from (select 1 from sessions where lease_until is null and wake_at <= now() limit 10000) d) as due,
        (select count(*)::int from sessions where lease_until is not null) as running,
        (select count(*)::int from (select 1 from sessions where status = 'waiting' limit 10000) w) as waiting,
        (select count(*)::int from sessions where lease_until < now()) as lost`)) as unknown as SessionsState[]
    return row ?? { due: 0, running: 0, waiting: 0, lost: 0 }
  })
}
