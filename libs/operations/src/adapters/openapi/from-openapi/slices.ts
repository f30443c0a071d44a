import { setImmediate } from 'node:timers/promises'

/** Milliseconds of work before the event loop gets a turn. */
const SLICE_MS = 8

/** Runs a piece of work to its end in one go. */
export function runAtOnce<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Runs the same work in slices of some milliseconds, between which everything else of the process runs. Rejects with what the work throws. */
export async function runInSlices<T>(steps: Generator<void, T>): Promise<T> {
  for (;;) {
    const end = performance.now() + SLICE_MS
    do {
      const { done, value } = steps.next()
      if (done === true) return value
    } while (performance.now() < end)
    await setImmediate()
  }
}
