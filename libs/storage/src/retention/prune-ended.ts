import { sql } from 'drizzle-orm'
import type { SQL } from 'drizzle-orm'
import { interval } from '../database/sql-values.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'

/** Deletes rows of a statement's choice; gives how many. */
function prune(db: Db, statement: SQL): Promise<number> {
  return coded(async () => (await db.execute(statement)).count)
}

/** Deletes invitations that ended, or whose time was over without an answer, before `keptMs` milliseconds. At most `limit`; gives how many. */
export function pruneInvitations(db: Db, keptMs: number, limit: number): Promise<number> {
  return prune(
    db,
    sql`
      delete from organization_invitations where id in (
        select id from organization_invitations where coalesce(ended_at, expires_at) < now() - ${interval(keptMs)}
        order by id limit ${limit}::int)`,
  )
}

/**
 * Deletes schedules whose one time, or whose last, was before `keptMs` milliseconds, with their firings. One stays while a call of it waits or runs. At most
 * `limit`; gives how many.
 */
export function pruneSchedules(db: Db, keptMs: number, limit: number): Promise<number> {
  return prune(
    db,
    sql`
      delete from schedules where id in (
        select s.id from schedules s
        where s.status = 'ended' and s.updated_at < now() - ${interval(keptMs)}
          and not exists (
            select from schedule_firings f left join queued_calls q on q.id = f.call_id
            where f.schedule_id = s.id and (f.status = 'waiting' or q.ended_at is null and q.id is not null))
        order by s.id limit ${limit}::int for update of s skip locked)`,
  )
}

/** Deletes runs of checks that ended before `keptMs` milliseconds; the latest run of each task stays. At most `limit`; gives how many. */
export function pruneTaskChecks(db: Db, keptMs: number, limit: number): Promise<number> {
  return prune(
    db,
    sql`
      delete from task_checks where id in (
        select c.id from task_checks c
        where c.ended_at < now() - ${interval(keptMs)}
          and c.run_id <> (select n.run_id from task_checks n where n.task_id = c.task_id order by n.id desc limit 1)
        limit ${limit}::int)`,
  )
}

/** Deletes notes that a completed task made another one ready, which were taken before `keptMs` milliseconds. At most `limit`; gives how many. */
export function pruneTaskWakeups(db: Db, keptMs: number, limit: number): Promise<number> {
  return prune(
    db,
    sql`
      delete from task_wakeups where ctid = any(array(
        select ctid from task_wakeups where delivered_at < now() - ${interval(keptMs)} limit ${limit}::int))`,
  )
}

/** Deletes merges of no session that ended before `keptMs` milliseconds; those of a session go with it. At most `limit`; gives how many. */
export function pruneMerges(db: Db, keptMs: number, limit: number): Promise<number> {
  return prune(
    db,
    sql`
      delete from merge_queue where id in (
        select id from merge_queue where session_id is null and ended_at < now() - ${interval(keptMs)} limit ${limit}::int)`,
  )
}
