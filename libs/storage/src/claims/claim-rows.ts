import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { interval, textArray } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/**
 * A table whose rows are worked on by one process at a time: `wake_at` says when a row is due, `lease_until` and `worker_instance_id` who holds
 * it, `wake_seq` counts its wake-ups.
 */
export interface ClaimedTable {
  readonly table: SQL
  /** The column that rises with each claim. */
  readonly token: SQL
  /** Which rows can be claimed at all, as a condition on `r`. */
  readonly isOpen: SQL
  /** What a claim sets beside status and lease. */
  readonly onClaim: SQL
}

/**
 * A row whose claim this process holds. Every write names all three: PostgreSQL gives a token a second time when it lost the first claim in a fail-over,
 * and then to another holder.
 */
export interface Claim {
  readonly id: string
  readonly token: number
  readonly workerInstanceId: string
}

export interface ClaimRequest {
  readonly workerInstanceId: string
  /** Milliseconds of the lease, by the clock of the database. */
  readonly leaseMs: number
  /** Rows at most. */
  readonly limit: number
  /** Rows of one account that are worked on at a time in the deployment. */
  readonly maxPerAccount: number
}

export interface LostClaimRequest extends Omit<ClaimRequest, 'maxPerAccount'> {
  /** Ids that are left out. */
  readonly except: readonly string[]
}

/** A claim that is still held, and what may have happened to the row. */
export interface RenewedClaim extends Claim {
  readonly wakeSeq: number
  /** False when a transaction had locked the row: the lease is as long as it was. */
  readonly isRenewed: boolean
}

/** Rows that are compared for one claim. */
const MOST_DUE = 1000

/**
 * Claims rows that are due: those of the account with the fewest claims first, then the one that has been due for longest. However many rows of an
 * account at its limit are due, they keep none of another account out.
 */
export function claimRows(
  db: Db,
  { table, token, isOpen, onClaim }: ClaimedTable,
  { workerInstanceId, leaseMs, limit, maxPerAccount }: ClaimRequest,
): Promise<Claim[]> {
  if (limit < 1) return Promise.resolve([])
  const isDue = sql`${isOpen} and r.lease_until is null and r.wake_at <= now()`
  return coded(async () =>
    claims(
      await db.execute(sql`
        with running as (
          select account_id, count(*)::int as n from ${table} where lease_until is not null group by 1),
        due as (
          select r.id, r.account_id, r.wake_at from ${table} r
          where ${isDue}
            and not exists (select 1 from running b where b.n >= ${maxPerAccount}::int and b.account_id is not distinct from r.account_id)
          order by r.wake_at limit ${MOST_DUE}::int),
        placed as (
          select d.id, d.wake_at,
            coalesce(b.n, 0) + row_number() over (partition by d.account_id order by d.wake_at, d.id) as place
          from due d left join running b on b.account_id is not distinct from d.account_id),
        picked as (
          select r.id from placed p join ${table} r on r.id = p.id
          where p.place <= ${maxPerAccount}::int and ${isDue}
          order by p.place, p.wake_at, p.id limit ${limit}::int for update of r skip locked)
        update ${table} r set status = 'running', ${token} = r.${token} + 1, worker_instance_id = ${workerInstanceId},
          lease_until = now() + ${interval(leaseMs)}, wake_at = null, ${onClaim}, updated_at = now()
        from picked where r.id = picked.id
        returning r.id, r.${token} as token, r.worker_instance_id as "workerInstanceId"`),
    ),
  )
}

/** Takes over rows whose holder let its lease end, except those named. */
export function claimLostRows(
  db: Db,
  { table, token }: ClaimedTable,
  { workerInstanceId, leaseMs, limit, except }: LostClaimRequest,
): Promise<Claim[]> {
  if (limit < 1) return Promise.resolve([])
  return coded(async () =>
    claims(
      await db.execute(sql`
        with lost as (
          select id from ${table}
          where lease_until < now() and id <> all(${textArray(except)})
          order by lease_until limit ${limit}::int for update skip locked)
        update ${table} r set ${token} = r.${token} + 1, worker_instance_id = ${workerInstanceId},
          lease_until = now() + ${interval(leaseMs)}, updated_at = now()
        from lost where r.id = lost.id
        returning r.id, r.${token} as token, r.worker_instance_id as "workerInstanceId"`),
    ),
  )
}

/**
 * Extends leases. A claim that is not in the answer is lost: another process holds the row, or the work on it has ended. Waits for no row that a transaction
 * has locked, so that one slow transaction costs no other row its lease.
 */
export function renewRows(
  db: Db,
  { table, token }: ClaimedTable,
  held: readonly Claim[],
  leaseMs: number,
): Promise<RenewedClaim[]> {
  if (held.length === 0) return Promise.resolve([])
  const ids = textArray(held.map(({ id }) => id))
  const tokens = textArray(held.map((claim) => String(claim.token)))
  const holders = textArray(held.map(({ workerInstanceId }) => workerInstanceId))
  return coded(async () => {
    const rows = (await db.execute(sql`
      with held as (
        select r.id, r.${token} as token, r.worker_instance_id as holder, r.wake_seq
        from unnest(${ids}, ${tokens}, ${holders}) as h(id, token, holder) join ${table} r on r.id = h.id
        where r.${token} = h.token::bigint and r.worker_instance_id = h.holder and r.status = 'running'),
      free as (
        select r.id from ${table} r join held on held.id = r.id
        where r.${token} = held.token and r.worker_instance_id = held.holder and r.status = 'running' for no key update of r skip locked),
      renewed as (
        update ${table} r set lease_until = now() + ${interval(leaseMs)} from free where r.id = free.id returning r.id)
      select held.id, held.token, held.holder as "workerInstanceId", held.wake_seq as "wakeSeq", renewed.id is not null as "isRenewed"
      from held left join renewed on renewed.id = held.id`)) as unknown as {
      id: string
      token: unknown
      workerInstanceId: string
      wakeSeq: unknown
      isRenewed: boolean
    }[]
    return rows.map((row) => ({
      id: row.id,
      token: Number(row.token),
      workerInstanceId: row.workerInstanceId,
      wakeSeq: Number(row.wakeSeq),
      isRenewed: row.isRenewed,
    }))
  })
}

function claims(rows: unknown): Claim[] {
  return (rows as (Omit<Claim, 'token'> & { token: unknown })[]).map((row) => ({
    ...row,
    token: Number(row.token),
  }))
}
