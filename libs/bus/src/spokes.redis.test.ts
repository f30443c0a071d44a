import { localEnvelope } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, bob, spec, spokeOf } from './testing/harness.ts'
import { answer, by, Hub, refuse } from './testing/spoke-hub.ts'

test('a call by the pinned name and one by the name of the pool reach the spoke at its broker', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus, records } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')])
  for (const operationId of ['dev.one.fs.read', 'fs.read']) {
    const { envelope } = await bus.call(operationId, {}, by)
    expect(envelope.data).toEqual({
      kind: 'spoke',
      spokeId: 'spoke-one',
      epoch: 1,
      name: 'fs.read',
    })
  }
  expect(records).toMatchObject([
    { route: 'pinned', spokeId: 'spoke-one' },
    { route: 'least-loaded of 1', spokeId: 'spoke-one' },
  ])
})

test('a spoke attached to the caller’s own broker is called without a message', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  await hub.attach(broker, 'one', [spec('fs.read')])
  const { bus } = broker
  await bus.call('fs.read', {}, by)
  expect(bus.counters['callsLocal']).toBe(1)
  expect(bus.counters['provided']).toBe(0)
})

test('a pool routes calls to the member with the least load', async () => {
  await using hub = new Hub()
  const broker = await hub.broker()
  const { bus } = await hub.caller()
  for (const name of ['a', 'b', 'c']) await hub.attach(broker, name, [spec('fs.read')])
  await eventually(() => expect(bus.directory.get('dev.c.fs.read', alice)).toBeDefined())
  const calls = Array.from({ length: 9 }, () => bus.call('fs.read', {}, by))
  await eventually(() => expect(broker.given).toHaveLength(9))
  const counts = new Map<string, number>()
  for (const { call, sink } of broker.given) {
    if (call.target.kind === 'spoke') {
      counts.set(call.target.spokeId, (counts.get(call.target.spokeId) ?? 0) + 1)
    }
    sink.respond(localEnvelope(1, call.header.operationId))
  }
  await Promise.all(calls)
  expect([...counts.values()]).toEqual([3, 3, 3])
})

test('calls of a pool with the same key go to the same member, and wait for it while it may return', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus, records } = await hub.caller()
  const write = spec('fs.write', { type: 'mutation', retry: 'keyed' })
  const spokes = []
  for (const name of ['a', 'b', 'c']) spokes.push(await hub.attach(broker, name, [write]))
  const keyed = { ...by, idempotencyKey: 'order-1' }
  const first = (await bus.call('fs.write', {}, keyed)).envelope.data as { spokeId: string }
  for (let at = 0; at < 5; at += 1)
    expect((await bus.call('fs.write', {}, keyed)).envelope.data).toMatchObject(first)
  expect(records.at(-1)?.route).toBe('of its key')
  const member = spokes.find(({ spokeId }) => spokeId === first.spokeId)
  if (member === undefined) throw new Error('unreachable')
  await bus.announceChange(hub.source.put({ ...member, status: 'suspended' }))
  await expect(bus.call('fs.write', {}, keyed)).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
  })
  await expect(bus.call('fs.write', {}, by)).resolves.toMatchObject({ attempts: 1 })
})

test('the processes that spokes are attached to say what they do, and none does for another spoke', async () => {
  await using hub = new Hub()
  const load = { inFlight: 2, waiting: 1, capacity: 2 }
  const idle = { inFlight: 0, waiting: 0, capacity: 8 }
  await hub.broker(answer, (spokeId) => (spokeId === 'spoke-two' ? idle : undefined))
  await hub.broker(answer, (spokeId) => (spokeId === 'spoke-one' ? load : undefined))
  const { bus } = await hub.caller()
  expect(Object.fromEntries(await bus.loadsOfSpokes(['spoke-one', 'spoke-two']))).toEqual({
    'spoke-one': load,
    'spoke-two': idle,
  })
  expect([...(await bus.loadsOfSpokes(['spoke-one', 'spoke-three'])).keys()]).toEqual(['spoke-one'])
  expect((await bus.loadsOfSpokes([])).size).toBe(0)
})

test('a refused call goes to the next member, whatever its retry class, and nothing runs twice', async () => {
  await using hub = new Hub()
  const full = await hub.broker(refuse('OVERLOADED'))
  const free = await hub.broker(answer)
  const { bus, records } = await hub.caller()
  const write = spec('fs.write', { type: 'mutation' })
  await hub.attach(full, 'full', [write])
  await hub.attach(full, 'full-too', [write])
  await hub.attach(free, 'free', [write])
  for (let at = 0; at < 5; at++) {
    const { envelope } = await bus.call('fs.write', {}, by)
    expect(envelope.data).toMatchObject({ spokeId: 'spoke-free' })
  }
  expect(free.given).toHaveLength(5)
  expect(records.every(({ status }) => status === 'completed')).toBe(true)
})

