import { sleep } from '@alkdev/std'
import { callOverHttp, callOverSocket } from '../load.ts'
import type { Machine } from '../machine.ts'
import { Random } from '../random.ts'
import { judgeStarts } from '../run-torture.ts'
import { Tally } from '../tally.ts'
import { untilAllWork } from '../try-all.ts'
import type { Findings } from './hostile-clients.ts'
import { hubProbes, notWorking, ProbeCounts, repeat } from './probes.ts'

/** Milliseconds in which everything must work again after a stage. */
const RECOVERY_MS = 30_000

export interface StageRunOptions {
  readonly seed: number
  /** Rounds of all stages are run until this time is over; one at least. */
  readonly maxMs: number
  /** Milliseconds between two stages, from and to. */
  readonly pauseMs: readonly [number, number]
  /** Names of the stages to run; one that does not exist is an error. Default: all. */
  readonly stages?: readonly string[]
  readonly onProgress?: (sentence: string) => void
}

/** A hub under load, and what is done to it. */
export interface StagedHub {
  readonly random: Random
  readonly gateway: string
  /** Of an account with every scope. */
  readonly key: string
  /** The address of a server of models. */
  readonly provider: string
  /** Where the spokes write down what they start. */
  readonly startsFiles: readonly string[]
  /** The processes that must run in the end. */
  readonly machines: readonly Machine[]
  /** Each resolves when it is repaired, with what must not have happened. */
  readonly stages: readonly HubStage[]
}

interface HubStage {
  readonly name: string
  readonly run: () => Promise<Findings>
}

export interface ChaosSummary {
  readonly seed: number
  readonly rounds: number
  readonly seconds: number
  readonly calls: number
  readonly ends: Readonly<Record<string, number>>
  readonly injected: Readonly<Record<string, number>>
  readonly starts: number
  /** Up to 20 sentences about faults. */
  readonly examples: readonly string[]
  /** Each count must be zero. */
  readonly faults: {
    readonly unanswered: number
    readonly wrong: number
    readonly doubled: number
    readonly repeated: number
    readonly falseStatements: number
    /** Error answers without a code. */
    readonly uncoded: number
    /** Answers that say that the request or the hub is at fault. No request is. */
    readonly refused: number
    /** What a stage found that must not be. */
    readonly ofStages: number
    /** Kinds of request that did not work again within 30 s after a stage. */
    readonly notRecovered: number
    /** Processes that ended without being killed. */
    readonly died: number
  }
}

/**
 * Runs every stage, in an order that the seed selects, under load: calls of spokes over HTTP and sockets, hub operations, MCP calls, calls of
 * models. After each stage everything must work again.
 */
export async function runStages(
  options: StageRunOptions,
  { random, gateway, key, provider, startsFiles, machines, stages }: StagedHub,
): Promise<ChaosSummary> {
  const { seed, onProgress = () => undefined } = options
  const chosen = chosenOf(stages, options.stages)
  await addProvider({ gateway, key }, provider)
  const probes = hubProbes({ gateway, key })
  const broken = await notWorking(probes, RECOVERY_MS)
  if (broken.length > 0 || (await untilAllWork(gateway, key)) > 0)
    throw new Error(`not everything works before the first stage: ${broken.join(', ')}`)
  const tally = new Tally()
  const counts = new ProbeCounts()
  const load = new AbortController()
  const caller = (): Parameters<typeof callOverHttp>[0] => ({
    hub: gateway,
    key,
    random: new Random(random.between(0, 0xffff_ffff)),
    tally,
    signal: load.signal,
  })
  const callers = [
    ...Array.from({ length: 4 }, () => callOverHttp(caller())),
    callOverSocket(caller(), 2),
    ...probes.map((probe) => repeat(probe, counts, load.signal)),
  ]
  const from = performance.now()
  const injected: Record<string, number> = {}
  const examples: string[] = []
  let [rounds, ofStages, notRecovered] = [0, 0, 0]
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10
  do {
    rounds += 1
    for (const stage of shuffled(chosen, random)) {
      await sleep(random.between(...options.pauseMs))
      onProgress(`${seconds()} s: ${stage.name}`)
      injected[stage.name] = (injected[stage.name] ?? 0) + 1
      const findings = await stage.run()
      const left = await notWorking(probes, RECOVERY_MS)
      const kinds = await untilAllWork(gateway, key)
      ofStages += findings.length
      notRecovered += left.length + kinds
      for (const one of [
        ...findings,
        ...left.map((what) => `does not work again: ${what}`),
        ...(kinds > 0 ? [`${kinds} kinds of calls of spokes do not work again`] : []),
      ]) {
        onProgress(`  ${one}`)
        examples.push(`${stage.name}: ${one}`)
      }
    }
  } while (performance.now() - from < options.maxMs)
  load.abort()
  await Promise.all(callers)
  const died = [...new Set(machines)].filter(({ running }) => !running)
  for (const { name, said } of died) examples.push(`${name} ended: ${said.slice(-500)}`)
  const judged = await judgeStarts(tally, { startsFiles })
  const { starts, doubled, repeated, falseStatements } = judged
  return {
    seed,
    rounds,
    seconds: seconds(),
    calls: tally.ended + [...counts.ends.values()].reduce((sum, count) => sum + count, 0),
    ends: Object.fromEntries([...tally.ends, ...counts.ends].toSorted(([, a], [, b]) => b - a)),
    injected,
    starts,
    examples: [...examples, ...judged.examples, ...counts.examples, ...tally.refusals].slice(0, 20),
    faults: {
      unanswered: tally.unanswered + (tally.made - tally.ended) + counts.unanswered,
      wrong: tally.wrong,
      doubled,
      repeated,
      falseStatements,
      uncoded: counts.uncoded + (tally.ends.get('no problem document') ?? 0),
      refused: counts.refused + tally.refused,
      ofStages,
      notRecovered,
      died: died.length,
    },
  }
}

function chosenOf(all: readonly HubStage[], names: readonly string[] | undefined): HubStage[] {
  return (names ?? all.map(({ name }) => name)).map((wanted) => {
    const stage = all.find(({ name }) => name === wanted)
    if (stage) return stage
    throw new Error(`There is no stage ${wanted}: ${all.map(({ name }) => name).join(', ')}`)
  })
}

async function addProvider(
  { gateway, key }: Pick<StagedHub, 'gateway' | 'key'>,
  url: string,
): Promise<void> {
  const deadline = Date.now() + RECOVERY_MS
  for (;;) {
    const response = await fetch(`${gateway}/api/operations/clients.create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'fake', type: 'llm-provider', config: { baseUrl: url } }),
      signal: AbortSignal.timeout(RECOVERY_MS),
    })
    const text = await response.text()
    if (response.status === 200) return
    if (Date.now() > deadline) throw new Error(`the provider was not added: ${text}`)
    await sleep(200)
  }
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(random.between(0, left.length - 1), 1))
  return order
}
