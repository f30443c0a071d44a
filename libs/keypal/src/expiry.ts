/** Milliseconds since the epoch; `Infinity` for none. A text that is not a time counts as expired, so that an unreadable expiry denies access. */
export function getExpirationTime(expiresAt: string | null | undefined): number {
  if (expiresAt === null || expiresAt === undefined) return Number.POSITIVE_INFINITY
  const time = Date.parse(expiresAt)
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time
}

/** True from the moment of expiry on, and for what can't be read as a time. */
export function isExpired(
  expiresAt: string | null | undefined,
  nowMs: number = Date.now(),
): boolean {
  return getExpirationTime(expiresAt) <= nowMs
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of `30d`, `12h`, `15m`, `90s`, `2w`, or of a number of milliseconds; undefined when it is none of these. */
export function durationMs(duration: string | number): number | undefined {
  if (typeof duration === 'number')
    return Number.isFinite(duration) && duration > 0 ? duration : undefined
  if (typeof duration !== 'string') return undefined
  const [, digits = '', unit = ''] = /^([1-9][0-9]{0,5})([smhdw])$/.exec(duration) ?? []
  const factor = UNITS[unit]
  return factor === undefined ? undefined : Number(digits) * factor
}