test('when all members refuse, the caller gets their error, which says that nothing ran', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(refuse('OVERLOADED'))
  const { bus } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')])
  const error = { code: 'OVERLOADED', message: 'not now', retryAfterMs: 700 }
  await expect(bus.call('fs.read', {}, by)).rejects.toMatchObject(error)
  await expect(bus.call('dev.one.fs.read', {}, by)).rejects.toMatchObject(error)
})

test('a spoke that has moved is found even if the announcement was lost', async () => {
  await using hub = new Hub()
  const former = await hub.broker(refuse('PROVIDER_UNAVAILABLE'))
  const present = await hub.broker(answer)
  const { bus } = await hub.caller()
  const spoke = await hub.attach(former, 'one', [spec('fs.read')])
  hub.source.put({ ...spoke, instanceId: present.bus.instanceId, epoch: 2 })
  const { envelope } = await bus.call('dev.one.fs.read', {}, by)
  expect(envelope.data).toMatchObject({ spokeId: 'spoke-one', epoch: 2 })
})

test('a name that was just registered is found without an announcement', async () => {
  await using hub = new Hub()
  const { bus } = await hub.caller()
  const { instanceId } = bus
  hub.source.put(spokeOf('new', instanceId, [spec('fs.read')]))
  const broker = await hub.broker(answer)
  hub.source.put(spokeOf('new', broker.bus.instanceId, [spec('fs.read')]))
  expect(bus.directory.get('dev.new.fs.read', alice)).toBeUndefined()
  await expect(bus.call('dev.new.fs.read', {}, by)).resolves.toMatchObject({ attempts: 1 })
})

test('pools skip a suspended spoke, and pinned calls say when to retry', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  await hub.attach(broker, 'gone', [spec('fs.read')], { status: 'suspended' })
  await hub.attach(broker, 'here', [spec('fs.read')])
  for (let at = 0; at < 4; at++) {
    expect((await bus.call('fs.read', {}, by)).envelope.data).toMatchObject({
      spokeId: 'spoke-here',
    })
  }
  const error = await bus.call('dev.gone.fs.read', {}, by).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(5000)
})

test('after the loss of a spoke every refusal says when to retry, also before the registry records the loss', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => {
    if (broker.given.length > 1)
      sink.refuse('PROVIDER_UNAVAILABLE', 'The spoke is not attached here now.')
  })
  const { bus } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')])
  const wait = (made: Promise<unknown>): Promise<unknown> =>
    made.then(
      () => undefined,
      (error: unknown) => (error as { retryAfterMs?: number }).retryAfterMs,
    )
  const queued = wait(bus.call('dev.one.fs.read', {}, by))
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'its socket closed')
  expect(await queued).toBeGreaterThan(5000)
  expect(await wait(bus.call('dev.one.fs.read', {}, by))).toBeGreaterThan(5000)
  expect(await wait(bus.call('fs.read', {}, by))).toBeGreaterThan(5000)
  expect(broker.given).toHaveLength(3)
})

test('an operation that is quarantined works by its pinned name only', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  const spoke = spokeOf('odd', broker.bus.instanceId, [spec('fs.read')])
  const operations = spoke.operations.map((operation) => ({
    ...operation,
    status: 'quarantined' as const,
    reason: 'schema',
  }))
  await broker.bus.announceChange(hub.source.put({ ...spoke, operations }))
  await expect(bus.call('dev.odd.fs.read', {}, by)).resolves.toMatchObject({ attempts: 1 })
  await expect(bus.call('fs.read', {}, by)).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' })
})

test('a spoke that does not serve the caller looks like an unknown one', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  await hub.attach(broker, 'alices', [spec('fs.read')], { orgId: 'acme' })
  const call = (principal: typeof alice): Promise<unknown> => bus.call('fs.read', {}, { principal })
  await expect(call(bob)).rejects.toMatchObject({ code: 'OPERATION_NOT_FOUND' })
  await expect(call({ ...bob, orgIds: ['acme'] })).resolves.toBeDefined()
  await expect(call({ ...bob, resources: { 'spoke:alices': ['call'] } })).resolves.toBeDefined()
  await expect(call({ ...bob, resources: { 'spoke:other': ['call'] } })).rejects.toMatchObject({
    code: 'OPERATION_NOT_FOUND',
  })
})

test('when a spoke is lost, calls that it had not started and safe ones are rerouted, and the others end with an unknown outcome', async () => {
  await using hub = new Hub()
  const first = await hub.broker((call, sink) => {
    if (call.header.input !== 'queued') sink.started()
  })
  const second = await hub.broker(answer)
  const { bus } = await hub.caller()
  const operations = [spec('fs.read'), spec('fs.write', { type: 'mutation' })]
  await hub.attach(first, 'one', operations)
  const safe = bus.call('fs.read', 'started', by)
  const never = bus.call('fs.write', 'started', by)
  const queued = bus.call('fs.write', 'queued', by)
  await eventually(() => expect(first.given).toHaveLength(3))
  await hub.attach(second, 'two', operations)
  first.bus.spokeLost('spoke-one', 1, 'its socket closed')
  await expect(never).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown', reason: 'its socket closed' },
  })
  expect((await safe).attempts).toBe(2)
  expect((await queued).attempts).toBe(2)
  for (const { call } of first.given) expect(call.signal.aborted).toBe(true)
  expect(second.given.map(({ call }) => call.attempt)).toEqual([2, 2])
})

