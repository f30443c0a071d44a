import { consumerCases } from './conformance/consumer-cases.ts'
import type { ConsumerEnd, ProducerEnd, StreamTest } from './conformance/ends.ts'
import { producerCases } from './conformance/producer-cases.ts'

export type { ConsumerEnd, ProducerEnd, Read, StreamTest } from './conformance/ends.ts'

interface Opened<End> extends AsyncDisposable {
  readonly end: End
}

type Open<End> = () => Opened<End> | Promise<Opened<End>>

interface Options {
  /** Whether the end has `move`. */
  readonly moves: boolean
  /** Random runs of a case at most, for ends that are slow to open. */
  readonly maxSeeds?: number
}

interface Case<End> {
  readonly name: string
  readonly run: (end: End, seed: number) => Promise<void>
  readonly seeds?: number
  readonly moves?: true
}

function testsOf<End>(
  cases: readonly Case<End>[],
  open: Open<End>,
  { moves, maxSeeds = Infinity }: Options,
): readonly StreamTest[] {
  return cases
    .filter((one) => moves || one.moves !== true)
    .map(({ name, run, seeds = 1 }) => ({
      name,
      run: async () => {
        for (let seed = 1; seed <= Math.min(seeds, maxSeeds); seed++) {
          await using opened = await open()
          try {
            await run(opened.end, seed)
          } catch (error) {
            throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error })
          }
        }
      },
    }))
}

/**
 * What every consumer of a stream does, as tests for any runner. Each opens ends of its own, one per random seed.
 *
 *     test.each(consumerConformance(open, { moves: false }))('$name', ({ run }) => run())
 */
export function consumerConformance(
  open: Open<ConsumerEnd>,
  options: Options,
): readonly StreamTest[] {
  return testsOf(consumerCases, open, options)
}

/** What every producer of a stream does. */
export function producerConformance(
  open: Open<ProducerEnd>,
  options: Options,
): readonly StreamTest[] {
  return testsOf(producerCases, open, options)
}
