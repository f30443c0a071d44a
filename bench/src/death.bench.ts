import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { startTortureStack } from '@alkdev/test/torture'
import type { Replica, TortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { Inspector } from './cpu-profile.ts'
import { median, percentile } from './measure.ts'
import { residentBytes } from './process-stat.ts'
import type { Row } from './row.ts'
import { hubCaller, INPUT } from './socket-caller.ts'
import type { CallerError } from './socket-caller.ts'
import { WebSocket } from 'ws'

const DEATHS = 7
const CANCELS = 200
/** Spokes attached for their weight: as many as the target names, or as are there after a minute on a slow machine. */
const IDLE = 5000
const IDLE_SECONDS = 60
const WAIT_MS = 20_000
const SPOKE = './hub-spoke-peer.ts'

/** How soon a caller learns that a spoke has died or frozen, a handler that it is to stop; and what an idle spoke weighs. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 2, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const [first, second] = stack.brokers
  if (!first || !second) throw new Error('no brokers')
  const idle = await idleBytes(stack, first, children)
  const closed: number[] = []
  for (let at = 0; at < DEATHS; at++)
    closed.push(await untilTold(stack, children, first, second, `dies-${at}`, 'SIGKILL'))
  const frozen = await untilTold(stack, children, first, second, 'freezes', 'SIGSTOP')
  const cancels = await cancelTimes(stack, children, second)
  const closedMs = percentile(closed, 0.99)
  const cancelMs = percentile(cancels, 0.99)
  return [
    {
      name: `spoke killed -> caller on another replica informed, slowest of ${DEATHS}`,
      value: closedMs,
      unit: 'ms',
      target: '<= 100 ms',
      ok: closedMs <= 100,
    },
    {
      name: 'spoke frozen -> caller on another replica informed',
      value: frozen,
      unit: 'ms',
      target: '<= 7000 ms',
      ok: frozen <= 7000,
    },
    {
      name: 'cancel -> spoke on another replica informed, p50',
      value: median(cancels),
      unit: 'ms',
    },
    {
      name: 'cancel -> spoke on another replica informed, p99',
      value: cancelMs,
      unit: 'ms',
      target: '<= 50 ms',
      ok: cancelMs <= 50,
    },
    {
      name: `idle spoke, resident memory of its broker, at ${idle.spokes} attached`,
      value: idle.bytes / 1024,
      unit: 'KiB each',
      target: '<= 30 KiB each',
      ok: idle.bytes <= 30 * 1024,
    },
  ]
}

/** Milliseconds from the signal to the error of a call in flight. */
async function untilTold(
  stack: TortureStack,
  children: Children,
  at: Replica,
  from: Replica,
  name: string,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<number> {
  const { child } = await children.start(SPOKE, ['bare', at.url, stack.key, name])
  const caller = await hubCaller(from.url, stack.key, `client.${name}.bench.slow`)
  const started = once(child, 'message', { signal: AbortSignal.timeout(WAIT_MS) })
  const ended = caller.call().then(
    () => 'an answer',
    (error: CallerError) => error.code,
  )
  await started
  const since = performance.now()
  child.kill(signal)
  const end = await ended
  const ms = performance.now() - since
  if (end !== 'PROVIDER_LOST') throw new Error(`the call ended with ${end}`)
  child.kill('SIGKILL')
  caller.close()
  return ms
}

async function cancelTimes(
  stack: TortureStack,
  children: Children,
  from: Replica,
): Promise<number[]> {
  const [first] = stack.brokers
  const { child } = await children.start(SPOKE, ['bare', first?.url ?? '', stack.key, 'cancelled'])
  const headers = { authorization: `Bearer ${stack.key}` }
  const socket = new WebSocket(`${from.url.replace('http', 'ws')}/ws`, { headers })
  await once(socket, 'open')
  const send = (type: string, id: string, payload: object): void =>
    socket.send(JSON.stringify({ type, id, payload: { requestId: id, ...payload } }))
  const times: number[] = []
  for (let at = 0; at < CANCELS; at++) {
    const id = `c${at}`
    const started = once(child, 'message', { signal: AbortSignal.timeout(WAIT_MS) })
    send('call.requested', id, { operationId: 'client.cancelled.bench.slow', input: INPUT })
    await started
    const stopped = once(child, 'message', { signal: AbortSignal.timeout(WAIT_MS) })
    const since = performance.now()
    send('call.aborted', id, {})
    await stopped
    times.push(performance.now() - since)
  }
  socket.terminate()
  return times
}

/** Growth of the broker's resident memory per attached spoke, each time after a garbage collection: what attaching left behind is not held. */
async function idleBytes(
  stack: TortureStack,
  { machine, url }: Replica,
  children: Children,
): Promise<{ readonly spokes: number; readonly bytes: number }> {
  const { pid } = machine
  if (pid === undefined) throw new Error('the broker does not run')
  await using inspector = await Inspector.open(pid)
  // The first ones bring code and pools with them.
  await children.start(SPOKE, ['bare', url, stack.key, 'warm', '500'])
  await wait(3000)
  await inspector.collectGarbage()
  const before = residentBytes(pid)
  const few = [String(IDLE), String(IDLE_SECONDS)]
  const { child, said } = await children.start(SPOKE, ['bare', url, stack.key, 'idle', ...few])
  const spokes = Number(said.split(' ')[1])
  await wait(5000)
  await inspector.collectGarbage()
  const bytes = (residentBytes(pid) - before) / spokes
  child.kill('SIGKILL')
  return { spokes, bytes }
}
