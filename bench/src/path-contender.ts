import { readFileSync } from 'node:fs'
import type { TortureStack } from '@alkdev/test/torture'
import { must } from '@alkdev/std'
import type { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { median, noiseOf } from './measure.ts'
import { cpuBetween, readCpu } from './process-tree.ts'
import { INPUT } from './socket-caller.ts'

/** A way from an HTTP caller to a spoke and back, over Redis. */
export interface PathContender {
  readonly call: () => Promise<unknown>
  readonly close: () => void
  /** The processes of the way, by what they are. */
  readonly processes: Readonly<Record<string, number>>
}

/** Microseconds of processor time per call and process, of the caller too; medians of the rounds. */
export interface PathCost {
  readonly cpuUs: Readonly<Record<string, number>>
  /** Of all processes. */
  readonly sumUs: number
  readonly perSecond: number
  /** Of `sumUs` and of each of `cpuUs`, as in `Row`. */
  readonly noise: { readonly sum: number; readonly cpu: Readonly<Record<string, number>> }
}

/** How the processor time of contenders is measured. */
export interface CostOptions {
  readonly inFlight: number
  /** Of a round. */
  readonly calls: number
  readonly rounds: number
  readonly warmUpCalls: number
}
const USUAL: CostOptions = { inFlight: 64, calls: 2000, rounds: 9, warmUpCalls: 8000 }
/** The records of the calls are written by then. */
const SETTLE_MS = 500

/** The Redis of a stack. */
export interface PathRedis {
  readonly url: string
  readonly pid: number
}

/** The Redis of a stack that has one. */
export function redisOf(stack: TortureStack): PathRedis {
  const { url, process } = stack.redis()
  return { url, pid: must(process.child.pid) }
}

/** Calls the bare spoke of a hub through its gateway. */
export function gatewayCaller(url: string, key: string): ReturnType<typeof httpCaller> {
  return httpCaller(`${url}/api/operations/client.bare.bench.echo`, INPUT, {
    authorization: `Bearer ${key}`,
  })
}

/** Gateway, Redis, broker and a bare spoke of a stack, which the children run. */
export async function hubPath(stack: TortureStack, children: Children): Promise<PathContender> {
  const broker = must(stack.brokers[0])
  const { child } = await children.start('./hub-spoke-peer.ts', [
    'bare',
    broker.url,
    stack.key,
    'bare',
  ])
  return {
    ...gatewayCaller(stack.gateway.url, stack.key),
    processes: {
      gateway: must(stack.gateway.machine.pid),
      broker: must(broker.machine.pid),
      spoke: must(child.pid),
      Redis: must(stack.redis().process.child.pid),
      PostgreSQL: await postmasterOf(stack),
    },
  }
}

/** The baseline over the Redis of a stack. */
export async function floorPath(redis: PathRedis, children: Children): Promise<PathContender> {
  const broker = await children.start('./floor-peer.ts', ['broker', redis.url])
  const spoke = await children.start('./floor-peer.ts', ['spoke', broker.said])
  const gateway = await children.start('./floor-peer.ts', ['gateway', redis.url])
  return {
    ...httpCaller(gateway.said, INPUT),
    processes: {
      gateway: must(gateway.child.pid),
      broker: must(broker.child.pid),
      spoke: must(spoke.child.pid),
      Redis: redis.pid,
    },
  }
}

/** Moleculer's web gateway and a worker over the Redis of a stack. */
export async function moleculerPath(redis: PathRedis, children: Children): Promise<PathContender> {
  const worker = await children.start('./moleculer-peer.ts', ['worker', redis.url])
  const web = await children.start('./moleculer-peer.ts', ['web', redis.url])
  return {
    ...httpCaller(`${web.said}/echo`, INPUT),
    processes: {
      gateway: must(web.child.pid),
      spoke: must(worker.child.pid),
      Redis: redis.pid,
    },
  }
}

/** The process id of the server of PostgreSQL. */
export async function postmasterOf({ database }: TortureStack): Promise<number> {
  const [row] = await database.sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  const stat = readFileSync(`/proc/${must(row).pid}/stat`, 'utf8')
  return Number(stat.split(') ')[1]?.split(' ')[1])
}

/** Rounds of the same number of calls, the contenders in alternation. */
export async function pathCosts(
  contenders: readonly PathContender[],
  options: CostOptions = USUAL,
): Promise<PathCost[]> {
  const { inFlight, warmUpCalls } = options
  for (const { call } of contenders) await burst(call, warmUpCalls, inFlight)
  const rounds: { cpuUs: Record<string, number>; perSecond: number }[][] = contenders.map(() => [])
  for (let round = 0; round < options.rounds; round++) {
    const order = [...contenders.keys()]
    for (const at of round % 2 === 0 ? order : order.toReversed())
      must(rounds[at]).push(await measured(must(contenders[at]), options))
  }
  return rounds.map((all) => {
    const names = Object.keys(must(all[0]).cpuUs)
    const by = (of: (values: readonly number[]) => number): Record<string, number> =>
      Object.fromEntries(names.map((name) => [name, of(all.map((one) => one.cpuUs[name] ?? 0))]))
    const sums = all.map((one) => Object.values(one.cpuUs).reduce((sum, us) => sum + us, 0))
    return {
      cpuUs: by(median),
      sumUs: median(sums),
      perSecond: median(all.map((one) => one.perSecond)),
      noise: { sum: noiseOf(sums), cpu: by(noiseOf) },
    }
  })
}

async function measured(
  { call, processes }: PathContender,
  { calls, inFlight }: CostOptions,
): Promise<{ cpuUs: Record<string, number>; perSecond: number }> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const all = Object.entries({ ...processes })
  const before = all.map(([, pid]) => readCpu(pid))
  const own = process.cpuUsage()
  const perSecond = await burst(call, calls, inFlight)
  const { user, system } = process.cpuUsage(own)
  setTimeout(resolve, SETTLE_MS)
  await promise
  const cpuUs: Record<string, number> = { caller: (user + system) / calls }
  for (const [at, [name, pid]] of all.entries())
    cpuUs[name] = cpuBetween(must(before[at]), readCpu(pid)) / calls
  return { cpuUs, perSecond }
}

/** Makes `calls` calls, `inFlight` at a time; gives how many a second. */
export async function burst(
  call: () => Promise<unknown>,
  calls: number,
  inFlight: number,
): Promise<number> {
  let left = calls
  const from = performance.now()
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call()
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (calls * 1000) / (performance.now() - from)
}

/** Resolves when a call succeeds: the gateway may hear of the spoke a moment later. */
export async function untilAnswers(call: () => Promise<unknown>): Promise<void> {
  for (let at = 0; ; at++) {
    try {
      await call()
      return
    } catch (error) {
      if (at > 20) throw error
    }
  }
}
