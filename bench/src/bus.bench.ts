import { fork } from 'node:child_process'
import { once } from 'node:events'
import { startOwnRedis } from '@alkdev/bus/testing'
import { benchBus, CALLER, floorClient } from './bus-peer.ts'
import type { Row } from './row.ts'

const SEQUENTIAL = 2000
const IN_FLIGHT = 64
const BURST_MS = 2000
const ROUNDS = 3
const INPUT = { hello: 'world', n: 42 }

type Call = () => Promise<unknown>

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

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
): Promise<{ readonly value: number; readonly reference: number }> {
  const values: number[] = []
  const references: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    references.push(await measure(floor))
    values.push(await measure(ours))
  }
  return { value: Math.round(median(values)), reference: Math.round(median(references)) }
}

/**
 * A call from one process to another through Redis, with access control, validation, signatures and recording on, beside a bare
 * request-reply over Redis pub/sub between the same two processes.
 */
export async function run(): Promise<Row[]> {
  await using redis = await startOwnRedis()
  const peer = fork(new URL('./bus-peer.ts', import.meta.url), [redis.url])
  await once(peer, 'message')
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
    ]
  } finally {
    floor.close()
    await bus[Symbol.asyncDispose]()
    const exited = once(peer, 'exit')
    peer.kill('SIGKILL')
    await exited
  }
}
