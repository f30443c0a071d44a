import { CodedError } from '@alkdev/errors'
import { must } from '@alkdev/std'
import { and, eq, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { Keyset } from '../paging/keyset.ts'
import type { Page, PageRequest } from '../paging/keyset.ts'
import type { QueueingCaller } from '../queue/new-queued-call.ts'
import { ensureGrant } from '../queue/ensure-grant.ts'
import type { ScheduleStatus } from '../schema/schedules/families.ts'
import { scheduleFirings } from '../schema/schedules/schedule-firings.ts'
import type { ScheduleFiringRow } from '../schema/schedules/schedule-firings.ts'
import { schedules } from '../schema/schedules/schedules.ts'
import type { ScheduleInsert, ScheduleRow } from '../schema/schedules/schedules.ts'

/** Schedules of one account. */
const MAX_SCHEDULES = 1000

/** What is stored of a schedule, beside whose it is. */
export type NewSchedule = Omit<
  ScheduleInsert,
  'id' | 'accountId' | 'grantId' | 'createdAt' | 'updatedAt' | 'status' | 'pausedReason'
>

/** The time by the clock of the database. */
export function readDatabaseTime(db: Db): Promise<Date> {
  return coded(async () => {
    const [row] = (await db.execute(
      sql`select extract(epoch from now())::double precision * 1000 as ms`,
    )) as unknown as { ms: number }[]
    return new Date(Math.floor(must(row).ms))
  })
}

/** Stores a schedule that fires with these rights. Throws CONFLICT for a name that is taken, and when the account has too many. */
export function createSchedule(
  tx: Db,
  caller: QueueingCaller,
  schedule: NewSchedule,
): Promise<ScheduleRow> {
  return inTransaction(tx, async (inner) => {
    const [counted] = await inner
      .select({ count: sql<number>`count(*)::int` })
      .from(schedules)
      .where(eq(schedules.accountId, caller.accountId))
    if ((counted?.count ?? 0) >= MAX_SCHEDULES)
      throw new CodedError('CONFLICT', `An account has at most ${MAX_SCHEDULES} schedules.`)
    const [row] = await inner
      .insert(schedules)
      .values({
        ...schedule,
        accountId: caller.accountId,
        grantId: await ensureGrant(inner, caller),
      })
      .onConflictDoNothing({ target: [schedules.accountId, schedules.name] })
      .returning()
    if (row !== undefined) return row
    throw new CodedError('CONFLICT', `There is a schedule ${schedule.name} already.`)
  })
}

/** One schedule of the account, by its id or name. `lock`: it does not change until the transaction ends. */
export function getSchedule(
  db: Db,
  accountId: string,
  idOrName: string,
  lock = false,
): Promise<ScheduleRow | undefined> {
  return coded(async () => {
    const query = db
      .select()
      .from(schedules)
      .where(
        and(
          eq(schedules.accountId, accountId),
          sql`(${schedules.id} = ${idOrName} or ${schedules.name} = ${idOrName})`,
        ),
      )
      // A name may look like an id.
      .orderBy(sql`${schedules.id} <> ${idOrName}`)
      .limit(1)
    const [row] = lock ? await query.for('update') : await query
    return row
  })
}

export type ScheduleChange = Partial<
  Omit<ScheduleInsert, 'id' | 'accountId' | 'grantId' | 'createdAt' | 'updatedAt'>
>

/** Changes a schedule; with a caller its calls have the rights of that caller from now on. */
export function updateSchedule(
  tx: Db,
  id: string,
  change: ScheduleChange,
  caller?: QueueingCaller,
): Promise<ScheduleRow> {
  return coded(async () => {
    const grantId = caller === undefined ? undefined : await ensureGrant(tx, caller)
    const [row] = await tx
      .update(schedules)
      .set({ ...change, ...(grantId !== undefined && { grantId }) })
      .where(eq(schedules.id, id))
      .returning()
    return must(row, 'the schedule')
  })
}

/** Deletes a schedule and its firings; calls that it queued stay. */
export function deleteSchedule(tx: Db, id: string): Promise<void> {
  return coded(async () => {
    await tx.delete(schedules).where(eq(schedules.id, id))
  })
}

export interface ListSchedules extends PageRequest {
  readonly accountId: string
  readonly status?: ScheduleStatus | undefined
}

/** The schedules of an account, the newest first. */
export function listSchedules(db: Db, request: ListSchedules): Promise<Page<ScheduleRow>> {
  return coded(async () => {
    const { accountId, status } = request
    const keyset = new Keyset([schedules.id], 'desc', ['schedules', accountId, status])
    const rows = await db
      .select()
      .from(schedules)
      .where(
        and(
          eq(schedules.accountId, accountId),
          status === undefined ? undefined : eq(schedules.status, status),
          keyset.after(request),
        ),
      )
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** The firings of a schedule, the newest first. */
export function listFirings(
  db: Db,
  request: PageRequest & { readonly scheduleId: string },
): Promise<Page<ScheduleFiringRow>> {
  return coded(async () => {
    const { scheduleId } = request
    const keyset = new Keyset([scheduleFirings.id], 'desc', ['firings', scheduleId])
    const rows = await db
      .select()
      .from(scheduleFirings)
      .where(and(eq(scheduleFirings.scheduleId, scheduleId), keyset.after(request)))
      .orderBy(...keyset.order)
      .limit(Keyset.limit(request))
    return keyset.page(rows, request, (row) => [row.id])
  })
}

/** Deletes firings older than `keptMs` milliseconds that do not wait. At most `limit`; gives how many. */
export function pruneFirings(db: Db, keptMs: number, limit: number): Promise<number> {
  return coded(async () => {
    const rows = await db.execute(sql`
      delete from schedule_firings where id in (
        select id from schedule_firings
        where created_at < now() - ${keptMs / 1000}::double precision * interval '1 second' and status <> 'waiting'
          and not exists (select from queued_calls q where q.id = schedule_firings.call_id and q.ended_at is null)
        order by created_at limit ${limit}::int)
      returning id`)
    return rows.length
  })
}
