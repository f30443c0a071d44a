import { sleep } from '@alkdev/std'
import { startFakeProvider } from '../../fake-provider.ts'
import { callOverHttp, callOverSocket } from '../load.ts'
import { Random } from '../random.ts'
import { judgeStarts } from '../run-torture.ts'
import { startTortureStack } from '../stack.ts'
import type { Replica, TortureStack } from '../stack.ts'
import { Tally } from '../tally.ts'
import { untilAllWork } from '../try-all.ts'
import { hubProbes, notWorking, ProbeCounts, repeat } from './probes.ts'
import { SERVICES, STAGES } from './stages.ts'
import type { ChaosParts, ChaosSize } from './stages.ts'

const HEADERS_TIMEOUT_MS = 2000
/** Milliseconds in which everything must work again after a stage. */
const RECOVERY_MS = 30_000

export interface ChaosRunOptions {
  readonly seed: number
  /** Rounds of all stages are run until this time is over; one at least. */
  readonly maxMs: number
  /** Milliseconds between two stages, from and to. */
  readonly pauseMs: readonly [number, number]
  readonly size: ChaosSize
  /** Names of the stages to run. Default: all. */
  readonly stages?: readonly string[]
  readonly onProgress?: (sentence: string) => void
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
    /** What a stage found that must not be. */
    readonly ofStages: number
    /** Kinds of request that did not work again within 30 s after a stage. */
    readonly notRecovered: number
    /** Processes that ended without being killed. */
    readonly died: number
  }
}

/**
 * Runs every stage, in an order that the seed selects, at a hub of real processes under load: calls of spokes over HTTP and sockets, hub
 * operations, MCP calls, calls of models. After each stage everything must work again.
 */
export async function runChaos(options: ChaosRunOptions): Promise<ChaosSummary> {
  const { seed, size, onProgress = () => undefined } = options
  await using provider = await startFakeProvider()
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: 2,
    drainBudgetMs: 2000,
    sections: {
      outbound: { allow: ['127.0.0.0/8', '::1'] },
      inference: {
        firstByteTimeoutMs: 3000,
        streamIdleTimeoutMs: 3000,
        requestTimeoutMs: 6000,
        maxAttempts: 1,
      },
      http: { headersTimeoutMs: HEADERS_TIMEOUT_MS },
    },
  })
  const random = new Random(seed)
  const chosen = STAGES.filter(({ name }) => options.stages?.includes(name) ?? true)
  const services = await startServices(stack)
  const hub = { gateway: stack.gateway.url, key: stack.key }
  await addProvider(hub, provider.url)
  const probes = hubProbes(hub)
  const broken = [...(await notWorking(probes, RECOVERY_MS))]
  if (broken.length > 0 || (await untilAllWork(hub.gateway, hub.key)) > 0)
    throw new Error(`not everything works before the first stage: ${broken.join(', ')}`)
  const parts: ChaosParts = {
    stack,
    services,
    random,
    size,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
  }
  const tally = new Tally()
  const counts = new ProbeCounts()
  const load = new AbortController()
  const caller = (): Parameters<typeof callOverHttp>[0] => ({
    hub: hub.gateway,
    key: hub.key,
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
      const findings = await stage.run(parts)
      const left = await notWorking(probes, RECOVERY_MS)
      const kinds = await untilAllWork(hub.gateway, hub.key)
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
  const machines = [...Object.values(services), ...stack.brokers].map(({ machine }) => machine)
  const died = [...new Set([...machines, ...stack.spokes])].filter(({ running }) => !running)
  for (const { name, said } of died) examples.push(`${name} ended: ${said.slice(-500)}`)
  const judged = await judgeStarts(tally, stack)
  const { starts, doubled, repeated, falseStatements } = judged
  return {
    seed,
    rounds,
    seconds: seconds(),
    calls: tally.ended + [...counts.ends.values()].reduce((sum, count) => sum + count, 0),
    ends: Object.fromEntries([...tally.ends, ...counts.ends].toSorted(([, a], [, b]) => b - a)),
    injected,
    starts,
    examples: [...examples, ...judged.examples, ...counts.examples].slice(0, 20),
    faults: {
      unanswered: tally.unanswered + (tally.made - tally.ended) + counts.unanswered,
      wrong: tally.wrong,
      doubled,
      repeated,
      falseStatements,
      uncoded: counts.uncoded + (tally.ends.get('no problem document') ?? 0),
      ofStages,
      notRecovered,
      died: died.length,
    },
  }
}

async function startServices(stack: TortureStack): Promise<Record<string, Replica>> {
  const [broker] = stack.brokers
  const started: Record<string, Replica> = { gateway: stack.gateway }
  if (broker !== undefined) started['spoke-broker'] = broker
  await Promise.all(
    SERVICES.filter((name) => name !== 'gateway' && name !== 'spoke-broker').map(async (name) => {
      started[name] = await stack.add(name)
    }),
  )
  return started
}

async function addProvider(
  hub: { readonly gateway: string; readonly key: string },
  url: string,
): Promise<void> {
  const deadline = Date.now() + RECOVERY_MS
  for (;;) {
    const response = await fetch(`${hub.gateway}/api/operations/clients.create`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'fake', type: 'llm-provider', config: { baseUrl: url } }),
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
