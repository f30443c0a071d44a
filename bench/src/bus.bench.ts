import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Bus } from '@alkdev/bus'
import { MemorySource, spec, spokeOf, startedBus, startOwnRedis } from '@alkdev/bus/testing'
import { benchBus, CALLER, floorClient } from './bus-peer.ts'
import { median, noiseOf } from './measure.ts'
import type { Row } from './row.ts'

const SEQUENTIAL = 2000
const IN_FLIGHT = 64
const BURST_MS = 2000
const ROUNDS = 5
const INPUT = { hello: 'world', n: 42 }

type Call = () => Promise<unknown>

/** Microseconds of the median call, one after the other. */
async function sequential(call: Call): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < SEQUENTIAL; n++) {
    const from = performance.now()
    await call()
    times.push((performance.now() - from) * 1000)
  }
  return median(times)
}

/** Calls per second with `IN_FLIGHT` at one time. */
async function throughput(call: Call): Promise<number> {
  const until = performance.now() + BURST_MS
  let ended = 0
  const worker = async (): Promise<void> => {
    while (performance.now() < until) {
      await call()
      ended++
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (ended * 1000) / BURST_MS
}

/** Turns about, so that a machine that gets slower or faster does so for both. */
async function compare(
  measure: (call: Call) => Promise<number>,
  ours: Call,
  floor: Call,
): Promise<{ readonly value: number; readonly reference: number; readonly noise: number }> {
  const values: number[] = []
  const references: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    references.push(await measure(floor))
    values.push(await measure(ours))
  }
  return {
    value: Math.round(median(values)),
    reference: Math.round(median(references)),
    noise: noiseOf(values) + noiseOf(references),
  }
}

const CANCELS = 200

async function startPeer(url: string): Promise<ChildProcess> {
  const peer = fork(new URL('./bus-peer.ts', import.meta.url), [url])
  await once(peer, 'message')
  return peer
}

/** Milliseconds from an abort in the caller's process to the handler's signal in the other one, 99th percentile. */
async function cancelling(bus: Bus, peer: ChildProcess): Promise<Row> {
  const times: number[] = []
  for (let n = 0; n < CANCELS; n++) {
    const controller = new AbortController()
    const { signal } = controller
    const call = bus.call('tasks.hang', INPUT, { principal: CALLER, signal }).catch(() => undefined)
    await once(peer, 'message')
    const from = performance.timeOrigin + performance.now()
    controller.abort()
    const [{ aborted }] = (await once(peer, 'message')) as [{ readonly aborted: number }]
    times.push(aborted - from)
    await call
  }
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(CANCELS * 0.99)] ?? 0
  const value = Math.round(p99 * 100) / 100
  const name = 'cancel to the handler’s AbortSignal in another process, p99'
  return { name, value, unit: 'ms', target: '<= 50 ms', ok: p99 <= 50 }
}

/** Milliseconds from the death of the provider's process to its caller's error, with a call of ten minutes in flight. */
async function dying(bus: Bus, peer: ChildProcess, how: 'SIGKILL' | 'SIGSTOP'): Promise<Row> {
  const options = { principal: CALLER, timeoutMs: 600_000 }
  const call = bus.call('tasks.hang', INPUT, options).catch((error: unknown) => error)
  await once(peer, 'message')
  const from = performance.now()
  peer.kill(how)
  const error = (await call) as { readonly code?: string }
  const value = Math.round(performance.now() - from)
  const limit = how === 'SIGKILL' ? 3000 : 7000
  const name = `provider process ${how === 'SIGKILL' ? 'killed' : 'frozen'}, until its caller is informed`
  const ok = error.code === 'PROVIDER_LOST' && value <= limit
  return { name, value, unit: 'ms', target: `<= ${limit} ms`, ok }
}

/** The same for a process of its own, killed outright. */
async function killing(bus: Bus, url: string): Promise<Row> {
  return dying(bus, await startPeer(url), 'SIGKILL')
}

