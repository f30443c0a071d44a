import { setTimeout as wait } from 'node:timers/promises'
import { startTortureStack, untilReady } from '@alkdev/test/torture'
import type { Replica, TortureStack } from '@alkdev/test/torture'
import { Children } from './children.ts'
import { httpCaller } from './http-caller.ts'
import type { Row } from './row.ts'
import { hubCaller, INPUT } from './socket-caller.ts'

const ROUNDS = 3
const TARGET_MS = 3000
const PROCESSES = 3
const SPOKES_EACH = 4
const HTTP_CALLERS = 8
const SOCKET_CALLERS = 8
/** A call without an end after this number of milliseconds is unanswered. */
const LOST_MS = 20_000
/** Milliseconds that one try to reach a spoke is waited for, and between two tries. */
const TRY_MS = 1000
const EVERY_MS = 20
/** Milliseconds after which a spoke that has not return fails the bench. */
const GIVE_UP_MS = 60_000
/** Milliseconds of load before the death, and after the last spoke is back. */
const LOAD_MS = 3000

/** How soon the spokes of a broker that was killed under load answer through the other one, and whether any call stays without an end. */
export async function run(): Promise<Row[]> {
  await using stack = await startTortureStack({ brokers: 2, spokes: 0, drainBudgetMs: 1000 })
  await using children = new Children()
  const [first, second] = stack.brokers
  if (!first || !second) throw new Error('no brokers')
  const operations: string[] = []
  for (let at = 0; at < PROCESSES; at++) {
    const name = `death-${at}`
    const args = ['library', stack.gateway.url, stack.key, name, String(SPOKES_EACH)]
    await children.start('./hub-spoke-peer.ts', args)
    for (let n = 0; n < SPOKES_EACH; n++) operations.push(`client.${name}-${n}.bench.echo`)
  }
  const calls = { ended: 0, failed: 0, unanswered: 0 }
  const worst = []
  // All spokes of a round are at the broker that the next one kills, so that from the second on the whole of them moves.
  for (let round = 0; round < ROUNDS; round++) {
    const [dies, stays] = round % 2 === 0 ? [first, second] : [second, first]
    worst.push(await death(stack, dies, stays, operations, calls))
    dies.machine.start()
    await untilReady(dies)
  }
  const slowest = Math.max(...worst)
  return [
    {
      name: `broker killed under load -> its spokes attached elsewhere, worst of ${ROUNDS}`,
      value: slowest,
      unit: 'ms',
      target: `<= ${TARGET_MS} ms`,
      ok: slowest <= TARGET_MS,
    },
    {
      name: `calls without an end meanwhile, of ${calls.ended} in one run (${calls.failed} got an error)`,
      value: calls.unanswered,
      unit: 'calls',
      target: '0',
      ok: calls.unanswered === 0,
    },
  ]
}

interface Calls {
  ended: number
  failed: number
  unanswered: number
}

/** Milliseconds from the death of a broker until each operation has been answered through the other one. */
async function death(
  { gateway, key }: TortureStack,
  dies: Replica,
  stays: Replica,
  operations: readonly string[],
  calls: Calls,
): Promise<number> {
  const over = new AbortController()
  const at = (index: number): string => operations.at(index % operations.length) ?? ''
  const overHttp = Array.from({ length: HTTP_CALLERS }, (_, n) =>
    httpCaller(`${gateway.url}/api/operations/${at(n)}`, INPUT, { authorization: `Bearer ${key}` }),
  )
  const overSockets = await Promise.all(
    Array.from({ length: SOCKET_CALLERS }, (_, n) => hubCaller(stays.url, key, at(-1 - n))),
  )
  const callers = [...overHttp, ...overSockets]
  const load = callers.map((caller) => callOn(() => caller.call(), calls, over.signal))
  // Through the broker that stays: once the other one is dead, an answer comes from a spoke that is attached here.
  const probes = await Promise.all(operations.map((one) => hubCaller(stays.url, key, one)))
  await Promise.all(probes.map((probe) => untilAnswered(() => probe.call())))
  await wait(LOAD_MS)
  const from = performance.now()
  const killed = dies.machine.kill()
  await Promise.all(probes.map((probe) => untilAnswered(() => probe.call())))
  const ms = performance.now() - from
  await wait(LOAD_MS)
  over.abort()
  await Promise.all(load)
  for (const caller of [...callers, ...probes]) caller.close()
  await killed
  return ms
}

/** One call after the other until the end of the load; each is given its time to end. */
async function callOn(
  call: () => Promise<unknown>,
  calls: Calls,
  over: AbortSignal,
): Promise<void> {
  while (!over.aborted) {
    const end = await endOf(call, LOST_MS)
    if (end === 'none') calls.unanswered += 1
    else calls.ended += 1
    if (end === 'error') {
      calls.failed += 1
      await wait(5)
    }
  }
}

async function untilAnswered(call: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS
  while ((await endOf(call, TRY_MS)) !== 'answer') {
    if (performance.now() > deadline) throw new Error(`no answer after ${GIVE_UP_MS} ms`)
    await wait(EVERY_MS)
  }
}

/** The end of a call, or `none` if it has none within the given milliseconds. */
function endOf(call: () => Promise<unknown>, ms: number): Promise<'answer' | 'error' | 'none'> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, 'none')
    const ended = (end: 'answer' | 'error'): void => {
      clearTimeout(timer)
      resolve(end)
    }
    call().then(
      () => ended('answer'),
      () => ended('error'),
    )
  })
}
