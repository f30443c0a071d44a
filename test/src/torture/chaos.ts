import { readFileSync } from 'node:fs'
import { must, sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { untilReady } from './stack.ts'
import type { Replica, TortureStack } from './stack.ts'

/** The injected failures, with their counts. */
export type FailureCounts = Map<string, number>

/** The kinds of failures, each with its relative weight. */
const FAILURE_WEIGHTS = [
  [4, 'spoke killed'],
  [3, 'spoke frozen'],
  [2, 'broker killed'],
  [2, 'broker frozen'],
  [2, 'broker restarted'],
  [2, 'Redis connections cut'],
  [1, 'Redis killed'],
  [1, 'Redis frozen'],
  [1, 'Postgres connections cut'],
] as const

/** Those of a Redis whose servers take over from each other, only in scripts. */
export type TakeOverKind =
  | 'Redis primary killed'
  | 'Redis primary frozen'
  | 'Redis primary replaced'

export type FailureKind = (typeof FAILURE_WEIGHTS)[number][1] | TakeOverKind

export interface ScriptedFailure {
  readonly what: FailureKind
  /** How long the target stays dead or frozen; 0 for a disconnect or a restart. */
  readonly ms: number
}

export interface ChaosOptions {
  readonly stack: TortureStack
  readonly random: Random
  /** Milliseconds between two failures, from and to. */
  readonly pauseMs: readonly [number, number]
  /** How long a target stays dead or frozen at most; frozen spokes three times, frozen brokers twice as long. */
  readonly longestFailureMs: number
  /**
   * Injects these failures instead, in this order, each once, and then ends. A failure may overlap with the next one; the next one of
   * the same target (a spoke, the brokers, Redis, Postgres) waits until the target is repaired.
   */
  readonly script?: readonly ScriptedFailure[]
  readonly signal: AbortSignal
  readonly onFailure: (what: string) => void
}

/**
 * Injects failures until the signal aborts; then repairs everything. One broker fails at a time, so that another one is always
 * available; any number of spokes may fail; Redis fails for up to three seconds. A script selects the failures and their durations.
 */
export async function chaos(options: ChaosOptions): Promise<FailureCounts> {
  const { stack, random, pauseMs, longestFailureMs, script, signal } = options
  const injected: FailureCounts = new Map()
  /** The targets that are failing now, with the promise of their repair. */
  const busy = new Map<Machine | string, Promise<void>>()
  for (let at = 0; !signal.aborted && at < (script?.length ?? Infinity); at++) {
    await sleep(random.between(...pauseMs), signal).catch(() => undefined)
    if (signal.aborted) break
    const given = script?.[at]
    const what = given?.what ?? random.pick(FAILURE_WEIGHTS)
    // A script may fail several spokes at a time: it takes them in turn.
    const spokeAt = given ? at % stack.spokes.length : random.between(0, stack.spokes.length - 1)
    const spoke = stack.spokes[spokeAt]
    const broker = stack.brokers[random.between(0, stack.brokers.length - 1)]
    if (!spoke || !broker) break
    const ms = given?.ms ?? random.between(50, longestFailureMs) * longer(what)
    const target = what.startsWith('spoke') ? spoke : (what.split(' ')[0] ?? what)
    if (given) await busy.get(target)
    if (busy.has(target)) continue
    injected.set(what, (injected.get(what) ?? 0) + 1)
    options.onFailure(what)
    const repaired = inject(stack, what, ms, spoke, broker).finally(() => busy.delete(target))
    repaired.catch(() => undefined)
    busy.set(target, repaired)
  }
  await Promise.all(busy.values())
  return injected
}

function inject(
  stack: TortureStack,
  what: FailureKind,
  ms: number,
  spoke: Machine,
  broker: Replica,
): Promise<void> {
  switch (what) {
    case 'spoke killed':
      return killed(spoke, ms)
    case 'spoke frozen':
      return frozen(spoke, ms)
    case 'broker killed':
      return replaced(broker, ms, 'kill')
    case 'broker restarted':
      return replaced(broker, 0, 'stop')
    case 'broker frozen':
      return frozen(broker.machine, ms)
    case 'Redis connections cut':
      return cutRedis(stack)
    case 'Redis killed':
      return stack.restartRedis()
    case 'Redis frozen':
      return frozenRedis(stack, ms)
    case 'Postgres connections cut':
      return cutPostgres(stack)
    case 'Redis primary killed':
    case 'Redis primary frozen':
    case 'Redis primary replaced':
      return takeOver(stack, what)
    default:
      return what satisfies never
  }
}

/** Lets a replica take over from the primary. */
export function takeOver(
  { replicatedRedis }: Pick<TortureStack, 'replicatedRedis'>,
  what: TakeOverKind,
): Promise<void> {
  const redis = must(replicatedRedis, 'a Redis with replicas')
  if (what === 'Redis primary killed') return redis.killPrimary()
  return what === 'Redis primary frozen' ? redis.freezePrimary() : redis.replacePrimary()
}

/** The factor of the duration: 3 for frozen spokes, 2 for frozen brokers. */
function longer(what: FailureKind): number {
  if (what === 'spoke frozen') return 3
  return what === 'broker frozen' ? 2 : 1
}

export async function killed(spoke: Machine, ms: number): Promise<void> {
  await spoke.kill()
  await sleep(ms)
  spoke.start()
}

export async function frozen(machine: Machine, ms: number): Promise<void> {
  machine.freeze()
  await sleep(ms)
  machine.thaw()
}

export async function replaced(broker: Replica, ms: number, how: 'kill' | 'stop'): Promise<void> {
  await broker.machine[how]()
  await sleep(ms)
  broker.machine.start()
  // When Redis is unreachable, the start fails, and the process is started again, as a service manager does.
  for (let at = 0; at < 20; at++) {
    const ready = await untilReady(broker).then(
      () => true,
      () => false,
    )
    if (ready) return
    await sleep(500)
    if (!broker.machine.running) broker.machine.start()
  }
}

export async function frozenRedis(stack: Pick<TortureStack, 'redis'>, ms: number): Promise<void> {
  const { child } = stack.redis().process
  child.kill('SIGSTOP')
  await sleep(ms)
  child.kill('SIGCONT')
}

/** Stops the server and the processes of all of its connections. */
export async function frozenPostgres(
  stack: Pick<TortureStack, 'postgres'>,
  ms: number,
): Promise<void> {
  const { pid } = stack.postgres().process.child
  // The server first, so that it starts no further process.
  const stopped: number[] = []
  for (const one of pid === undefined ? [] : [pid, ...descendants(pid)])
    if (signalled(one, 'SIGSTOP')) stopped.push(one)
  // Processes that were started meanwhile.
  for (const one of pid === undefined ? [] : descendants(pid))
    if (!stopped.includes(one) && signalled(one, 'SIGSTOP')) stopped.push(one)
  await sleep(ms)
  for (const one of stopped.toReversed()) signalled(one, 'SIGCONT')
}

function descendants(pid: number): number[] {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  } catch {
    return []
  }
  const children = text.split(' ').flatMap((one) => (one.trim() === '' ? [] : [Number(one)]))
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** False for a process that has ended. */
function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

export async function killedPooler(
  { pooler }: Pick<TortureStack, 'pooler'>,
  ms: number,
): Promise<void> {
  const one = must(pooler, 'PgBouncer')
  await one.kill()
  await sleep(ms)
  await one.start()
}

export async function cutRedis(stack: Pick<TortureStack, 'redis'>): Promise<void> {
  const redis = new Redis(stack.redis().url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    for (const type of ['pubsub', 'normal'] as const)
      await redis.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes')
  } finally {
    redis.disconnect()
  }
}

async function cutPostgres({ database }: TortureStack): Promise<void> {
  await database.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where pid <> pg_backend_pid() and datname = current_database()`
}
