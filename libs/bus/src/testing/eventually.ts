import { sleep } from '@alkdev/std'

const PATIENCE_MS = 15_000

/** Waits until the assertions hold, long enough for a busy machine; then fails with the last failed assertion. */
export async function eventually<T>(assertions: () => T | Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await assertions()
    } catch (error) {
      if (performance.now() > until) throw error
      await sleep(10)
    }
  }
}