test('the loss of an older epoch does not affect a newer one', async () => {
  await using hub = new Hub()
  const broker = await hub.broker()
  const { bus } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')], { epoch: 2 })
  const call = bus.call('fs.read', {}, by)
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'an older socket')
  broker.given[0]?.sink.respond(localEnvelope('kept', 'fs.read'))
  expect((await call).envelope.data).toBe('kept')
})

test('a safe call that was lost and has no other provider does not claim that nothing ran', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller()
  await hub.attach(broker, 'one', [spec('fs.read')])
  const call = bus.call('fs.read', {}, by)
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await expect(call).rejects.toMatchObject({
    code: 'PROVIDER_LOST',
    details: { outcome: 'unknown' },
  })
})

test('(row 7) a keyed call is dispatched once more to the same spoke, and to no other', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const other = await hub.broker(answer)
  const { bus } = await hub.caller({ suspendedMs: 3000 })
  const pay = spec('bank.pay', { type: 'mutation', retry: 'keyed' })
  const spoke = await hub.attach(broker, 'one', [pay])
  const call = bus.call('bank.pay', {}, { ...by, idempotencyKey: 'k1' })
  const keyless = bus.call('bank.pay', {}, by).catch((error: unknown) => error)
  await eventually(() => expect(broker.given).toHaveLength(2))
  await hub.attach(other, 'two', [pay])
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  expect(await keyless).toMatchObject({ code: 'PROVIDER_LOST' })
  await sleep(100)
  await hub.attach(broker, 'one', [pay], { ...spoke, epoch: 2 })
  await eventually(() => expect(broker.given).toHaveLength(3))
  const again = broker.given[2]
  expect(again?.call).toMatchObject({
    attempt: 2,
    header: { idempotencyKey: 'k1' },
    target: { epoch: 2 },
  })
  again?.sink.respond(localEnvelope('paid', 'bank.pay'))
  expect((await call).envelope.data).toBe('paid')
  expect(other.given).toHaveLength(0)
})

test('V6: a keyed call that another spoke refused first is still dispatched once more to the spoke that was lost', async () => {
  await using hub = new Hub()
  const full = await hub.broker(refuse('OVERLOADED'))
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller({ suspendedMs: 3000 })
  const pay = spec('bank.pay', { type: 'mutation', retry: 'keyed' })
  await hub.attach(full, 'full', [pay])
  const spoke = await hub.attach(broker, 'one', [pay])
  await eventually(() => expect(bus.directory.get('bank.pay', alice)?.providers).toHaveLength(2))
  const calls = Array.from({ length: 8 }, (_, at) =>
    bus.call('bank.pay', {}, { ...by, idempotencyKey: `k${at}` }),
  )
  await eventually(() => expect(broker.given).toHaveLength(8))
  // Some of them were refused by the other spoke before.
  expect(full.given.length).toBeGreaterThan(0)
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await hub.attach(broker, 'one', [pay], { ...spoke, epoch: 2 })
  await eventually(() => expect(broker.given).toHaveLength(16))
  for (const { sink } of broker.given.slice(8)) sink.respond(localEnvelope('paid', 'bank.pay'))
  const results = await Promise.all(calls)
  expect(results.map(({ envelope }) => envelope.data)).toEqual(Array(8).fill('paid'))
})

test('V8: a keyed call that is lost a second time ends with PROVIDER_LOST and is not dispatched to its spoke again', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller({ suspendedMs: 3000 })
  const pay = spec('bank.pay', { type: 'mutation', retry: 'keyed' })
  const spoke = await hub.attach(broker, 'one', [pay])
  const call = bus.call('bank.pay', {}, { ...by, idempotencyKey: 'k1' })
  const ended = call.catch((error: unknown) => error)
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await hub.attach(broker, 'one', [pay], { ...spoke, epoch: 2 })
  await eventually(() => expect(broker.given).toHaveLength(2))
  broker.bus.spokeLost('spoke-one', 2, 'gone again')
  await hub.attach(broker, 'one', [pay], { ...spoke, epoch: 3 })
  expect(await ended).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
  expect(broker.given).toHaveLength(2)
})

test('a keyed call whose spoke does not return ends with an unknown outcome', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller({ suspendedMs: 200 })
  await hub.attach(broker, 'one', [spec('bank.pay', { type: 'mutation', retry: 'keyed' })])
  const call = bus.call('bank.pay', {}, { ...by, idempotencyKey: 'k1' })
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await expect(call).rejects.toMatchObject({ code: 'PROVIDER_LOST' })
})
