import { METRICS } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import { readInvariants } from '@alkdev/storage/coordination'
import type { Invariants } from '@alkdev/storage/coordination'
import { repeatUntil } from './repeat-until.ts'

const EVERY_MS = 15_000

/** Counts what must not be there, for the metrics, each 15 s until draining begins. What is found is logged. */
export function keepInvariants(runtime: ServiceRuntime<'coordinator'>): void {
  const { db, logger, metrics, draining } = runtime
  let known: Invariants | undefined
  metrics.collect(METRICS.brokenInvariants, () => ({ ...known }))
  runtime.onReady('invariants', () => {
    const onError = (error: unknown): void =>
      logger.warn({ err: error }, 'the invariants could not be read')
    void repeatUntil({ everyMs: EVERY_MS, signal: draining, onError }, async () => {
      const now = await readInvariants(db)
      for (const [invariant, count] of Object.entries(now) as [keyof Invariants, number][])
        if (count > 0 && (known?.[invariant] ?? 0) === 0)
          logger.error({ invariant, count }, 'an invariant is broken')
      known = now
    })
  })
}
