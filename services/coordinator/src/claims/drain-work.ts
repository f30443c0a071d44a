import { withTimeout } from '@alkdev/std'

/** Milliseconds before the end of the drain budget at which work is abandoned, so that its outcome can still be written. */
const ABANDON_MARGIN_MS = 3000

export interface DrainOptions {
  readonly signal: AbortSignal
  /** Milliseconds of the whole drain. */
  readonly budgetMs: number
  /** Milliseconds at most until `abandon` is called. Default: near the end of the budget, and not before its half. */
  readonly abandonWithinMs?: number | undefined
  /** Ends what still runs. Also called when `signal` aborts. */
  readonly abandon: () => void
  /** How much is still held. */
  readonly held: () => number
  /** Calls `resolve` when the last of it has ended. */
  readonly onIdle: (resolve: () => void) => void
  readonly what: string
}

/** Waits until nothing is held, or `signal` aborts. Never rejects. */
export async function drainWork(options: DrainOptions): Promise<void> {
  const { signal, budgetMs, abandonWithinMs = Infinity, abandon, held, onIdle, what } = options
  const nearEndMs = Math.max(budgetMs / 2, budgetMs - ABANDON_MARGIN_MS)
  const timer = setTimeout(abandon, Math.min(abandonWithinMs, nearEndMs))
  signal.addEventListener('abort', abandon, { once: true })
  if (signal.aborted) abandon()
  try {
    while (held() > 0 && !signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- until nothing is held
      await withTimeout(new Promise<void>(onIdle), {
        ms: budgetMs,
        what,
        signal,
        onTimeout: () => undefined,
      }).catch(() => undefined)
    }
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abandon)
  }
}
