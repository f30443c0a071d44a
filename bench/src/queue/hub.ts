import { attachSpoke, mutation } from '@alkdev/spoke'
import { must, sleep } from '@alkdev/std'
import { Type } from '@alkdev/typebox'
import { startTortureStack } from '@alkdev/test/torture'
import type { Replica, TortureStack } from '@alkdev/test/torture'
import { httpCaller } from '../http-caller.ts'
import type { QueuePeer } from './peers.ts'

const BULK = 1000
const INPUT = { text: 'a text of some length', n: 1 }
const HOUR_MS = 3_600_000

/** The queue of a hub: a gateway, a broker and a coordinator, with a spoke in this process. */
export interface QueueHub extends QueuePeer {
  readonly stack: TortureStack
  readonly coordinator: Replica
}

/** `prepared`: runs before the coordinator starts. */
export async function queueHub(
  prepared?: (stack: TortureStack) => Promise<void>,
): Promise<QueueHub> {
  await using owned = new AsyncDisposableStack()
  const stack = owned.use(await startTortureStack({ brokers: 1, spokes: 0, drainBudgetMs: 1000 }))
  await prepared?.(stack)
  const coordinator = await stack.add('coordinator')
  let onStart: () => void = () => undefined
  const Echo = Type.Object({ text: Type.String(), n: Type.Integer() })
  const definition = { description: 'For the bench.', input: Echo, output: Echo } as const
  const spoke = attachSpoke({
    hub: must(stack.brokers[0]).url,
    key: stack.key,
    name: 'queue',
    thread: 'main',
    operations: [
      mutation({ ...definition, id: 'bench.echo', retry: 'safe' }, (input) => {
        onStart()
        return input
      }),
      mutation({ ...definition, id: 'bench.hang', retry: 'safe' }, async (input, { signal }) => {
        await sleep(HOUR_MS, signal)
        return input
      }),
    ],
  })
  owned.defer(() => spoke.stop())
  await spoke.attached()
  const url = (name: string): string => `${stack.gateway.url}/api/operations/${name}`
  const headers = { authorization: `Bearer ${stack.key}` }
  const echo = { operationId: 'bench.echo', input: INPUT }
  const stored = { ...echo, delayMs: HOUR_MS, expiresAfterMs: HOUR_MS }
  const many = (call: object, count: number) =>
    httpCaller(
      url('calls.enqueueMany'),
      { calls: Array.from({ length: count }, () => call) },
      headers,
    )
  const acceptOne = httpCaller(url('calls.enqueue'), stored, headers)
  const acceptBulk = many(stored, BULK)
  const processBulk = many(echo, BULK)
  const startOne = httpCaller(url('calls.enqueue'), echo, headers)
  const left = async (): Promise<number> => {
    const [row] = await stack.database.sql<{ left: number }[]>`
      select count(*)::int as left from queued_calls where status = 'running' or (status = 'accepted' and not_before <= now())`
    return row?.left ?? 0
  }
  // A new spoke is known to the coordinator after a moment.
  for (;;) {
    const ready = await startOne.call().then(
      () => true,
      () => false,
    )
    if (ready) break
    await sleep(100)
  }
  const all = owned.move()
  return {
    stack,
    coordinator,
    accept: () => acceptOne.call(),
    acceptMany: () => acceptBulk.call(),
    async process(jobs) {
      for (let from = 0; from < jobs; from += BULK) await processBulk.call()
      while ((await left()) > 0) await sleep(20)
    },
    async start() {
      const started = new Promise<void>((resolve) => (onStart = resolve))
      await Promise.all([startOne.call(), started])
    },
    async [Symbol.asyncDispose]() {
      for (const caller of [acceptOne, acceptBulk, processBulk, startOne]) caller.close()
      await all.disposeAsync()
    },
  }
}
