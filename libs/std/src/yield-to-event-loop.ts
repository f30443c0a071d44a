import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which to yield. */
const SLICE_MS = 8

/**
 * For long work in small pieces, in Node: await the returned function between two pieces. It lets other work of the process run once 8 ms have
 * passed since the last time, and rejects with the reason of the signal once that is aborted.
 */
export function eventLoopYielder(signal?: AbortSignal): () => Promise<void> {
  let since = performance.now()
  return async () => {
    signal?.throwIfAborted()
    if (performance.now() - since < SLICE_MS) return
    await nextTurn()
    signal?.throwIfAborted()
    since = performance.now()
  }
}

/**
 * Runs work whose steps are short in slices of some 8 ms, between which everything else of the process runs, in Node. Rejects with what the
 * work throws, and with the reason of the signal once that is aborted.
 */
export async function runInSlices<T>(steps: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  try {
    for (;;) {
      signal?.throwIfAborted()
      const end = performance.now() + SLICE_MS
      do {
        const { done, value } = steps.next()
        if (done === true) return value
      } while (performance.now() < end)
      await nextTurn()
    }
  } finally {
    // Of work that is not at its end: its `finally` runs.
    steps.return(undefined as never)
  }
}
