import { localEnvelope } from '@alkdev/operations'
import { expect, test } from 'vitest'
import { SPOKE_ATTACHED_AGAIN } from './call-errors.ts'
import { eventually } from './testing/eventually.ts'
import { alice, spec, spokeOf } from './testing/harness.ts'
import { answer, by, Hub, refuse } from './testing/spoke-hub.ts'

/** The first attachment of the spoke `one`. */
const first = { spokeId: 'spoke-one', epoch: 1 }
const attachedAgain = {
  code: 'PROVIDER_UNAVAILABLE',
  ran: 'no',
  details: { reason: SPOKE_ATTACHED_AGAIN },
}

test('a call for one attachment of a spoke is made there, and not at a later one', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  const read = spec('fs.read')
  const spoke = await hub.attach(broker, 'one', [read])
  const at = (epoch: number) => ({ ...by, attachment: { ...first, epoch } })
  expect((await bus.call('dev.one.fs.read', {}, at(1))).attempts).toBe(1)
  await hub.attach(broker, 'one', [read], { ...spoke, epoch: 2 })
  await eventually(() =>
    expect(bus.directory.get('dev.one.fs.read', alice)?.providers[0]?.epoch).toBe(2),
  )
  await expect(bus.call('dev.one.fs.read', {}, at(1))).rejects.toMatchObject(attachedAgain)
  expect(broker.given).toHaveLength(1)
  expect((await bus.call('dev.one.fs.read', {}, at(2))).envelope.data).toMatchObject({ epoch: 2 })
})

test('a caller that does not know the later attachment yet is refused by the broker, and the call goes nowhere else', async () => {
  await using hub = new Hub()
  const former = await hub.broker(refuse('PROVIDER_UNAVAILABLE'))
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  const read = spec('fs.read')
  const spoke = await hub.attach(former, 'one', [read])
  await eventually(() => expect(bus.directory.get('dev.one.fs.read', alice)).toBeDefined())
  hub.source.put(
    spokeOf('one', broker.bus.instanceId, [read], {
      ...spoke,
      epoch: 2,
      instanceId: broker.bus.instanceId,
    }),
  )
  const call = bus.call('dev.one.fs.read', {}, { ...by, attachment: first })
  await expect(call).rejects.toMatchObject(attachedAgain)
  expect([former.given.length, broker.given.length]).toEqual([1, 0])
  expect((await bus.call('dev.one.fs.read', {}, by)).envelope.data).toMatchObject({ epoch: 2 })
})

test('a spoke that was removed and attached again under its name is another one, although its epochs begin again', async () => {
  await using hub = new Hub()
  const broker = await hub.broker(answer)
  const { bus } = await hub.caller()
  const read = spec('fs.read')
  const { spokeId } = await hub.attach(broker, 'one', [read])
  await eventually(() => expect(bus.directory.get('dev.one.fs.read', alice)).toBeDefined())
  hub.source.remove(spokeId)
  await hub.attach(broker, 'one', [read], { spokeId: 'spoke-other' })
  const attachedNow = () => bus.directory.get('dev.one.fs.read', alice)?.providers[0]
  await eventually(() => expect(attachedNow()).toMatchObject({ spokeId: 'spoke-other', epoch: 1 }))
  const call = bus.call('dev.one.fs.read', {}, { ...by, attachment: first })
  await expect(call).rejects.toMatchObject(attachedAgain)
  expect(broker.given).toHaveLength(0)
})

test('a call that was lost with its attachment is not made again at a later one: its outcome is unknown', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller({ suspendedMs: 5000 })
  const operations = [
    spec('fs.read'),
    spec('bank.pay', { type: 'mutation', retry: 'keyed' }),
    spec('bank.once', { type: 'mutation' }),
  ]
  const spoke = await hub.attach(broker, 'one', operations)
  const calls = ['fs.read', 'bank.pay', 'bank.once'].map((id) =>
    bus
      .call(`dev.one.${id}`, {}, { ...by, idempotencyKey: 'k1', attachment: first })
      .catch((error: unknown) => error),
  )
  await eventually(() => expect(broker.given).toHaveLength(3))
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await hub.attach(broker, 'one', operations, { ...spoke, epoch: 2 })
  for (const call of calls)
    // oxlint-disable-next-line no-await-in-loop -- they have ended
    expect(await call).toMatchObject({ code: 'PROVIDER_LOST', details: { outcome: 'unknown' } })
  expect(broker.given).toHaveLength(3)
})

test('a call that its spoke kept over a reconnect goes on there', async () => {
  await using hub = new Hub()
  const broker = await hub.broker((_call, sink) => sink.started())
  const { bus } = await hub.caller({ suspendedMs: 5000 })
  const build = spec('builds.run', { type: 'mutation', resumable: true })
  const spoke = await hub.attach(broker, 'one', [build])
  const call = bus.call('dev.one.builds.run', {}, { ...by, attachment: first })
  await eventually(() => expect(broker.given).toHaveLength(1))
  broker.bus.spokeLost('spoke-one', 1, 'gone')
  await hub.attach(broker, 'one', [build], { ...spoke, epoch: 2 })
  const { callId } = broker.given[0]?.call.header ?? { callId: '' }
  let resumed = await broker.bus.resume('spoke-one', 2, [{ callId, attempt: 1 }])
  await eventually(async () => {
    if (resumed.length === 0)
      resumed = await broker.bus.resume('spoke-one', 2, [{ callId, attempt: 1 }])
    expect(resumed).toHaveLength(1)
  })
  resumed[0]?.sink.respond(localEnvelope('built', 'builds.run'))
  expect((await call).envelope.data).toBe('built')
})
