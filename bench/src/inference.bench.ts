import { must } from '@alkdev/std'
import type { Replica } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import { startInferenceStack } from './inference-stack.ts'
import { inTurn } from './measure.ts'
import { pathCosts, untilAnswers } from './path-contender.ts'
import type { PathContender, PathCost } from './path-contender.ts'
import { portkeyPath } from './portkey-peer.ts'
import type { Row } from './row.ts'

const BODY = {
  model: 'acme/m',
  messages: [{ role: 'user', content: 'A prompt of a few words, as in a test.' }],
  max_tokens: 100,
}
const COST = { calls: 1000, rounds: 5, warmUpCalls: 3000, inFlight: 16 }
const TIMES = { sequential: 150, inFlight: 16, burstMs: 500, rounds: 3, warmUpMs: 200 }

/**
 * A chat completion through the inference proxy and through a bare relay to the same provider, in alternation: the processor time of the
 * proxy with each feature added, through its own port and through the gateway.
 */
export async function run(): Promise<Row[]> {
  await using children = new Children()
  const model = (await children.start('./inference-peer.ts', ['model'])).said
  const relay = await children.start('./inference-peer.ts', ['relay', model])
  await using hub = await startInferenceStack({ acme: model })
  const { stack, proxy, keys } = hub
  await using portkey = await portkeyPath(model, { ...BODY, model: 'm' })
  const direct = (key: string): PathContender => contender(proxy.url, key, { proxy: pidOf(proxy) })
  const contenders: Readonly<Record<string, PathContender>> = {
    relay: {
      ...httpCaller(`${relay.said}/chat/completions`, BODY),
      processes: { proxy: must(relay.child.pid) },
    },
    recorded: direct(keys.free),
    minute: direct(keys.minute),
    everything: direct(keys.everything),
    gateway: contender(stack.gateway.url, keys.everything, {
      proxy: pidOf(proxy),
      gateway: pidOf(stack.gateway),
    }),
    portkey,
  }
  const all = Object.values(contenders)
  for (const { call } of all) await untilAnswers(call)
  const costs = await pathCosts(all, COST)
  const times = await inTurn(
    all.map(({ call }) => call),
    TIMES,
  )
  for (const { close } of all) close()
  const [bare, recorded, minute, everything, gateway, peer] = costs
  const [bareTime, , , ours, viaGateway, peerTime] = times
  if (!bare || !recorded || !minute || !everything || !gateway || !peer)
    throw new Error('not measured')
  if (!bareTime || !ours || !viaGateway || !peerTime) throw new Error('not measured')
  return [
    cpuRow('a call that is authenticated, routed and recorded', recorded, bare),
    cpuRow('the same with a limit of tokens per minute', minute, bare),
    cpuRow('the same with a budget in money, too: everything on', everything, bare, 2),
    cpuRow('the same through the gateway', gateway, bare, 3),
    cpuRow("Portkey's gateway, without records and limits", peer, bare),
    {
      name: 'calls with everything on, 16 in flight',
      value: ours.perSecond,
      unit: '/s',
      reference: bareTime.perSecond,
      ratio: ours.perSecond / bareTime.perSecond,
      noise: ours.noise.perSecond + bareTime.noise.perSecond,
    },
    {
      name: "the same beside Portkey's gateway",
      value: ours.perSecond,
      unit: '/s',
      reference: peerTime.perSecond,
      ratio: ours.perSecond / peerTime.perSecond,
      noise: ours.noise.perSecond + peerTime.noise.perSecond,
      target: ">= 5 x Portkey's gateway",
      ok: ours.perSecond >= 5 * peerTime.perSecond,
    },
    addedRow('time that a call takes longer, one at a time, p50', ours.p50Us - bareTime.p50Us, 600),
    addedRow('the same through the gateway', viaGateway.p50Us - bareTime.p50Us),
  ]
}

function contender(
  url: string,
  key: string,
  processes: Readonly<Record<string, number>>,
): PathContender {
  const headers = { authorization: `Bearer ${key}` }
  return { ...httpCaller(`${url}/v1/chat/completions`, BODY, headers), processes }
}

function pidOf({ machine }: Replica): number {
  return must(machine.pid)
}

/** Processor time of the hub's own processes for a call, beside that of the relay. */
function cpuRow(name: string, cost: PathCost, bare: PathCost, atMost?: number): Row {
  const sum = ({ cpuUs }: PathCost): number => (cpuUs['proxy'] ?? 0) + (cpuUs['gateway'] ?? 0)
  const ratio = sum(cost) / sum(bare)
  return {
    name: `processor time: ${name}`,
    value: sum(cost),
    unit: 'us',
    reference: sum(bare),
    ratio,
    noise: cost.noise.sum + bare.noise.sum,
    ...(atMost !== undefined && { target: `<= ${atMost} x the bare relay`, ok: ratio <= atMost }),
  }
}

function addedRow(name: string, us: number, atMost?: number): Row {
  return {
    name,
    value: us,
    unit: 'us',
    ...(atMost !== undefined && { target: `<= ${atMost} us`, ok: us <= atMost }),
  }
}
