import { fileURLToPath } from 'node:url'
import { must, sleep } from '@alkdev/std'
import { UNRECORDED_BROKER, UNRECORDED_GATEWAY, startTortureStack } from '@alkdev/test/torture'
import type { TortureStack } from '@alkdev/test/torture'
import { recordCosts } from './call-log-cpu.ts'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { median, noiseOf } from './measure.ts'
import type { Row } from './row.ts'
import { INPUT, hubCaller } from './socket-caller.ts'
import type { SocketCaller } from './socket-caller.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const IN_FLIGHT = 64
const BURST_MS = 2000
/** The rows of the burst before are written by then. */
const SETTLE_MS = 1500
const ROUNDS = 7
const INGESTED_BATCHES = 100

/** What the row of a call costs: PostgreSQL's processor time, its size, how many fit into a second, and what recording takes from a broker. */
export async function run(): Promise<Row[]> {
  const [cost] = await recordCosts([ROOT])
  if (!cost) throw new Error('nothing was measured')
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  const perSecond = await ingested(stack)
  const socket = await socketsOnAndOff(stack)
  const http = await httpOnAndOff(stack)
  return [
    {
      name: 'PostgreSQL for a recorded call, batches of 500',
      value: cost.serverUs,
      unit: 'us',
      noise: cost.noiseUs / cost.serverUs,
      target: '<= 30 us of processor time',
      ok: cost.serverUs <= 30,
    },
    { name: 'the process that records, for a call', value: cost.writerUs, unit: 'us' },
    { name: 'a recorded call, table and indexes', value: cost.bytes, unit: 'bytes' },
    {
      name: 'calls recorded beside a running hub, by one connection',
      value: perSecond,
      unit: '/s',
      target: '>= 5,000/s',
      ok: perSecond >= 5000,
    },
    rowOf(
      'HTTP -> gateway -> Redis -> broker -> spoke and back, 64 in flight, recorded, beside a gateway that records nothing',
      http,
    ),
    rowOf(
      'call over WebSocket on one broker, 64 in flight, recorded, beside one that records nothing',
      socket,
    ),
  ]
}

/** Calls per second that one connection records while the services of the stack run. */
async function ingested(stack: TortureStack): Promise<number> {
  await using children = new Children()
  const { child } = await children.start('./call-log-child.ts', [ROOT, stack.postgresUrl])
  const write = async (batches: number): Promise<number> => {
    const ended = new Promise((resolve) => {
      child.once('message', resolve)
    })
    const from = performance.now()
    child.send(batches)
    await ended
    return (batches * 500 * 1000) / (performance.now() - from)
  }
  await write(20)
  return Math.round(await write(INGESTED_BATCHES))
}

interface OnAndOff {
  readonly recording: number
  readonly without: number
  readonly noise: number
}

function rowOf(name: string, { recording, without, noise }: OnAndOff): Row {
  const ratio = recording / without
  return {
    name,
    value: recording,
    unit: '/s',
    reference: without,
    ratio,
    noise,
    target: '>= 0.85 x without recording',
    ok: ratio >= 0.85,
  }
}

/** Calls through a broker that records and through one that does not. */
async function socketsOnAndOff(stack: TortureStack): Promise<OnAndOff> {
  await using children = new Children()
  const brokers = [must(stack.brokers[0]), await stack.add('spoke-broker', UNRECORDED_BROKER)]
  const callers: SocketCaller[] = []
  for (const [at, { url }] of brokers.entries()) {
    await children.start('./hub-spoke-peer.ts', ['bare', url, stack.key, `bare-${at}`])
    callers.push(await hubCaller(url, stack.key, `client.bare-${at}.bench.echo`))
  }
  return await inTurn(callers)
}

/** Calls to one spoke through a gateway that records and through one that does not: the gateway has the caller, and writes the row. */
async function httpOnAndOff(stack: TortureStack): Promise<OnAndOff> {
  await using children = new Children()
  const { url } = must(stack.brokers[0])
  await children.start('./hub-spoke-peer.ts', ['bare', url, stack.key, 'bare-http'])
  const gateways = [stack.gateway, await stack.add('gateway', UNRECORDED_GATEWAY)]
  const headers = { authorization: `Bearer ${stack.key}` }
  return await inTurn(
    gateways.map((one) =>
      httpCaller(`${one.url}/api/operations/client.bare-http.bench.echo`, INPUT, headers),
    ),
  )
}

/** Calls per second of the two in alternation; the medians of the rounds. Closes both. */
async function inTurn(
  callers: readonly { call(): Promise<unknown>; close(): void }[],
): Promise<OnAndOff> {
  const measured: number[][] = [[], []]
  for (let round = 0; round <= ROUNDS; round++)
    for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
      await sleep(SETTLE_MS)
      const perSecond = await burst(() => must(callers[at]).call())
      // The first round warms up.
      if (round > 0) measured[at]?.push(perSecond)
    }
  for (const caller of callers) caller.close()
  const [recording = [], without = []] = measured
  return {
    recording: Math.round(median(recording)),
    without: Math.round(median(without)),
    noise: noiseOf(recording) + noiseOf(without),
  }
}

async function burst(call: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  let ended = 0
  const worker = async (): Promise<void> => {
    for (; performance.now() - from < BURST_MS; ended++) await call()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (ended * 1000) / (performance.now() - from)
}
