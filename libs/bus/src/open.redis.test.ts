import { CallError, localEnvelope } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import type { OpenedCall } from './call.ts'
import { eventually } from './testing/eventually.ts'
import {
  alice,
  contractsOf,
  freshPrefix,
  pair,
  registryOf,
  spec,
  spokeOf,
  startedBus,
  testBus,
} from './testing/harness.ts'
import { MemorySource } from './testing/memory-source.ts'

const by = { principal: alice }
const echo = spec('tasks.echo')
const ticks = spec('tasks.ticks', { type: 'subscription' })

async function* threeTicks(): AsyncGenerator<number> {
  for (const n of [1, 2, 3]) yield await Promise.resolve(n)
}

async function itemsOf(opened: OpenedCall): Promise<unknown[]> {
  const items: unknown[] = []
  if (opened.kind === 'answer') return items
  for await (const { envelope } of opened.items) items.push(envelope.data)
  return items
}

test('open answers a query with its result and a subscription with its items', async () => {
  await using two = await pair(testRedis().url, [
    [echo, (input: unknown) => input],
    [ticks, threeTicks],
  ])
  const { bus, records } = two.caller
  const answer = await bus.open('tasks.echo', { n: 1 }, by)
  expect(answer).toMatchObject({ kind: 'answer', result: { envelope: { data: { n: 1 } } } })
  const stream = await bus.open('tasks.ticks', {}, by)
  expect(stream.kind).toBe('stream')
  expect(await itemsOf(stream)).toEqual([1, 2, 3])
  expect(records).toMatchObject([{ attempts: 1 }, { attempts: 1, items: 3 }])
  expect(records[0]).not.toHaveProperty('items')
})

test('open determines the kind after its own read of the registry, in one call', async () => {
  const source = new MemorySource()
  const prefix = freshPrefix()
  const { url } = testRedis()
  const broker = testBus({ url, prefix, source, service: 'spoke-broker' })
  broker.bus.serveSpokes((call, sink) => {
    void sink.item(localEnvelope('first', call.header.operationId))
    sink.complete()
  })
  await using brokerBus = broker.bus
  await brokerBus.start()
  const { bus, records } = await startedBus({ url, prefix, source })
  await using _bus = bus
  // The new spoke is not announced. A call of an unknown name makes the broker read the registry.
  source.put(spokeOf('one', brokerBus.instanceId, [spec('logs.tail', { type: 'subscription' })]))
  await expect(brokerBus.call('logs.other', {}, by)).rejects.toMatchObject({
    code: 'OPERATION_NOT_FOUND',
  })
  const opened = await bus.open('logs.tail', {}, by)
  expect(await itemsOf(opened)).toEqual(['first'])
  expect(records).toHaveLength(1)
})

test('open rejects with the error of a call that fails, and gives the error of a stream to its reader', async () => {
  await using two = await pair(testRedis().url, [
    [
      ticks,
      async function* () {
        yield await Promise.resolve(1)
        throw new Error('broken')
      },
    ],
  ])
  const { bus } = two.caller
  await expect(bus.open('tasks.nothing', {}, by)).rejects.toMatchObject({
    code: 'OPERATION_NOT_FOUND',
  })
  await expect(itemsOf(await bus.open('tasks.ticks', {}, by))).rejects.toMatchObject({
    code: 'EXECUTION_ERROR',
  })
})

test('a caller can refuse a subscription before it starts', async () => {
  let runs = 0
  await using two = await pair(testRedis().url, [
    [echo, () => 1],
    [
      ticks,
      async function* () {
        runs++
        yield await Promise.resolve(1)
      },
    ],
  ])
  const { bus } = two.caller
  const onStream = (): void => {
    throw new CallError('RATE_LIMITED', 'too many streams')
  }
  expect(await bus.open('tasks.echo', {}, { ...by, onStream })).toMatchObject({ kind: 'answer' })
  await expect(bus.open('tasks.ticks', {}, { ...by, onStream })).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  })
  expect(runs).toBe(0)
  expect(bus.gauges.waiting).toBe(0)
})

test('the time limit of an answer does not end a stream, and a total time limit does', async () => {
  const slow = spec('tasks.slow')
  const never = (_input: unknown, { signal }: OperationContext): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  await using two = await pair(
    testRedis().url,
    [
      [slow, never],
      [
        ticks,
        async function* (input: unknown, context) {
          yield 1
          await never(input, context).catch(() => undefined)
        },
      ],
    ],
    { limits: { callTimeoutMs: 100 } },
  )
  const { bus } = two.caller
  const stream = await bus.open('tasks.ticks', {}, by)
  await expect(bus.open('tasks.slow', {}, by)).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(stream.kind === 'stream' && (await stream.items.next()).value?.seq).toBe(1)
  expect(bus.gauges.waiting).toBe(1)
  if (stream.kind === 'stream') await stream.items.return?.()
  await eventually(() => expect(two.provider.bus.gauges.running).toBe(0))
  const limited = await bus.open('tasks.ticks', {}, { ...by, timeoutMs: 100 })
  await expect(itemsOf(limited)).rejects.toMatchObject({ code: 'TIMEOUT' })
})

test('one header is used throughout a call: a local handler, its nested calls and the record have its trace', async () => {
  const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const outer = spec('keys.outer')
  const contexts: OperationContext[] = []
  const prefix = freshPrefix()
  const { url } = testRedis()
  const contracts = [...contractsOf('gateway', outer), ...contractsOf('coordinator', echo)]
  const far = testBus({ url, prefix, contracts, service: 'coordinator' })
  far.bus.serveService(registryOf([echo, (_input, context) => void contexts.push(context)]))
  await using farBus = far.bus
  await farBus.start()
  const near = testBus({ url, prefix, contracts })
  near.bus.serveService(
    registryOf([
      outer,
      async (_input, context) => {
        contexts.push(context)
        await near.bus.call('tasks.echo', {}, { ...by, parentCallId: context.requestId ?? '' })
      },
    ]),
  )
  await using bus = near.bus
  await bus.start()
  await bus.call('keys.outer', {}, { ...by, traceparent })
  expect(contexts.map((context) => context.traceparent)).toEqual([traceparent, traceparent])
  expect(near.records.map(({ header }) => [header.operationId, header.depth])).toEqual([
    ['tasks.echo', 1],
    ['keys.outer', 0],
  ])
  for (const { header } of near.records) {
    expect(header.traceparent).toBe(traceparent)
    expect(Object.isFrozen(header)).toBe(true)
  }
})
