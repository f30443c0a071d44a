import { sleep } from '@alkdev/std'

export interface RepeatOptions {
  /** Milliseconds between the end of one run of `work` and the next. */
  readonly everyMs: number
  /** Ends the repetition; a run that has begun ends by itself. */
  readonly signal: AbortSignal
  readonly onError: (error: unknown) => void
}

/** Runs `work` again and again, one run after the other, until `signal` aborts. Never rejects. */
export async function repeatUntil(
  { everyMs, signal, onError }: RepeatOptions,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one run after the other
      await work()
    } catch (error) {
      onError(error)
    }
    try {
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(everyMs, signal)
    } catch {
      return
    }
  }
}
