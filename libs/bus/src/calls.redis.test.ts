import type { Bus } from './bus.ts'
import { CallError, localEnvelope } from '@alkdev/operations'
import type { OperationContext } from '@alkdev/operations'
import { deferred, sleep, uuidv7 } from '@alkdev/std'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import {
  alice,
  bob,
  contractsOf,
  freshPrefix,
  pair,
  registryOf,
  spec,
  startedBus,
  testBus,
} from './testing/harness.ts'

const echo = spec('tasks.echo')

test('a call reaches another instance with input, identity and actor, and its answer and record return', async () => {
  let context: OperationContext = {}
  await using two = await pair(testRedis().url, [
    [
      echo,
      (input: unknown, given) => {
        context = given
        return { got: input }
      },
    ],
  ])
  const { bus, records } = two.caller
  const result = await bus.call('tasks.echo', { n: 1 }, { principal: alice, metadata: { a: 1 } })
  expect(result.envelope.data).toEqual({ got: { n: 1 } })
  expect(result.envelope.meta).toMatchObject({ callId: result.callId, operationId: 'tasks.echo' })
  expect(context).toMatchObject({ requestId: result.callId, identity: alice, metadata: { a: 1 } })
  expect(records).toMatchObject([
    {
      header: {
        callId: result.callId,
        operationId: 'tasks.echo',
        principal: alice,
        actor: { kind: 'service', name: 'gateway', instanceId: bus.instanceId },
        input: { n: 1 },
        depth: 0,
        metadata: { a: 1 },
      },
      status: 'completed',
      output: { got: { n: 1 } },
      attempts: 1,
      instanceId: two.provider.bus.instanceId,
      route: 'least-loaded of 1',
    },
  ])
  expect(two.provider.records).toEqual([])
})

test('errors keep their code, message and details across processes', async () => {
  const failing = spec('tasks.fail', {
    errorSchemas: [{ code: 'TASK_BUSY', description: 'busy', schema: {} }],
  })
  const strict = spec('tasks.strict', {
    inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
  })
  const scoped = spec('tasks.owned', {
    accessControl: {
      requiredScopes: [],
      resourceType: 'project',
      resourceAction: 'read',
      resourceFrom: '/projectId',
    },
  })
  await using two = await pair(testRedis().url, [
    [
      failing,
      () => {
        throw new CallError('TASK_BUSY', 'later', { until: 5 })
      },
    ],
    [strict, () => 1],
    [scoped, () => 1],
  ])
  const { bus, records } = two.caller
  const by = { principal: bob }
  await expect(bus.call('tasks.fail', {}, by)).rejects.toMatchObject({
    code: 'TASK_BUSY',
    message: 'later',
    details: { until: 5 },
  })
  await expect(bus.call('tasks.strict', {}, by)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  await expect(bus.call('tasks.owned', { projectId: 'p' }, by)).rejects.toMatchObject({
    code: 'ACCESS_DENIED',
  })
  expect(records.map(({ status, code }) => [status, code])).toEqual([
    ['failed', 'TASK_BUSY'],
    ['failed', 'VALIDATION_ERROR'],
    ['failed', 'ACCESS_DENIED'],
  ])
})

test('an unknown operation and one that the scopes do not cover give the same error, and are recorded', async () => {
  const hidden = spec('tasks.hidden', { accessControl: { requiredScopes: ['tasks:read'] } })
  await using two = await pair(testRedis().url, [[hidden, () => 1]])
  const { bus, records } = two.caller
  const unknownUser = { principal: { id: 'x', scopes: ['other:read'] } }
  const unknown = await bus.call('tasks.nothing', {}, unknownUser).catch((error: unknown) => error)
  const invisible = await bus.call('tasks.hidden', {}, unknownUser).catch((error: unknown) => error)
  expect(unknown).toMatchObject({ code: 'OPERATION_NOT_FOUND' })
  expect(JSON.stringify((invisible as CallError).toWire()).replaceAll('hidden', 'nothing')).toBe(
    JSON.stringify((unknown as CallError).toWire()),
  )
  expect(records.map(({ code }) => code)).toEqual(['OPERATION_NOT_FOUND', 'OPERATION_NOT_FOUND'])
})

test('(row 16) a call without a provider fails at once and says that nothing ran', async () => {
  const prefix = freshPrefix()
  const { url } = testRedis()
  const { bus } = await startedBus({ url, prefix, contracts: contractsOf('coordinator', echo) })
  await using _bus = bus
  await expect(
    bus.call('tasks.echo', {}, { principal: alice, timeoutMs: 600_000 }),
  ).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE', retryAfterMs: 1000 })
})

test('an operation of this process is called without a message', async () => {
  const own = spec('hub.list')
  const prefix = freshPrefix()
  const made = testBus({
    url: testRedis().url,
    prefix,
    contracts: [...contractsOf('local', own), ...contractsOf('gateway', spec('keys.mine'))],
  })
  made.bus.serveLocal(registryOf([own, () => ['here']]))
  made.bus.serveService(registryOf([spec('keys.mine'), () => 'mine']))
  await using bus = made.bus
  await bus.start()
  const before = bus.counters['messagesSent']
  const input = { same: true }
  const result = await bus.call('hub.list', input, { principal: alice })
  expect(result.envelope.data).toEqual(['here'])
  expect((await bus.call('keys.mine', {}, { principal: alice })).envelope.data).toBe('mine')
  expect(bus.counters['messagesSent']).toBe(before)
  expect(made.records).toMatchObject([
    { header: { operationId: 'hub.list', input }, local: true },
    { header: { operationId: 'keys.mine' } },
  ])
  expect(made.records[1]).not.toHaveProperty('local')
})

test('a call id in flight cannot be used again, and the refusal is recorded under another id', async () => {
  const release = deferred<number>()
  await using two = await pair(testRedis().url, [[echo, () => release.promise]])
  const { bus, records } = two.caller
  const callId = uuidv7()
  const first = bus.call('tasks.echo', {}, { principal: alice, callId })
  await expect(bus.call('tasks.echo', {}, { principal: alice, callId })).rejects.toMatchObject({
    code: 'CONFLICT',
  })
  expect(records[0]?.header.callId).not.toBe(callId)
  release.resolve(7)
  expect((await first).envelope.data).toBe(7)
})

test('call refuses a subscription, and subscribe refuses a query', async () => {
  const ticks = spec('tasks.ticks', { type: 'subscription' })
  await using two = await pair(testRedis().url, [
    [
      ticks,
      async function* () {
        yield 1
      },
    ],
    [echo, () => 1],
  ])
  const { bus } = two.caller
  await expect(bus.call('tasks.ticks', {}, { principal: alice })).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
  await expect(bus.subscribe('tasks.echo', {}, { principal: alice }).next()).rejects.toMatchObject({
    code: 'VALIDATION_ERROR',
  })
})

test('calls are routed to the instance with the least load', async () => {
  const options = {
    url: testRedis().url,
    prefix: freshPrefix(),
    contracts: contractsOf('coordinator', echo),
  }
  const release = deferred<void>()
  const counts = [0, 0, 0]
  const providers = await Promise.all(
    counts.map(async (_zero, at) => {
      const made = testBus({ ...options, service: 'coordinator' })
      made.bus.serveService(
        registryOf([
          echo,
          async () => {
            counts[at] = (counts[at] ?? 0) + 1
            await release.promise
            return at
          },
        ]),
      )
      await made.bus.start()
      return made.bus
    }),
  )
  const { bus } = await startedBus(options)
  const calls = Array.from({ length: 12 }, () => bus.call('tasks.echo', {}, { principal: alice }))
  await eventually(() => expect(counts).toEqual([4, 4, 4]))
  release.resolve()
  await Promise.all(calls)
  await Promise.all([bus, ...providers].map((each) => each[Symbol.asyncDispose]()))
})

test('the record of an operation with `before-reply` is written before the answer', async () => {
  const careful = spec('tasks.careful', { record: 'before-reply' })
  const written = deferred<void>()
  let failing = false
  await using two = await pair(
    testRedis().url,
    [[careful, () => localEnvelope('x', 'tasks.careful')]],
    {
      onCallEnded: async () => {
        if (failing) throw new Error('no database')
        await written.promise
      },
    },
  )
  let answered = false
  const call = two.caller.bus.call('tasks.careful', {}, { principal: alice }).then((result) => {
    answered = true
    return result
  })
  await eventually(() => expect(two.provider.bus.counters['provided']).toBe(1))
  await sleep(30)
  expect(answered).toBe(false)
  written.resolve()
  await call
  failing = true
  await expect(
    two.caller.bus.call('tasks.careful', {}, { principal: alice }),
  ).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { outcome: 'unknown' } })
})

