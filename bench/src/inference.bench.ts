import { must } from '@alkdev/std'
import { hasHaproxy, startHaproxy } from '@alkdev/test/haproxy'
import type { Haproxy } from '@alkdev/test/haproxy'
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
/** With these numbers the processes are compiled, and what they do in the half second after a round, while rows are written, is little beside its calls. */
const COST = { calls: 4000, rounds: 5, warmUpCalls: 8000, inFlight: 16 }
const TIMES = { sequential: 150, inFlight: 16, burstMs: 500, rounds: 3, warmUpMs: 200 }

/**
 * A chat completion through the inference proxy and through a bare relay to the same provider, in alternation: the processor time of the
 * proxy with each feature added, through its own port, through the gateway, and through HAProxy as in the stack of containers. It is that of all
 * threads of the named processes, in the kernel too, from the first call of a round until half a second after its last one, by the calls of the
 * round; medians of five rounds of 4,000 calls, after 8,000 calls of each contender. The reference is the bare relay, and for what the gateway or HAProxy
 * takes alone, a bare relay in its place: before the inference proxy, with the same calls. Without `haproxy` its rows are left out.
 */
export async function run(): Promise<Row[]> {
  await using children = new Children()
  const model = (await children.start('./inference-peer.ts', ['model'])).said
  const relay = await children.start('./inference-peer.ts', ['relay', model])
  await using hub = await startInferenceStack({ acme: model })
  const { stack, proxy, keys } = hub
  const bareHop = await children.start('./inference-peer.ts', ['relay', proxy.url])
  await using portkey = await portkeyPath(model, { ...BODY, model: 'm' })
  await using haproxy = await haproxyBefore(stack.gateway, proxy)
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
      hop: pidOf(stack.gateway),
    }),
    portkey,
    bareHop: contender(new URL(bareHop.said).origin, keys.everything, {
      proxy: pidOf(proxy),
      hop: must(bareHop.child.pid),
    }),
    ...(haproxy !== null && {
      haproxy: contender(haproxy.url, keys.everything, { proxy: pidOf(proxy), hop: haproxy.pid }),
    }),
  }
  const all = Object.values(contenders)
  for (const { call } of all) await untilAnswers(call)
  const costs = await pathCosts(all, COST)
  const times = await inTurn(
    all.map(({ call }) => call),
    TIMES,
  )
  for (const { close } of all) close()
  const [bare, recorded, minute, everything, gateway, peer, viaBareHop, viaHaproxy] = costs
  const [bareTime, , , ours, viaGateway, peerTime] = times
  if (!bare || !recorded || !minute || !everything || !gateway || !peer || !viaBareHop)
    throw new Error('not measured')
  if (!bareTime || !ours || !viaGateway || !peerTime) throw new Error('not measured')
  return [
    cpuRow('a call that is authenticated, routed and recorded', recorded, bare),
    cpuRow('the same with a limit of tokens per minute', minute, bare),
    cpuRow('the same with a budget in money, too: everything on', everything, bare, 2),
    cpuRow('the same through the gateway', gateway, bare, 3),
    hopRow(
      "the gateway's own part of it, beside a bare relay in its place",
      gateway,
      viaBareHop,
      1.5,
    ),
    ...(viaHaproxy === undefined
      ? []
      : [
          cpuRow('the same through HAProxy, as in the stack of containers', viaHaproxy, bare, 3),
          hopRow("HAProxy's own part of it, beside the same", viaHaproxy, viaBareHop, 1.5),
        ]),
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

/** HAProxy as in the stack of containers, or null when it is not installed. */
async function haproxyBefore(gateway: Replica, proxy: Replica): Promise<Haproxy | null> {
  if (!hasHaproxy()) {
    console.log('haproxy is not installed: the row through HAProxy is left out.')
    return null
  }
  const at = (name: string, { url }: Replica): { name: string; port: number }[] => [
    { name, port: Number(new URL(url).port) },
  ]
  const servers = {
    gateway: at('gateway-1', gateway),
    'inference-proxy': at('inference-proxy-1', proxy),
  }
  return startHaproxy(servers, '192.0.2.1')
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

/** Processor time of the proxy and of the hop before it for a call, beside that of the relay. */
function cpuRow(name: string, cost: PathCost, bare: PathCost, atMost?: number): Row {
  const sum = ({ cpuUs }: PathCost): number => (cpuUs['proxy'] ?? 0) + (cpuUs['hop'] ?? 0)
  return ratioRow(name, sum(cost), sum(bare), {
    noise: cost.noise.sum + bare.noise.sum,
    ...(atMost !== undefined && { atMost }),
  })
}

/** Processor time of the hop alone, beside that of a bare relay in its place. */
function hopRow(name: string, cost: PathCost, hop: PathCost, atMost: number): Row {
  const [ours, bare] = [cost, hop].map(({ cpuUs }) => cpuUs['hop'] ?? 0)
  return ratioRow(name, ours ?? 0, bare ?? 0, {
    noise: (cost.noise.cpu['hop'] ?? 0) + (hop.noise.cpu['hop'] ?? 0),
    atMost,
  })
}

function ratioRow(
  name: string,
  value: number,
  reference: number,
  { noise, atMost }: { readonly noise: number; readonly atMost?: number },
): Row {
  const ratio = value / reference
  return {
    name: `processor time: ${name}`,
    value,
    unit: 'us',
    reference,
    ratio,
    noise,
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
