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

/** A run whose claim this process holds. */
export type RunClaim = Claim

const RUNS: ClaimedTable = {
  table: sql`workflow_runs`,
  token: sql`fencing_token`,
  isOpen: sql`r.ended_at is null`,
  onClaim: sql`started_at = coalesce(r.started_at, now())`,
}

/** Claims runs that are due (`claimRows`). */
export function claimRuns(db: Db, request: ClaimRequest): Promise<RunClaim[]> {
  return claimRows(db, RUNS, request)
}

/** Takes over runs whose holder let its lease end, except those named. */
export function claimLostRuns(db: Db, request: LostClaimRequest): Promise<RunClaim[]> {
  return claimLostRows(db, RUNS, request)
}

/** Extends leases. A claim that is not in the answer is lost: another process holds the run, or it has ended. */
export function renewRuns(
  db: Db,
  held: readonly RunClaim[],
  leaseMs: number,
): Promise<RenewedClaim[]> {
  return renewRows(db, RUNS, held, leaseMs)
}

/** Gives a run back, due at once: its holder stops. */
export function releaseRun(db: Db, { id, token, workerInstanceId }: RunClaim): Promise<void> {
  return coded(async () => {
    await db.execute(sql`
      update workflow_runs set status = 'pending', worker_instance_id = null, lease_until = null, wake_at = now(), updated_at = now()
      where id = ${id} and fencing_token = ${token} and worker_instance_id = ${workerInstanceId} and status = 'running'`)
  })
}

/** Makes a run due, in the transaction of what it may wait for; also when a process works on it, which then looks again. False when it has ended or is unknown. */
export function wakeWorkflowRun(tx: Db, id: string): Promise<boolean> {
  return coded(async () => {
    const rows = await tx.execute(sql`
      update workflow_runs set wake_seq = wake_seq + 1,
        wake_at = case when status = 'waiting' then now() else wake_at end, updated_at = now()
      where id = ${id} and ended_at is null returning id`)
    return rows.length > 0
  })
}

/** What may have happened to a run since its holder looked. */
export interface RunNews {
  readonly wakeSeq: number
  /** Null without a request; a request without a reason gives an empty text. */
  readonly abortReason: string | null
  /** Milliseconds since the epoch by the clock of the database. */
  readonly nowMs: number
}

export function readRunNews(db: Db, id: string): Promise<RunNews | undefined> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select wake_seq as "wakeSeq", case when abort_requested_at is null then null else coalesce(abort_reason, '') end as "abortReason",
        (extract(epoch from clock_timestamp()) * 1000)::double precision as "nowMs"
      from workflow_runs where id = ${id}`)) as unknown as (Omit<RunNews, 'wakeSeq'> & {
      readonly wakeSeq: unknown
    })[]
    return row && { ...row, wakeSeq: Number(row.wakeSeq) }
  })
}

export interface RunsState {
  /** Runs that are due and not claimed. */
  readonly due: number
  readonly running: number
  readonly waiting: number
}

export function readRunsState(db: Db): Promise<RunsState> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select
        (select count(*)::int from (select 1 from workflow_runs
          where ended_at is null and lease_until is null and wake_at <= now() limit 10000) d) as due,
        (select count(*)::int from workflow_runs where lease_until is not null) as running,
        (select count(*)::int from (select 1 from workflow_runs
          where ended_at is null and lease_until is null and status = 'waiting' limit 10000) w) as waiting`)) as unknown as RunsState[]
    return row ?? { due: 0, running: 0, waiting: 0 }
  })
}
