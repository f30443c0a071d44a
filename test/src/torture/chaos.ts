import { sleep } from '@alkdev/std'
import { Redis } from 'ioredis'
import type { Machine } from './machine.ts'
import type { Random } from './random.ts'
import { untilReady } from './stack.ts'
import type { Replica, TortureStack } from './stack.ts'

/** What was done to the hub, and how often. */
export type Deeds = Map<string, number>

/** What is done, and how likely it is beside the others. */
const DEEDS = [
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

export type Deed = (typeof DEEDS)[number][1]

export interface ScriptedDeed {
  readonly what: Deed
  /** How long it stays dead or frozen; nothing for what is only cut or restarted. */
  readonly ms: number
}

export interface ChaosOptions {
  readonly stack: TortureStack
  readonly random: Random
  /** Milliseconds between two deeds, from and to. */
  readonly pauseMs: readonly [number, number]
  /** How long something stays dead or frozen, at most; spokes three times, brokers twice as long. */
  readonly longestHarmMs: number
  /**
   * Does these instead, in this order, each once, and is done with it. What stays dead or frozen does so beside the next; the next for
   * the same target (a spoke, the brokers, Redis, Postgres) waits until it is mended.
   */
  readonly script?: readonly ScriptedDeed[]
  readonly signal: AbortSignal
  readonly onDeed: (what: string) => void
}

/**
 * Kills, freezes and cuts until the signal aborts; then mends everything. One broker at a time, so that there is always somewhere to
 * go; of the spokes any number; Redis for as long as three seconds. With a script that decides what and for how long.
 */
export async function chaos(options: ChaosOptions): Promise<Deeds> {
  const { stack, random, pauseMs, longestHarmMs, script, signal } = options
  const deeds: Deeds = new Map()
  /** What is harmed now, until when. */
  const busy = new Map<Machine | string, Promise<void>>()
  for (let at = 0; !signal.aborted && at < (script?.length ?? Infinity); at++) {
    await sleep(random.between(...pauseMs), signal).catch(() => undefined)
    if (signal.aborted) break
    const given = script?.[at]
    const what = given?.what ?? random.pick(DEEDS)
    // Several spokes may be harmed at a time by a script: in turn, so that it is not the same one.
    const spokeAt = given ? at % stack.spokes.length : random.between(0, stack.spokes.length - 1)
    const spoke = stack.spokes[spokeAt]
    const broker = stack.brokers[random.between(0, stack.brokers.length - 1)]
    if (!spoke || !broker) break
    const ms = given?.ms ?? random.between(50, longestHarmMs) * longer(what)
    const target = what.startsWith('spoke') ? spoke : (what.split(' ')[0] ?? what)
    if (given) await busy.get(target)
    if (busy.has(target)) continue
    deeds.set(what, (deeds.get(what) ?? 0) + 1)
    options.onDeed(what)
    const mended = doneTo(stack, what, ms, spoke, broker).finally(() => busy.delete(target))
    mended.catch(() => undefined)
    busy.set(target, mended)
  }
  await Promise.all(busy.values())
  return deeds
}

function doneTo(
  stack: TortureStack,
  what: Deed,
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
    default:
      return what satisfies never
  }
}

/** Frozen spokes stay so three times as long as others, brokers twice. */
function longer(what: Deed): number {
  if (what === 'spoke frozen') return 3
  return what === 'broker frozen' ? 2 : 1
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
