export interface BackoffOptions {
  /** Milliseconds of the first delay. */
  readonly baseMs: number
  /** Milliseconds no delay exceeds. */
  readonly capMs: number
  readonly random?: () => number
}

/**
 * Delay before attempt `attempt` (from 0): exponential, capped, with full jitter
 * (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), never below half the base.
 */
export function backoff(attempt: number, options: BackoffOptions): number {
  const ceiling = Math.min(options.capMs, options.baseMs * 2 ** Math.min(attempt, 30))
  const random = options.random ?? Math.random
  return Math.max(options.baseMs / 2, random() * ceiling)
}
