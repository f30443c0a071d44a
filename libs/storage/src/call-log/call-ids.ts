const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** True for a UUID of any version, as a column of type `uuid` accepts it. */
export function isUuid(text: string | undefined): text is string {
  return text?.length === 36 && UUID.test(text)
}

/** The lowest UUIDv7 of a millisecond since the epoch (0 to 2^48 - 1; other values are clamped). */
export function lowestIdOf(ms: number): string {
  const whole = Math.min(Math.max(Math.floor(ms), 0), 2 ** 48 - 1)
  const hex = whole.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