const SPOKES = 100
const OPERATIONS = 100
const TARGET_MS = 5
const VERBS = [
  'list',
  'read',
  'create',
  'delete',
  'search',
  'export',
  'send',
  'update',
  'watch',
  'count',
]
const THINGS = [
  'files',
  'invoices',
  'branches',
  'messages',
  'tickets',
  'containers',
  'tables',
  'meetings',
  'alerts',
  'users',
]
const QUERIES = [
  'read a file',
  'send message to users',
  'which containers are there',
  'delete old invoices',
  'watch',
  'create a support ticket',
]

/** Milliseconds of a search among 10,000 operations, visibility included: the mean, and the 99th percentile. */
async function searching(url: string): Promise<Row[]> {
  const spokes = Array.from({ length: SPOKES }, (_, at) => {
    const specs = Array.from({ length: OPERATIONS }, (_unused, n) => {
      const verb = VERBS[n % VERBS.length] ?? ''
      const thing = THINGS[(n / VERBS.length) | 0] ?? ''
      const description = `${verb} ${thing} of the machine number ${at} and say what was done with them`
      return spec(`${thing}${at}.${verb}`, { description, tags: [thing] })
    })
    return spokeOf(`s${at}`, 'nowhere', specs, { ownerId: CALLER.id })
  })
  const source = new MemorySource()
  for (const spoke of spokes) source.put(spoke)
  const { bus } = await startedBus({ url, prefix: 'bench-search', source })
  const times: number[] = []
  for (let n = 0; n < 600; n++) {
    const from = performance.now()
    const query = QUERIES[n % QUERIES.length] ?? ''
    const found = await bus.directory.search(CALLER, query, { limit: 10 })
    if (n >= 100) times.push(performance.now() - from)
    if (found.length === 0) throw new Error('a search found nothing')
  }
  await bus[Symbol.asyncDispose]()
  const sorted = times.toSorted((a, b) => a - b)
  const mean = times.reduce((sum, each) => sum + each, 0) / times.length
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0
  const name = 'search among 10,000 operations and as many pools'
  const round = (value: number): number => Math.round(value * 100) / 100
  return [
    { name: `${name}, mean`, value: round(mean), unit: 'ms' },
    {
      name: `${name}, p99`,
      value: round(p99),
      unit: 'ms',
      target: `<= ${TARGET_MS} ms`,
      ok: p99 <= TARGET_MS,
    },
  ]
}

/**
 * A call from one process to another through Redis, with access control, validation, signatures and recording on, beside a bare
 * request-reply over Redis pub/sub between the same two processes.
 */
export async function run(): Promise<Row[]> {
  await using redis = await startOwnRedis()
  const peer = await startPeer(redis.url)
  let recorded = 0
  const bus = benchBus(redis.url, 'gateway', () => void recorded++)
  await bus.start()
  const floor = await floorClient(redis.url)
  const ours: Call = () => bus.call('tasks.echo', INPUT, { principal: CALLER })
  const bare: Call = () => floor.call(INPUT)
  try {
    for (const call of [ours, bare]) await throughput(call)
    const latency = await compare(sequential, ours, bare)
    const flow = await compare(throughput, ours, bare)
    const slower = latency.value / latency.reference
    const share = flow.value / flow.reference
    return [
      {
        name: 'call over Redis between two processes, one at a time, p50',
        unit: 'us',
        ...latency,
        ratio: slower,
        target: '<= 1.6 x bare request-reply over Redis',
        ok: slower <= 1.6,
      },
      {
        name: `call over Redis between two processes, ${IN_FLIGHT} in flight`,
        unit: '/s',
        ...flow,
        ratio: share,
        target: '>= 0.4 x bare request-reply over Redis',
        ok: share >= 0.4 && recorded > 0,
      },
      await cancelling(bus, peer),
      await dying(bus, peer, 'SIGSTOP'),
      await killing(bus, redis.url),
      ...(await searching(redis.url)),
    ]
  } finally {
    floor.close()
    await bus[Symbol.asyncDispose]()
    const exited = once(peer, 'exit')
    peer.kill('SIGKILL')
    await exited
  }
}
