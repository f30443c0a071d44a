import { conformanceCases } from './conformance/cases.ts'
import type { ConformanceHarness } from './conformance/pair.ts'

export type { ConformanceFault, ConformanceHarness, ConformancePair } from './conformance/pair.ts'

export interface ConformanceTest {
  /** A sentence. */
  readonly name: string
  /** Rejects, with an AssertionError as a rule, when the sentence is not true. */
  readonly run: () => Promise<void>
}

/**
 * What every event target does, as tests for any runner. Each opens a pair of its own and disposes of it.
 *
 *     for (const { name, run } of eventTargetConformance(harness)) test(name, run)
 */
export function eventTargetConformance(harness: ConformanceHarness): readonly ConformanceTest[] {
  return conformanceCases
    .filter(({ applies }) => applies?.(harness) ?? true)
    .map(({ name, run }) => ({
      name,
      run: async () => {
        await using pair = await harness.open()
        await run(pair, harness)
      },
    }))
}
