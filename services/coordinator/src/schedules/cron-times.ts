import { CallError } from '@alkdev/operations'
import type { DueTimes, ScheduleRow } from '@alkdev/storage/schedules'
import { Cron } from 'croner'

/** Times that are made up for at once with the catch-up policy `all`. Older ones are skipped. */
const MAX_CATCH_UP = 100
/** Milliseconds by which a time may be late and still fires with the catch-up policy `none`. */
const LATE_MS = 60_000

const CRON_FIELDS = 5
const FIVE_FIELDS =
  'must be a cron expression with five fields (minute, hour, day of the month, month, day of the week), for instance `30 2 * * *`'

/** When a schedule fires: five cron fields in a time zone, or one instant. */
export type When = Pick<ScheduleRow, 'cron' | 'timeZone' | 'at'>

/**
 * Throws VALIDATION_ERROR for a cron expression or a time zone that is none. Times that a change of the clocks leaves out fire when the clocks
 * have changed; times that occur twice fire the first time. Expressions with `*` or steps in their time fire at all of them.
 */
function parseCron(cron: string, timeZone: string): Cron {
  // The parser takes a text with a colon for an instant.
  if (cron.includes(':')) throw invalid('/cron', FIVE_FIELDS)
  try {
    // oxlint-disable-next-line no-new -- only checked
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid('/timeZone', 'must be an IANA time zone, for instance Europe/Berlin')
  }
  try {
    return new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true })
  } catch (error) {
    if (cron.trim().split(/\s+/).length !== CRON_FIELDS) throw invalid('/cron', FIVE_FIELDS)
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : 'invalid'
    throw invalid('/cron', `is not a cron expression: ${reason}`)
  }
}

/** The times after an instant, `count` at most. */
export function timesAfter({ cron, timeZone, at }: When, after: Date, count: number): Date[] {
  if (cron === null) return at !== null && at > after ? [at] : []
  return parseCron(cron, timeZone).nextRuns(count, after)
}

/** The first time. Throws VALIDATION_ERROR for a schedule that never fires: an impossible date, or an instant that has passed. */
export function firstTime(when: When, now: Date): Date {
  const [first] = timesAfter(when, now, 1)
  if (first !== undefined) return first
  throw when.cron === null
    ? invalid('/at', 'must lie in the future')
    : invalid('/cron', 'never fires: there is no such date')
}

/** The times of a schedule that are due and fire by its catch-up policy, and the next one. */
export function dueTimes(
  schedule: Pick<ScheduleRow, 'cron' | 'timeZone' | 'at' | 'catchUp' | 'nextDueAt'>,
  now: Date,
): DueTimes {
  const { cron, timeZone, catchUp, nextDueAt } = schedule
  const [next] = timesAfter(schedule, now, 1)
  if (nextDueAt === null || nextDueAt > now) return { dues: [], next: nextDueAt ?? next }
  const most = catchUp === 'all' ? MAX_CATCH_UP : 1
  const due =
    cron === null ? [nextDueAt] : lastTimes(parseCron(cron, timeZone), nextDueAt, now, most)
  const isLate = (time: Date): boolean => now.getTime() - time.getTime() > LATE_MS
  const dues = catchUp === 'none' ? due.filter((time) => !isLate(time)) : due
  const [first] = dues
  const missedFrom = first === undefined || first > nextDueAt ? nextDueAt : undefined
  return { dues, next, ...(missedFrom !== undefined && { missedFrom }) }
}

/** The last `most` times from `from` to `now`, in order. `from` is one itself. */
function lastTimes(cron: Cron, from: Date, now: Date, most: number): Date[] {
  const justAfter = new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000)
  const times = cron
    .previousRuns(most, justAfter)
    .filter((time) => time >= from && time <= now)
    .toSorted((a, b) => a.getTime() - b.getTime())
  return times.length > 0 ? times : [from]
}

function invalid(path: string, message: string): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    `The schedule does not fit: ${path.slice(1)} ${message}.`,
    {
      errors: [{ path, message }],
    },
  )
}
