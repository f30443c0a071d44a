import { UsageError } from '../failure.ts'

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of `45s`, `30m`, `12h` or `90d`; undefined for any other text. */
export function parseDuration(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const factor = unitMs[unit]
  return factor === undefined ? undefined : Number(digits) * factor
}

/** Milliseconds of a duration; a UsageError that names the flag for anything else. */
export function durationOf(flag: string, text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new UsageError(
    `--${flag} takes a duration, not \`${text}\`.`,
    'Write it as 45s, 30m, 12h or 90d.',
  )
}

/** A moment: a duration from now on (`90d`) or a date; a UsageError for anything else and for the past. */
export function momentOf(flag: string, text: string, now = new Date()): Date {
  const ms = parseDuration(text)
  const moment = ms === undefined ? new Date(text) : new Date(now.getTime() + ms)
  if (Number.isNaN(moment.getTime()))
    throw new UsageError(
      `--${flag} takes a duration or a date, not \`${text}\`.`,
      'Write it as 90d or 2030-01-31.',
    )
  if (moment <= now) throw new UsageError(`--${flag} lies in the past.`, 'Give a later one.')
  return moment
}

/** `2030-01-31 08:30` (UTC) for tables; empty without a time. */
export function shortTime(time: string | undefined): string {
  return time === undefined ? '' : time.slice(0, 16).replace('T', ' ')
}
