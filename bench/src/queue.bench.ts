import { setTimeout as sleep } from 'node:timers/promises'
import { median, percentile } from './measure.ts'
import { queueHub } from './queue/hub.ts'
import { barePeer, bullMqPeer, pgBossPeer } from './queue/peers.ts'
import type { QueuePeer } from './queue/peers.ts'
import { takeoverMs } from './queue/takeover.ts'
import type { Row } from './row.ts'

const ROUNDS = 3
const IN_FLIGHT = 64
const BURST_MS = 3000
const OFFERED = 1000
const BULK = 1000
const BULKS = 10
const PROCESSED = 2000
const STARTS = 20

interface Accepted {
  readonly perSecond: number
  readonly p99Ms: number
}

/** Queued calls, beside a bare table and two queues of npm on the same servers, in turn. */
export async function run(): Promise<Row[]> {
  await using hub = await queueHub()
  await using bare = await barePeer(hub.stack.postgresUrl)
  await using boss = await pgBossPeer(hub.stack.postgresUrl)
  await using bull = bullMqPeer(hub.stack.redis().url)
  const peers = { ours: hub, bare, boss, bull }
  const accepted = await inTurn(peers, accept)
  const offered = await inTurn({ ours: hub, bare }, acceptOffered)
  const bulk = await inTurn(peers, acceptBulk)
  const processed = await inTurn(peers, process)
  const starts = await inTurn(peers, startMs)
  const takeovers = await takeoverMs(hub)
  const rate = (of: readonly Accepted[]): number => median(of.map(({ perSecond }) => perSecond))
  const p99 = median(accepted.ours.map(({ p99Ms }) => p99Ms))
  const takeover = percentile(takeovers, 0.99)
  return [
    {
      ...atLeast('queued calls accepted, 64 in flight', rate(accepted.ours), 1000),
      reference: rate(accepted.bare),
    },
    {
      ...atMost('the same, p99', p99, 25),
      reference: median(accepted.bare.map(({ p99Ms }) => p99Ms)),
    },
    {
      name: 'queued calls accepted at 1,000 a second, p99',
      value: median(offered.ours),
      unit: 'ms',
      reference: median(offered.bare),
    },
    informative('pg-boss: jobs accepted, 64 in flight', rate(accepted.boss)),
    informative('BullMQ: jobs accepted, 64 in flight', rate(accepted.bull)),
    {
      ...atLeast('queued calls accepted, 1,000 in a request', median(bulk.ours), 10_000),
      reference: median(bulk.bare),
    },
    informative('pg-boss: jobs accepted, 1,000 at a time', median(bulk.boss)),
    informative('BullMQ: jobs accepted, 1,000 at a time', median(bulk.bull)),
    {
      ...atLeast('queued calls: accepted, run at a spoke, stored', median(processed.ours), 800),
      reference: median(processed.bare),
    },
    informative('pg-boss: jobs accepted and run in the same process', median(processed.boss)),
    informative('BullMQ: jobs accepted and run in the same process', median(processed.bull)),
    {
      ...atMost('queued call: request to handler at the spoke, idle, p50', median(starts.ours), 8),
      reference: median(starts.bare),
    },
    { name: 'pg-boss: job to handler, idle, p50', value: median(starts.boss), unit: 'ms' },
    { name: 'BullMQ: job to handler, idle, p50', value: median(starts.bull), unit: 'ms' },
    atMost('coordinator killed until its calls have another, p99', takeover, 10_000),
  ]
}

const atLeast = (name: string, value: number, least: number): Row => ({
  name,
  value,
  unit: '/s',
  target: `>= ${least.toLocaleString('en')}/s`,
  ok: value >= least,
})

const atMost = (name: string, value: number, most: number): Row => ({
  name,
  value,
  unit: 'ms',
  target: `<= ${most.toLocaleString('en')} ms`,
  ok: value <= most,
})

const informative = (name: string, value: number): Row => ({ name, value, unit: '/s' })

/** Measures each in turn, in each round. */
async function inTurn<Name extends string, T>(
  peers: Readonly<Record<Name, QueuePeer>>,
  measure: (peer: QueuePeer) => Promise<T>,
): Promise<Readonly<Record<Name, readonly T[]>>> {
  const names = Object.keys(peers) as Name[]
  const all = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<Name, T[]>
  for (const name of names) await measure(peers[name])
  for (let round = 0; round < ROUNDS; round += 1)
    for (const name of names) all[name].push(await measure(peers[name]))
  return all
}

async function accept(peer: QueuePeer): Promise<Accepted> {
  const times: number[] = []
  const from = performance.now()
  const worker = async (): Promise<void> => {
    while (performance.now() - from < BURST_MS) {
      const at = performance.now()
      await peer.accept()
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const perSecond = (times.length * 1000) / (performance.now() - from)
  return { perSecond: Math.round(perSecond), p99Ms: percentile(times, 0.99) }
}

/** The p99 in milliseconds of acceptances that begin at a fixed rate, at most 64 at a time, each counted from when it was due. */
async function acceptOffered(peer: QueuePeer): Promise<number> {
  const times: number[] = []
  const from = performance.now()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let due = 0; due < BURST_MS;) {
      due = (next * 1000) / OFFERED
      next += 1
      const waits = from + due - performance.now()
      if (waits > 0) await sleep(waits)
      await peer.accept()
      times.push(performance.now() - from - due)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return percentile(times, 0.99)
}

async function acceptBulk(peer: QueuePeer): Promise<number> {
  const from = performance.now()
  for (let at = 0; at < BULKS; at += 1) await peer.acceptMany()
  return Math.round((BULKS * BULK * 1000) / (performance.now() - from))
}

async function process(peer: QueuePeer): Promise<number> {
  const from = performance.now()
  await peer.process(PROCESSED)
  return Math.round((PROCESSED * 1000) / (performance.now() - from))
}

async function startMs(peer: QueuePeer): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < STARTS; at += 1) {
    const from = performance.now()
    await peer.start()
    times.push(performance.now() - from)
  }
  return median(times)
}
