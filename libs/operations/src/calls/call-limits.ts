/** Milliseconds of a call for which no time was given. */
export const DEFAULT_TIMEOUT_MS = 30_000
/** Milliseconds that no call gets more than. */
export const MAX_TIMEOUT_MS = 600_000
/** Milliseconds between two items of a subscription, unless another time was given. */
export const DEFAULT_IDLE_TIMEOUT_MS = 300_000
/** What timers can take; longer waits are cut to it (24 days). */
export const MAX_TIMER_MS = 2_147_483_647
