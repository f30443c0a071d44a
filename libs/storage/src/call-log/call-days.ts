import { lowestIdOf } from './call-ids.ts'

export const DAY_MS = 86_400_000
/** Schema of the partitions. */
export const DAYS_SCHEMA = 'call_log_days'
/** The default partition: ids of days without a partition, and ids that are not UUIDv7. */
export const REST = `${DAYS_SCHEMA}.rest`

const NAME = /^d(\d{4})(\d{2})(\d{2})$/

/** One day (UTC) of the call log. */
export interface CallDay {
  /** Name of its partition, for instance `d20261128`. */
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  /** The first id of the day. */
  readonly from: string
  /** The first id of the next day. */
  readonly to: string
}

/** The day of an instant, in milliseconds since the epoch. */
export function callDay(ms: number): CallDay {
  const startMs = Math.floor(ms / DAY_MS) * DAY_MS
  const endMs = startMs + DAY_MS
  const name = `d${new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '')}`
  return { name, startMs, endMs, from: lowestIdOf(startMs), to: lowestIdOf(endMs) }
}

/** The day of a partition; undefined when the name is not one of a day's partition. */
export function callDayOf(name: string): CallDay | undefined {
  const [, year, month, date] = NAME.exec(name) ?? []
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(date))
  return Number.isNaN(ms) ? undefined : callDay(ms)
}
