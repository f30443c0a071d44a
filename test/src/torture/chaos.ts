import { sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { untilReady } from './stack.ts'
import type { Replica, TortureStack } from './stack.ts'

/** What was done to the hub, and how often. */
export type Deeds = Map<string, number>

export interface ChaosOptions {
  readonly stack: TortureStack
  readonly random: Random
  /** Milliseconds between two deeds, from and to. */
  readonly pauseMs: readonly [number, number]
  /** How long something stays dead or frozen, at most; spokes three times, brokers twice as long. */
  readonly longestHarmMs: number
  readonly signal: AbortSignal
  readonly onDeed: (what: string) => void
}

/**
 * Kills, freezes and cuts until the signal aborts; then mends everything. One broker at a time, so that there is always somewhere to
 * go; of the spokes any number; Redis for as long as three seconds.
 */
export async function chaos(options: ChaosOptions): Promise<Deeds> {
  const { stack, random, pauseMs, longestHarmMs, signal } = options
  const deeds: Deeds = new Map()
  const busy = new Set<unknown>()
  const mending = new Set<Promise<void>>()
  const harm = (target: unknown, what: string, deed: () => Promise<void>): void => {
    if (busy.has(target)) return
    busy.add(target)
    deeds.set(what, (deeds.get(what) ?? 0) + 1)
    options.onDeed(what)
    const done = deed().finally(() => {
      busy.delete(target)
      mending.delete(done)
    })
    mending.add(done)
    done.catch(() => undefined)
  }
  while (!signal.aborted) {
    await sleep(random.between(...pauseMs), signal).catch(() => undefined)
    if (signal.aborted) break
    const what = random.pick([
      [4, 'spoke killed'],
      [3, 'spoke frozen'],
      [2, 'broker killed'],
      [2, 'broker frozen'],
      [2, 'broker restarted'],
      [2, 'Redis connections cut'],
      [1, 'Redis killed'],
      [1, 'Redis frozen'],
      [1, 'Postgres connections cut'],
    ])
    const spoke = stack.spokes[random.between(0, stack.spokes.length - 1)]
    const broker = stack.brokers[random.between(0, stack.brokers.length - 1)]
    const ms = random.between(50, longestHarmMs)
    if (!spoke || !broker) break
    if (what === 'spoke killed') harm(spoke, what, () => killed(spoke, ms))
    else if (what === 'spoke frozen') harm(spoke, what, () => frozen(spoke, ms * 3))
    else if (what === 'broker killed') harm('broker', what, () => replaced(broker, ms, 'kill'))
    else if (what === 'broker restarted') harm('broker', what, () => replaced(broker, 0, 'stop'))
    else if (what === 'broker frozen') harm('broker', what, () => frozen(broker.machine, ms * 2))
    else if (what === 'Redis connections cut') harm('redis', what, () => cutRedis(stack))
    else if (what === 'Redis killed') harm('redis', what, () => stack.restartRedis())
    else if (what === 'Redis frozen') harm('redis', what, () => frozenRedis(stack, ms))
    else harm('postgres', what, () => cutPostgres(stack))
  }
  await Promise.all(mending)
  return deeds
}

async function killed(spoke: Machine, ms: number): Promise<void> {
  await spoke.kill()
  await sleep(ms)
  spoke.start()
}

async function frozen(machine: Machine, ms: number): Promise<void> {
  machine.freeze()
  await sleep(ms)
  machine.thaw()
}

async function replaced(broker: Replica, ms: number, how: 'kill' | 'stop'): Promise<void> {
  await broker.machine[how]()
  await sleep(ms)
  broker.machine.start()
  // With Redis away just now the start fails, and whoever watches over it starts it again.
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

async function frozenRedis(stack: TortureStack, ms: number): Promise<void> {
  const { child } = stack.redis().process
  child.kill('SIGSTOP')
  await sleep(ms)
  child.kill('SIGCONT')
}

async function cutRedis(stack: TortureStack): Promise<void> {
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
