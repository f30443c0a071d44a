/** Milliseconds of a call without a time limit. */
export const DEFAULT_TIMEOUT_MS = 30_000
/** Maximum milliseconds of any call. */
export const MAX_TIMEOUT_MS = 600_000
/** Default for the maximum milliseconds between two items of a subscription. */
export const DEFAULT_IDLE_TIMEOUT_MS = 300_000
/** The maximum of a timer (24 days); longer waits are shortened to it. */
export const MAX_TIMER_MS = 2_147_483_647
