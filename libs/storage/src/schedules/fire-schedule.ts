import { and, asc, eq, sql } from 'drizzle-orm'
import { inTransaction } from '../database/in-transaction.ts'
import { coded } from '../database/storage-error.ts'
import type { Db } from '../database/types.ts'
import { acceptQueuedCalls } from '../queue/accept-queued-calls.ts'
import type { NewQueuedCall, QueueingCaller } from '../queue/new-queued-call.ts'
import { abortQueuedCall } from '../queue/end-queued-calls.ts'
import { scheduleFirings } from '../schema/schedules/schedule-firings.ts'
import { schedules } from '../schema/schedules/schedules.ts'
import type { ScheduleRow } from '../schema/schedules/schedules.ts'
import { readDatabaseTime } from './schedules.ts'

/** Firings of one schedule that wait for the call before them. Further ones are skipped. */
const MAX_WAITING = 100

/** Active schedules that are due by the clock of the database, those that have been due for longest first. */
export function listDueSchedules(db: Db, limit: number): Promise<ScheduleRow[]> {
  return coded(() =>
    db
      .select()
      .from(schedules)
      .where(sql`${schedules.status} = 'active' and ${schedules.nextDueAt} <= now()`)
      .orderBy(asc(schedules.nextDueAt))
      .limit(limit),
  )
}

/** Schedules that are not paused, with a firing that waits while the calls of all earlier ones have ended. */
export function listReleasedSchedules(db: Db, limit: number): Promise<ScheduleRow[]> {
  return coded(() =>
    db
      .select()
      .from(schedules)
      .where(
        sql`${schedules.status} <> 'paused' and exists (select 1 from schedule_firings f where f.schedule_id = ${schedules.id} and f.status = 'waiting')
          and not exists (${running(sql`${schedules.id}`)})`,
      )
      .limit(limit),
  )
}

/** Calls of the firings of a schedule that have not ended. */
const running = (scheduleId: ReturnType<typeof sql>) => sql`
  select q.id from schedule_firings f join queued_calls q on q.id = f.call_id
  where f.schedule_id = ${scheduleId} and f.status = 'queued' and q.ended_at is null`

/** The times for which a schedule fires now, and the next one. */
export interface DueTimes {
  readonly dues: readonly Date[]
  /** The first time that passed without a firing of its own. */
  readonly missedFrom?: Date | undefined
  /** Undefined: the schedule has ended. */
  readonly next: Date | undefined
}

export interface FireOptions {
  readonly caller: QueueingCaller
  /** The call for one firing. */
  readonly makeCall: () => NewQueuedCall
  /** Which times are due, from the schedule and the clock of the database. */
  readonly dueTimes: (schedule: ScheduleRow, now: Date) => DueTimes
}

export interface Fired {
  readonly calls: readonly NewQueuedCall[]
  /** Attempts of earlier calls that are to be aborted where they run. */
  readonly aborted: readonly { readonly callId: string; readonly attemptCallId: string }[]
  readonly skipped: number
}

/**
 * Fires a schedule: for each due time a row, unique per schedule and time, and its queued call, in one transaction. Undefined when
 * another process fired it first, or when it is not due any more.
 */
export function fireSchedule(
  db: Db,
  seen: ScheduleRow,
  { caller, makeCall, dueTimes }: FireOptions,
): Promise<Fired | undefined> {
  return inTransaction(db, async (tx) => {
    const schedule = await lockDue(tx, seen)
    if (schedule === undefined) return undefined
    const now = await readDatabaseTime(tx)
    const { dues, next, missedFrom } = dueTimes(schedule, now)
    const calls: NewQueuedCall[] = []
    const aborted: { callId: string; attemptCallId: string }[] = []
    let skipped = 0
    for (const [at, dueAt] of dues.entries()) {
      const missed = at === 0 && missedFrom !== undefined ? { missedFrom } : {}
      // oxlint-disable-next-line no-await-in-loop -- each sees the calls of those before it
      const before = schedule.overlap === 'allow' ? [] : await runningCalls(tx, schedule.id)
      if (before.length > 0 && schedule.overlap !== 'cancel-previous') {
        // oxlint-disable-next-line no-await-in-loop -- as above
        const isFull = schedule.overlap === 'queue' && (await isQueueFull(tx, schedule.id))
        const row =
          schedule.overlap === 'queue' && !isFull
            ? ({ status: 'waiting' } as const)
            : ({ status: 'skipped', reason: isFull ? 'full' : 'overlap' } as const)
        if (row.status === 'skipped') skipped += 1
        // oxlint-disable-next-line no-await-in-loop -- as above
        await insertFiring(tx, { scheduleId: schedule.id, dueAt, ...missed, ...row })
        continue
      }
      for (const callId of before) {
        // oxlint-disable-next-line no-await-in-loop -- nearly always one
        const abort = await abortQueuedCall(tx, callId, 'The next firing of its schedule is due.')
        if (abort?.outcome === 'requested')
          aborted.push({ callId, attemptCallId: abort.attemptCallId })
      }
      const call = makeCall()
      // oxlint-disable-next-line no-await-in-loop -- as above
      const isNew = await insertFiring(tx, {
        scheduleId: schedule.id,
        dueAt,
        status: 'queued',
        callId: call.id,
        ...missed,
      })
      if (!isNew) continue
      // oxlint-disable-next-line no-await-in-loop -- as above
      await acceptQueuedCalls(tx, caller, [call], { isSameInput: () => true })
      calls.push(call)
    }
    await tx
      .update(schedules)
      .set(
        next === undefined
          ? { status: 'ended', nextDueAt: null }
          : { status: 'active', nextDueAt: next },
      )
      .where(eq(schedules.id, schedule.id))
    return { calls, aborted, skipped }
  })
}

