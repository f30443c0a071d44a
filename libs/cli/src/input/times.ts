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

/** Milliseconds of a duration; a UsageError that names the flag and the `forms` for anything else. */
export function durationOf(flag: string, text: string, forms = '45s, 30m, 12h or 90d'): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new UsageError(`--${flag} takes a duration, not \`${text}\`.`, `Write it as ${forms}.`)
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
  if (moment <= now) throw new UsageError(`--${flag} is in the past.`, 'Give a later one.')
  return moment
}

/** A moment in the past: a duration before now (`2h`) or a date; a UsageError for anything else. */
export function pastMomentOf(flag: string, text: string, now = new Date()): Date {
  const ms = parseDuration(text)
  const moment = ms === undefined ? new Date(text) : new Date(now.getTime() - ms)
  if (!Number.isNaN(moment.getTime())) return moment
  throw new UsageError(
    `--${flag} takes a duration or a date, not \`${text}\`.`,
    'Write it as 2h (two hours ago) or 2030-01-31.',
  )
}

/** `2030-01-31 08:30` for tables, in the time zone of this machine; empty without a time. */
export function shortTime(time: string | undefined): string {
  if (time === undefined) return ''
  const at = new Date(time)
  if (Number.isNaN(at.getTime())) return time
  const two = (number: number): string => String(number).padStart(2, '0')
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}`
}

/** `17:40:22` for today, else `11-28 17:40`, in the time zone of this machine. */
export function clockTime(time: string | undefined, now = new Date()): string {
  if (time === undefined) return ''
  const [today, day] = [shortTime(now.toISOString()), shortTime(time)]
  if (day.slice(0, 10) !== today.slice(0, 10)) return day.slice(5)
  return `${day.slice(11)}:${String(new Date(time).getSeconds()).padStart(2, '0')}`
}
