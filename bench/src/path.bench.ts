import { startTortureStack } from '@alkdev/test/torture'
import { must } from '@alkdev/std'
import { Children } from './children.ts'
import { hopTimes } from './hop-times.ts'
import { inTurn } from './measure.ts'
import {
  floorPath,
  hubPath,
  moleculerPath,
  pathCosts,
  redisOf,
  untilAnswers,
} from './path-contender.ts'
import type { PathCost } from './path-contender.ts'
import type { Row } from './row.ts'

/** Seconds are short here: the processor time per call is the result, and it comes from a fixed number of calls. */
const SHORT = { sequential: 300, inFlight: 64, burstMs: 1500, rounds: 5, warmUpMs: 500 }

/**
 * One call over HTTP, gateway, Redis, broker and spoke, beside the baseline of the same processes and beside Moleculer: calls per second, the time of one
 * call, and the processor time of each process per call. All contenders in alternation.
 */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const contenders = [
    await hubPath(stack, children),
    await floorPath(redisOf(stack), children),
    await moleculerPath(redisOf(stack), children),
  ]
  for (const { call } of contenders) await untilAnswers(call)
  const [hub, floor, moleculer] = await pathCosts(contenders)
  const [ours, bare, peer] = await inTurn(
    contenders.map(({ call }) => call),
    SHORT,
  )
  const hops = await hopTimes(
    `${stack.gateway.url}/api/operations/client.bare.bench.echo`,
    stack.key,
  )
  for (const { close } of contenders) close()
  if (!hub || !floor || !moleculer || !ours || !bare || !peer) throw new Error('not measured')
  const ofFloor = ours.perSecond / bare.perSecond
  const ofPeer = ours.perSecond / peer.perSecond
  const slower = ours.p50Us / peer.p50Us
  return [
    {
      name: 'HTTP -> gateway -> Redis -> broker -> spoke and back, 64 in flight',
      value: ours.perSecond,
      unit: '/s',
      reference: bare.perSecond,
      ratio: ofFloor,
      noise: ours.noise.perSecond + bare.noise.perSecond,
      target: '>= 0.75 x the baseline',
      ok: ofFloor >= 0.75,
    },
    {
      name: 'the same beside Moleculer behind moleculer-web',
      value: ours.perSecond,
      unit: '/s',
      reference: peer.perSecond,
      ratio: ofPeer,
      noise: ours.noise.perSecond + peer.noise.perSecond,
      target: '>= 1.3 x Moleculer',
      ok: ofPeer >= 1.3,
    },
    {
      name: 'the same, one at a time, p50, beside Moleculer',
      value: ours.p50Us,
      unit: 'us',
      reference: peer.p50Us,
      ratio: slower,
      noise: ours.noise.p50 + peer.noise.p50,
      target: '<= 1.1 x Moleculer',
      ok: slower <= 1.1,
    },
    {
      name: 'the same, one at a time, p50, beside the baseline',
      value: ours.p50Us,
      unit: 'us',
      reference: bare.p50Us,
      ratio: ours.p50Us / bare.p50Us,
      noise: ours.noise.p50 + bare.noise.p50,
    },
    {
      name: 'processor time of all processes for a call, beside Moleculer',
      value: hub.sumUs,
      unit: 'us',
      reference: moleculer.sumUs,
      ratio: hub.sumUs / moleculer.sumUs,
      noise: hub.noise.sum + moleculer.noise.sum,
    },
    {
      name: 'processor time of all processes for a call',
      value: hub.sumUs,
      unit: 'us',
      reference: floor.sumUs,
      ratio: hub.sumUs / floor.sumUs,
      noise: hub.noise.sum + floor.noise.sum,
    },
    ...Object.keys(hub.cpuUs).map((name) => cpuRow(name, hub, floor)),
    ...hops,
  ]
}

const TITLES: Readonly<Record<string, string>> = { Redis: 'Redis', PostgreSQL: 'PostgreSQL' }

function cpuRow(name: string, hub: PathCost, floor: PathCost): Row {
  const value = must(hub.cpuUs[name])
  const reference = floor.cpuUs[name]
  return {
    name: `processor time of ${TITLES[name] ?? `the ${name}`} for a call`,
    value,
    unit: 'us',
    ...(reference !== undefined && { reference, ratio: value / reference }),
    noise: (hub.noise.cpu[name] ?? 0) + (floor.noise.cpu[name] ?? 0),
  }
}
