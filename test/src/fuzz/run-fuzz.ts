import { must, sleep } from '@alkdev/std'
import { Random } from '../torture/random.ts'
import type { EntryPoint, FuzzTarget } from './entry-point.ts'
import type { FuzzHub } from './fuzz-hub.ts'
import { httpEntries } from './http-entries.ts'
import { modelEntries } from './model-entries.ts'
import { outsideEntries } from './outside-entries.ts'
import { socketEntries } from './socket-entries.ts'
import { spokeEntries } from './spoke-entries.ts'
import { FuzzTally } from './tally.ts'
import type { Outcome } from './tally.ts'

export const ENTRY_POINTS: readonly EntryPoint[] = [
  ...httpEntries,
  ...modelEntries,
  ...spokeEntries,
  ...socketEntries,
  ...outsideEntries,
]

export interface FuzzOptions {
  readonly seed: number
  /** Milliseconds during which inputs are fed. */
  readonly forMs: number
  /** Inputs under way at a time. */
  readonly workers: number
  readonly onProgress?: (sentence: string) => void
}

/** Milliseconds after which an input that has come to nothing is a fault. */
const INPUT_MS = 60_000
const PROGRESS_MS = 15_000
const LOOK_MS = 200

/**
 * Feeds a hub with hostile input at every entry point, by a seed: requests, frames, answers of spokes and of outside servers. Ends early when a process
 * has ended.
 */
export async function runFuzz(hub: FuzzHub, options: FuzzOptions): Promise<FuzzTally> {
  const { seed, forMs, workers, onProgress = () => undefined } = options
  const tally = new FuzzTally()
  const until = performance.now() + forMs
  const goesOn = (): boolean => performance.now() < until && hub.ended.length === 0
  const work = async (worker: number): Promise<void> => {
    const random = new Random(seed * 1000 + worker)
    const weighted = ENTRY_POINTS.map((entry) => [entry.weight, entry] as const)
    while (goesOn()) {
      const entry = random.pick(weighted)
      const input = random.between(0, 2 ** 31)
      tally.add(entry.name, await oneInput(entry, hub.target, input))
    }
  }
  const watch = async (): Promise<void> => {
    let toldAt = performance.now()
    while (goesOn()) {
      hub.look()
      await sleep(LOOK_MS)
      if (performance.now() - toldAt < PROGRESS_MS) continue
      toldAt = performance.now()
      onProgress(`${tally.inputs} inputs, ${tally.faults.length} faults`)
    }
  }
  await Promise.all([watch(), ...Array.from({ length: workers }, (_, worker) => work(worker))])
  await hub.lookAtLast()
  return tally
}

/** One input once more, as the fault that it caused names it. */
export function repeatInput(hub: FuzzHub, entry: string, input: number): Promise<Outcome> {
  return oneInput(must(ENTRY_POINTS.find(({ name }) => name === entry)), hub.target, input)
}

async function oneInput(entry: EntryPoint, target: FuzzTarget, input: number): Promise<Outcome> {
  const fault = (what: string): Outcome => ({ is: 'fault', what: `input ${input}: ${what}` })
  const enough = new AbortController()
  const late = sleep(INPUT_MS, enough.signal).then(
    () => fault(`nothing came of it in ${INPUT_MS} ms`),
    (): Outcome => ({ is: 'ok' }),
  )
  try {
    const outcome = await Promise.race([entry.run(target, new Random(input)), late])
    return outcome.is === 'fault' ? fault(outcome.what) : outcome
  } catch (error) {
    const cause =
      error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : ''
    return fault(`no answer: ${String(error)}${cause}`)
  } finally {
    enough.abort()
  }
}
