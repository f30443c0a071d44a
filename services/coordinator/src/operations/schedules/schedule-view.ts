import type { Schedule, ScheduleCallOptions } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { getSchedule, readDatabaseTime } from '@alkdev/storage/schedules'
import type { Db } from '@alkdev/storage'
import type { ScheduleRow } from '@alkdev/storage/schedules'
import { timesAfter } from '../../schedules/cron-times.ts'

/** Next times that are shown. */
const SHOWN_TIMES = 5

/** A schedule as the contract shows it. `now`: by the clock of the database. */
export function scheduleView(row: ScheduleRow, now: Date): Schedule {
  const { cron, at, pausedReason, nextDueAt } = row
  // A firing that is due and not yet made is still a next one.
  const after = nextDueAt !== null && nextDueAt <= now ? new Date(nextDueAt.getTime() - 1000) : now
  const next = row.status === 'active' ? timesAfter(row, after, SHOWN_TIMES) : []
  return {
    scheduleId: row.id,
    name: row.name,
    operationId: row.operationName,
    input: JSON.parse(row.input) as unknown,
    ...(cron !== null && { cron }),
    timeZone: row.timeZone,
    ...(at !== null && { at: at.toISOString() }),
    overlap: row.overlap,
    catchUp: row.catchUp,
    ...(row.options as ScheduleCallOptions),
    status: row.status,
    ...(pausedReason !== null && { pausedReason }),
    nextFirings: next.map((time) => time.toISOString()),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** The same, with the time of the database now. */
export async function viewSchedule(db: Db, row: ScheduleRow): Promise<Schedule> {
  return scheduleView(row, await readDatabaseTime(db))
}

/** A schedule of the caller's account. `lock`: for a change in the transaction. Throws SCHEDULE_NOT_FOUND (404). */
export async function scheduleOf(
  db: Db,
  caller: Identity,
  idOrName: string,
  lock = false,
): Promise<ScheduleRow> {
  const row = await getSchedule(db, caller.id, idOrName, lock)
  if (row !== undefined) return row
  throw new CallError(
    'SCHEDULE_NOT_FOUND',
    `There is no schedule ${idOrName}.`,
    { schedule: idOrName },
    { httpStatus: 404 },
  )
}
