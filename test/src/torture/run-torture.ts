import { readFile } from 'node:fs/promises'
import { compact, sleep } from '@alkdev/std'
import { chaos } from './chaos.ts'
import type { FailureCounts, ScriptedFailure } from './chaos.ts'
import { callOverHttp, callOverSocket } from './load.ts'
import { Random } from './random.ts'
import type { ReplicatedRedis } from './replicated-redis.ts'
import { startTortureStack } from './stack.ts'
import type { TortureStack } from './stack.ts'
import { Tally } from './tally.ts'
import { untilAllWork } from './try-all.ts'

export interface TortureOptions {
  readonly seed: number
  /** The run ends after `calls` calls, after `maxMs` milliseconds of load, or at the end of the script, whichever comes first. */
  readonly calls: number
  readonly maxMs: number
  readonly httpCallers: number
  readonly sockets: number
  readonly spokes: number
  /** As in `ChaosOptions`. */
  readonly pauseMs: readonly [number, number]
  readonly longestFailureMs: number
  readonly script?: readonly ScriptedFailure[]
  /** Milliseconds that a restarted broker has to finish calls in flight. */
  readonly drainBudgetMs: number
  /** As in `StackSize`. */
  readonly redis?: ReplicatedRedis
  readonly onProgress?: (sentence: string) => void
}

export interface TortureSummary {
  readonly seed: number
  readonly calls: number
  readonly seconds: number
  readonly ends: Readonly<Record<string, number>>
  readonly injected: Readonly<Record<string, number>>
  readonly slowestMs: number
  readonly starts: number
  /** Answers of more than one bus message, and errors over a WebSocket; both must occur for the verdict to mean something. */
  readonly large: number
  readonly errorsOnSockets: number
  /** Each count must be zero. */
  readonly faults: {
    /** Calls that never ended for their caller. */
    readonly unanswered: number
    /** Starts of a handler beyond one for each call id and attempt. */
    readonly doubled: number
    /** Calls that must not be repeated and were started in more than one attempt. */
    readonly repeated: number
    /** Calls whose error states that nothing ran, although it did. */
    readonly falseStatements: number
    /** Answers to another request, incomplete streams. */
    readonly wrong: number
    /** Kinds of call that do not work after all failures were repaired. */
    readonly notRecovered: number
  }
}

/** Loads a hub of real processes with calls while its parts are killed, frozen and disconnected, and counts the faults. */
export async function runTorture(options: TortureOptions): Promise<TortureSummary> {
  const { seed, onProgress = () => undefined } = options
  onProgress(`seed ${seed}: starting`)
  await using stack = await startTortureStack({
    brokers: 2,
    spokes: options.spokes,
    drainBudgetMs: options.drainBudgetMs,
    ...compact({ redis: options.redis }),
  })
  const common = { hub: stack.gateway.url, key: stack.key }
  await untilServed(common.hub, common.key)
  const random = new Random(seed)
  const tally = new Tally()
  const load = new AbortController()
  const stopped = new AbortController()
  const from = performance.now()
  const seconds = (): number => Math.round((performance.now() - from) / 100) / 10
  const caller = (): Parameters<typeof callOverHttp>[0] => {
    const own = new Random(random.between(0, 0xffff_ffff))
    return { ...common, random: own, tally, signal: load.signal }
  }
  const callers = [
    ...Array.from({ length: options.httpCallers }, () => callOverHttp(caller())),
    ...Array.from({ length: options.sockets }, () => callOverSocket(caller(), 4)),
  ]
  const injection = chaos({
    stack,
    random,
    pauseMs: options.pauseMs,
    longestFailureMs: options.longestFailureMs,
    ...compact({ script: options.script }),
    signal: stopped.signal,
    onFailure: (what) => onProgress(`${seconds()} s, ${tally.ended} calls: ${what}`),
  })
  const over = (): void => stopped.abort()
  injection.then(over, over)
  const inTime = (): boolean =>
    tally.made < options.calls && performance.now() - from < options.maxMs
  while (!stopped.signal.aborted && inTime()) await sleep(50)
  stopped.abort()
  const injected = await injection
  load.abort()
  onProgress(`${seconds()} s, ${tally.ended} calls: all failures are repaired`)
  await Promise.all(callers)
  const notRecovered = await untilAllWork(common.hub, common.key)
  return await verdict(options, tally, injected, seconds(), notRecovered, stack)
}

async function verdict(
  { seed }: TortureOptions,
  tally: Tally,
  injected: FailureCounts,
  seconds: number,
  notRecovered: number,
  stack: TortureStack,
): Promise<TortureSummary> {
  const { starts, doubled, repeated, falseStatements } = await judgeStarts(tally, stack)
  return {
    seed,
    calls: tally.ended,
    seconds,
    ends: Object.fromEntries([...tally.ends].toSorted(([, a], [, b]) => b - a)),
    injected: Object.fromEntries(injected),
    slowestMs: tally.slowestMs,
    starts,
    large: tally.large,
    errorsOnSockets: tally.errorsOnSockets,
    faults: {
      unanswered: tally.unanswered + (tally.made - tally.ended),
      doubled,
      repeated,
      falseStatements,
      wrong: tally.wrong,
      notRecovered,
    },
  }
}

export interface StartCounts {
  readonly starts: number
  readonly doubled: number
  readonly repeated: number
  readonly falseStatements: number
  /** The lines of calls that were repeated and must not be, and of false statements. */
  readonly examples: readonly string[]
}

/** Compares what the spokes started with the answers of the callers; the members are those of `TortureSummary`. */
export async function judgeStarts(
  tally: Tally,
  stack: Pick<TortureStack, 'startsFiles'>,
): Promise<StartCounts> {
  const starts = await readStarts(stack)
  let doubled = 0
  let repeated = 0
  const byCall = new Map<string, number>()
  const examples: string[] = []
  for (const [line, count] of starts) {
    doubled += count - 1
    if (count > 1) examples.push(`started ${count} times: ${line}`)
    const [kind = '', requestId = ''] = line.split(' ')
    const [callId = ''] = requestId.split('.')
    const attempts = (byCall.get(callId) ?? 0) + 1
    byCall.set(callId, attempts)
    if (kind === 'safe' || kind === 'large' || attempts === 1) continue
    repeated += 1
    examples.push(`repeated: ${line}`)
  }
  return {
    starts: [...starts.values()].reduce((sum, count) => sum + count, 0),
    doubled,
    repeated,
    falseStatements: tally.promised.filter((callId) => byCall.has(callId)).length,
    examples: examples.slice(0, 10),
  }
}

/** How often each line (a kind and the id of an attempt) was written. */
async function readStarts({
  startsFiles,
}: Pick<TortureStack, 'startsFiles'>): Promise<Map<string, number>> {
  const starts = new Map<string, number>()
  for (const file of startsFiles) {
    const text = await readFile(file, 'utf8').catch(() => '')
    for (const line of text.split('\n'))
      if (line !== '') starts.set(line, (starts.get(line) ?? 0) + 1)
  }
  return starts
}

async function untilServed(hub: string, key: string): Promise<void> {
  if ((await untilAllWork(hub, key)) > 0) throw new Error('no spoke has attached')
}
