const FIRST_MS = 25
/** So that statements go on well within a second after PostgreSQL is back. */
export const MAX_RECONNECT_DELAY_MS = 500

/**
 * Seconds that the driver waits before it connects again, by the number of attempts that failed since one was good. The driver counts
 * for all connections of a pool together; its own function reaches 20 seconds. `random` is from 0 to 1.
 */
export function reconnectDelay(retries: number, random: () => number = Math.random): number {
  const capped = Math.min(MAX_RECONNECT_DELAY_MS, FIRST_MS * 2 ** Math.min(retries, 16))
  return (capped * (0.5 + random() / 2)) / 1000
}