/**
 * Queues the call of the oldest firing that waits, when no earlier call runs any more. Undefined when there is none, and when the schedule was
 * paused or changed since it was read.
 */
export function releaseFiring(
  db: Db,
  seen: ScheduleRow,
  { caller, makeCall }: Pick<FireOptions, 'caller' | 'makeCall'>,
): Promise<NewQueuedCall | undefined> {
  return inTransaction(db, async (tx) => {
    const scheduleId = seen.id
    const schedule = await lockSeenSchedule(tx, seen)
    if (schedule === undefined || schedule.status === 'paused') return undefined
    if ((await runningCalls(tx, scheduleId)).length > 0) return undefined
    const [waiting] = await tx
      .select({ id: scheduleFirings.id })
      .from(scheduleFirings)
      .where(
        and(eq(scheduleFirings.scheduleId, scheduleId), sql`${scheduleFirings.status} = 'waiting'`),
      )
      .orderBy(asc(scheduleFirings.dueAt))
      .limit(1)
    if (waiting === undefined) return undefined
    const call = makeCall()
    await acceptQueuedCalls(tx, caller, [call], { isSameInput: () => true })
    await tx
      .update(scheduleFirings)
      .set({ status: 'queued', callId: call.id })
      .where(eq(scheduleFirings.id, waiting.id))
    return call
  })
}

/** Queues a call of a schedule now, beside its times. */
export function fireManually(
  db: Db,
  scheduleId: string,
  { caller, makeCall }: Pick<FireOptions, 'caller' | 'makeCall'>,
): Promise<NewQueuedCall> {
  return inTransaction(db, async (tx) => {
    const call = makeCall()
    await acceptQueuedCalls(tx, caller, [call], { isSameInput: () => true })
    // Times of schedules are whole seconds, so that this one never takes the place of one of theirs.
    let ms = (await readDatabaseTime(tx)).getTime()
    const firing = { scheduleId, status: 'queued', callId: call.id, manual: true } as const
    for (let isNew = false; !isNew; ms += 1) {
      if (ms % 1000 === 0) ms += 1
      // oxlint-disable-next-line no-await-in-loop -- two requests within a millisecond are two firings
      isNew = await insertFiring(tx, { ...firing, dueAt: new Date(ms) })
    }
    return call
  })
}

/** Ends the firings of a schedule that wait. */
export function failWaitingFirings(tx: Db, scheduleId: string, reason: string): Promise<void> {
  return coded(async () => {
    await tx
      .update(scheduleFirings)
      .set({ status: 'failed', reason })
      .where(
        and(eq(scheduleFirings.scheduleId, scheduleId), sql`${scheduleFirings.status} = 'waiting'`),
      )
  })
}

/** Milliseconds until the next schedule is due, by the clock of the database; undefined when none is active. */
export function readNextDueMs(db: Db): Promise<number | undefined> {
  return coded(async () => {
    const [row] = (await db.execute(sql`
      select extract(epoch from min(next_due_at) - now())::double precision * 1000 as ms
      from schedules where status = 'active'`)) as unknown as { ms: number | null }[]
    return row?.ms ?? undefined
  })
}

async function lockDue(tx: Db, seen: ScheduleRow): Promise<ScheduleRow | undefined> {
  const [row] = await tx
    .select()
    .from(schedules)
    .where(
      and(
        eq(schedules.id, seen.id),
        sql`${schedules.status} = 'active' and ${schedules.nextDueAt} <= now()`,
        isSeen(seen),
      ),
    )
    .for('update', { skipLocked: true })
  return row
}

/** Locks a schedule whose rights and call are still those that were read. Undefined when they have changed, or it is deleted. */
export async function lockSeenSchedule(
  tx: Db,
  seen: ScheduleRow,
): Promise<ScheduleRow | undefined> {
  const [row] = await tx
    .select()
    .from(schedules)
    .where(and(eq(schedules.id, seen.id), isSeen(seen)))
    .for('update')
  return row
}

/** What was prepared for the schedule is still what it says. */
function isSeen({ grantId, input, operationName, depth, metadata, options }: ScheduleRow) {
  return and(
    sql`${schedules.grantId} is not distinct from ${grantId}`,
    eq(schedules.input, input),
    eq(schedules.operationName, operationName),
    eq(schedules.depth, depth),
    sql`${schedules.metadata} = ${JSON.stringify(metadata)}::text::jsonb`,
    sql`${schedules.options} = ${JSON.stringify(options)}::text::jsonb`,
  )
}

async function runningCalls(tx: Db, scheduleId: string): Promise<string[]> {
  const rows = (await tx.execute(running(sql`${scheduleId}`))) as unknown as { id: string }[]
  return rows.map(({ id }) => id)
}

async function isQueueFull(tx: Db, scheduleId: string): Promise<boolean> {
  const rows = await tx
    .select({ id: scheduleFirings.id })
    .from(scheduleFirings)
    .where(
      and(eq(scheduleFirings.scheduleId, scheduleId), sql`${scheduleFirings.status} = 'waiting'`),
    )
    .limit(MAX_WAITING)
  return rows.length === MAX_WAITING
}

async function insertFiring(tx: Db, firing: typeof scheduleFirings.$inferInsert): Promise<boolean> {
  const rows = await tx
    .insert(scheduleFirings)
    .values(firing)
    .onConflictDoNothing({ target: [scheduleFirings.scheduleId, scheduleFirings.dueAt] })
    .returning({ id: scheduleFirings.id })
  return rows.length > 0
}
