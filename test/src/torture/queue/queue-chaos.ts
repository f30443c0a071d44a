import { must, sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import {
  cutRedis,
  frozen,
  frozenPostgres,
  frozenRedis,
  killed,
  replaced,
  killedPooler,
  takeOver,
} from '../chaos.ts'
import type { TakeOverKind } from '../chaos.ts'
import type { Random } from '../random.ts'
import type { Replica, TortureStack } from '../stack.ts'

/** The kinds of failures, each with its relative weight. */
const FAILURE_WEIGHTS = [
  [4, 'coordinator killed'],
  [3, 'coordinator frozen'],
  [2, 'coordinator restarted'],
  [2, 'broker killed'],
  [2, 'broker frozen'],
  [2, 'spoke killed'],
  [1, 'spoke frozen'],
  [1, 'Redis killed'],
  [1, 'Redis frozen'],
  [2, 'Redis emptied'],
  [1, 'Redis connections cut'],
  [2, 'PostgreSQL killed'],
  [1, 'PostgreSQL frozen'],
] as const

/** Those of a stack with PgBouncer. */
const POOLER_WEIGHTS = [
  [3, 'PgBouncer killed'],
  [2, 'PgBouncer frozen'],
] as const

export type QueueFailure =
  | (typeof FAILURE_WEIGHTS)[number][1]
  | (typeof POOLER_WEIGHTS)[number][1]
  | TakeOverKind

/** One failure of each kind that a stack without PgBouncer has. */
export const EACH_FAILURE: readonly QueueFailure[] = FAILURE_WEIGHTS.map(([, what]) => what)

export interface QueueChaosOptions {
  readonly stack: TortureStack
  readonly coordinators: readonly Replica[]
  readonly random: Random
  readonly pauseMs: readonly [number, number]
  /** Whether spokes fail, too, when no script is given. */
  readonly failSpokes: boolean
  /** Injects these failures, each once, and then ends; else random ones until the signal aborts. */
  readonly script?: readonly QueueFailure[]
  /** Without a script: begins with one failure of each kind, in a random order. */
  readonly eachFirst?: boolean
  readonly signal: AbortSignal
  readonly onFailure: (what: QueueFailure) => void
}

/** Injects one failure after the other, each repaired before the next. Resolves when all is repaired. */
export async function queueChaos(options: QueueChaosOptions): Promise<Map<QueueFailure, number>> {
  const { random, pauseMs, script, signal, eachFirst = false } = options
  const injected = new Map<QueueFailure, number>()
  const weights = [
    ...FAILURE_WEIGHTS.filter(([, what]) => options.failSpokes || !what.startsWith('spoke')),
    ...(options.stack.pooler ? POOLER_WEIGHTS : []),
  ]
  const first = eachFirst ? random.shuffle(weights.map(([, what]) => what)) : []
  for (let at = 0; !signal.aborted && at < (script?.length ?? Infinity); at += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one failure after the other
    await sleep(random.between(...pauseMs), signal).catch(() => undefined)
    if (signal.aborted) break
    const what = script?.[at] ?? first[at] ?? random.pick(weights)
    injected.set(what, (injected.get(what) ?? 0) + 1)
    options.onFailure(what)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await inject(options, what)
  }
  return injected
}

/** A process that is frozen for this long has lost its leases, and another one has its calls. */
const FROZEN_MS = [7500, 10_000] as const

async function inject(
  { stack, coordinators, random }: QueueChaosOptions,
  what: QueueFailure,
): Promise<void> {
  const coordinator = coordinators[random.between(0, coordinators.length - 1)]
  const broker = stack.brokers[random.between(0, stack.brokers.length - 1)]
  const spoke = stack.spokes[random.between(0, stack.spokes.length - 1)]
  if (coordinator === undefined || broker === undefined || spoke === undefined)
    throw new Error('nothing to fail')
  const shortMs = random.between(100, 3000)
  switch (what) {
    case 'Redis primary killed':
    case 'Redis primary frozen':
    case 'Redis primary replaced':
      return takeOver(stack, what)
    case 'coordinator killed':
      return replaced(coordinator, shortMs, 'kill')
    case 'coordinator frozen':
      return frozen(coordinator.machine, random.between(...FROZEN_MS))
    case 'coordinator restarted':
      return replaced(coordinator, 0, 'stop')
    case 'broker killed':
      return replaced(broker, shortMs, 'kill')
    case 'broker frozen':
      return frozen(broker.machine, random.between(3000, 8000))
    case 'spoke killed':
      return killed(spoke, shortMs)
    case 'spoke frozen':
      return frozen(spoke, random.between(1000, 6000))
    case 'Redis killed':
      return stack.restartRedis()
    case 'Redis frozen':
      return frozenRedis(stack, shortMs)
    case 'Redis emptied':
      return emptyRedis(stack)
    case 'Redis connections cut':
      return cutRedis(stack)
    case 'PostgreSQL killed':
      return stack.restartPostgres(shortMs)
    case 'PostgreSQL frozen':
      return frozenPostgres(stack, random.between(2000, 8000))
    case 'PgBouncer killed':
      return killedPooler(stack, shortMs)
    case 'PgBouncer frozen':
      return must(stack.pooler, 'PgBouncer').freeze(random.between(2000, 8000))
    default:
      return what satisfies never
  }
}

/** Empties the whole Redis of a stack. */
export async function emptyRedis(stack: TortureStack): Promise<void> {
  const client = new Redis(stack.redis().url, { lazyConnect: true, retryStrategy: () => null })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.flushall()
  } finally {
    client.disconnect()
  }
}
