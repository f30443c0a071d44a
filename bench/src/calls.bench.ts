import { startTortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { inTurn } from './measure.ts'
import { cpuMs } from './process-stat.ts'
import type { Row } from './row.ts'
import { hubCaller, relayCaller } from './socket-caller.ts'

/**
 * A call over one broker, from one WebSocket to another, beside a bare relay of frames: three processes each, with access control,
 * validation, recording and metrics on in ours.
 */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const [broker] = stack.brokers
  if (!broker) throw new Error('no broker')
  const spoke = './hub-spoke-peer.ts'
  await children.start(spoke, ['bare', broker.url, stack.key, 'bare'])
  await children.start(spoke, ['library', broker.url, stack.key, 'library'])
  const { child: relayProcess, said: relay } = await children.start('./relay-peer.ts', ['relay'])
  await children.start('./relay-peer.ts', ['worker', relay])
  const bare = await hubCaller(broker.url, stack.key, 'client.bare.bench.echo')
  const library = await hubCaller(broker.url, stack.key, 'client.library.bench.echo')
  const floor = await relayCaller(relay)
  const callers = [bare, floor, library]
  const cpu = await cpuOf(broker.machine.pid, () => bare.call())
  const floorCpu = await cpuOf(relayProcess.pid, () => floor.call())
  const [ours, reference, whole] = await inTurn(callers.map((caller) => () => caller.call()))
  for (const caller of callers) caller.close()
  if (!ours || !reference || !whole) throw new Error('nothing was measured')
  const slower = ours.p50Us / reference.p50Us
  const share = ours.perSecond / reference.perSecond
  return [
    {
      name: 'call over WebSocket on one broker, one at a time, p50',
      value: ours.p50Us,
      unit: 'us',
      reference: reference.p50Us,
      ratio: slower,
      noise: ours.noise.p50 + reference.noise.p50,
      target: '<= 1.3 x a raw ws relay',
      ok: slower <= 1.3,
    },
    {
      name: 'call over WebSocket on one broker, 64 in flight',
      value: ours.perSecond,
      unit: '/s',
      reference: reference.perSecond,
      ratio: share,
      noise: ours.noise.perSecond + reference.noise.perSecond,
      target: '>= 0.55 x a raw ws relay',
      ok: share >= 0.55,
    },
    {
      name: 'CPU of the broker for a call, 64 in flight',
      value: cpu,
      unit: 'us',
      reference: floorCpu,
      ratio: cpu / floorCpu,
    },
    {
      name: 'the same to a spoke made with the library, one at a time, p50',
      value: whole.p50Us,
      unit: 'us',
      reference: reference.p50Us,
      ratio: whole.p50Us / reference.p50Us,
      noise: whole.noise.p50 + reference.noise.p50,
    },
    {
      name: 'the same to a spoke made with the library, 64 in flight',
      value: whole.perSecond,
      unit: '/s',
      reference: reference.perSecond,
      ratio: whole.perSecond / reference.perSecond,
      noise: whole.noise.perSecond + reference.noise.perSecond,
    },
  ]
}

/** Microseconds of CPU that a process spends on a call, when it is warm. */
async function cpuOf(pid: number | undefined, call: () => Promise<unknown>): Promise<number> {
  let ended = 0
  const burst = async (ms: number): Promise<void> => {
    const until = performance.now() + ms
    const worker = async (): Promise<void> => {
      for (; performance.now() < until; ended++) await call()
    }
    await Promise.all(Array.from({ length: 64 }, worker))
  }
  await burst(5000)
  const before = cpuMs(pid)
  ended = 0
  await burst(2000)
  return Math.round(((cpuMs(pid) - before) * 1000) / ended)
}
