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
