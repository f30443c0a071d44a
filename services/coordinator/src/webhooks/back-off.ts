const FIRST_MS = 5000
const LONGEST_MS = 4 * 3_600_000

/**
 * Milliseconds before the attempt after the `attempts`-th one: 5 s, then three times as long each time, up to four hours, spread by a tenth.
 * `random` is between 0 and 1.
 */
export function backOffMs(attempts: number, random: number = Math.random()): number {
  const ms = Math.min(LONGEST_MS, FIRST_MS * 3 ** Math.min(attempts - 1, 20))
  return Math.round(ms * (0.9 + random * 0.2))
}
