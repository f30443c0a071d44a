import type { BrokerContext } from '../context.ts'

/** Pause after a failure, to limit queries and log lines while the database is unreachable. */
const PAUSE_MS = 1000

/** Runs a job every `ms` milliseconds, one run at a time, when `due` returns true. A failure is logged, and the job pauses for a second. */
export function runEvery(
  context: BrokerContext,
  ms: number,
  job: { readonly what: string; due?(): boolean; run(): Promise<void> },
): void {
  const { runtime } = context
  let busy = false
  let pausedUntil = 0
  const timer = setInterval(() => {
    if (busy || performance.now() < pausedUntil || runtime.signal.aborted || job.due?.() === false)
      return
    busy = true
    void job
      .run()
      .catch((error: unknown) => {
        pausedUntil = performance.now() + PAUSE_MS
        runtime.logger.warn({ err: error }, `${job.what} failed`)
      })
      .finally(() => (busy = false))
  }, ms)
  runtime.onClose(job.what, () => clearInterval(timer))
}