test('after a call has ended, in any way, neither side keeps state of it', async () => {
  const items = spec('tasks.items', { type: 'subscription' })
  await using two = await pair(testRedis().url, [
    [
      echo,
      (n: number, { signal }) => {
        if (n % 3 === 0) throw new CallError('TASK_BUSY', 'busy')
        if (n % 3 === 1) return n
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        })
      },
    ],
    [
      items,
      async function* () {
        for (;;) yield 1
      },
    ],
  ])
  const { bus, records } = two.caller
  const calls = Array.from({ length: 300 }, (_, n) =>
    bus.call('tasks.echo', n, { principal: alice, timeoutMs: 100 + n }),
  )
  const streams = Array.from({ length: 20 }, async () => {
    for await (const { seq } of bus.subscribe('tasks.items', {}, { principal: alice })) {
      if (seq === 40) break
    }
  })
  await Promise.allSettled([...calls, ...streams])
  await eventually(() => expect(records).toHaveLength(320))
  await eventually(() => {
    expect(bus.gauges).toMatchObject({ waiting: 0, running: 0, remembered: 0, instances: 2 })
    expect(two.provider.bus.gauges).toMatchObject({ waiting: 0, running: 0, remembered: 0 })
  })
})

test('a provider that throws instead of using its sink ends the call with an error', async () => {
  await using two = await pair(testRedis().url, [[echo, () => 1]])
  const { bus } = two.provider
  bus.serveService({
    getSpec: () => undefined,
    execute: () => {
      throw new Error('out of order')
    },
  } as unknown as Parameters<Bus['serveService']>[0])
  await expect(two.caller.bus.call('tasks.echo', {}, { principal: alice })).rejects.toMatchObject({
    code: 'UNKNOWN_ERROR',
  })
})

test('a call that fails while the clock is set back ends after its start', async () => {
  let nowMs = 1_800_000_000_000
  const { bus, records } = await startedBus({
    url: testRedis().url,
    prefix: freshPrefix(),
    now: () => nowMs,
  })
  const call = bus.call('no.such', {}, { principal: alice }).catch(() => undefined)
  nowMs -= 300_000
  await call
  await bus[Symbol.asyncDispose]()
  const [record] = records
  expect(record?.startedAtMs).toBe(1_800_000_000_000)
  expect(record?.endedAtMs).toBeGreaterThanOrEqual(1_800_000_000_000)
})
