const FIRST_MS = 25
/** Maximum seconds: statements work again well within a second after PostgreSQL is back. */
export const MAX_RECONNECT_DELAY_MS = 500

/**
 * Seconds that the driver waits before it connects again, by the number of failed attempts since the last successful one. The driver counts
 * for all connections of a pool together; its own function reaches 20 seconds. `random` is from 0 to 1.
 */
export function reconnectDelay(retries: number, random: () => number = Math.random): number {
  const capped = Math.min(MAX_RECONNECT_DELAY_MS, FIRST_MS * 2 ** Math.min(retries, 16))
  return (capped * (0.5 + random() / 2)) / 1000
}
