import { localEnvelope } from '@alkdev/operations'
import { expect, test } from 'vitest'
import {
  alice,
  freshPrefix,
  MemorySource,
  redisUrl,
  registryOf,
  spec,
  spokeOf,
  testBus,
} from './testing/harness.ts'

const url = redisUrl()

test('a call of a service operation reaches another instance and its answer comes back', async () => {
  const prefix = freshPrefix()
  const echo = spec('tasks.echo')
  const contracts = [{ spec: echo, service: 'coordinator' as const }]
  const provider = testBus({ url, prefix, contracts, service: 'coordinator' })
  const caller = testBus({ url, prefix, contracts })
  provider.bus.serveService(
    registryOf([{ ...echo, handler: (input: unknown) => ({ got: input }) }]),
  )
  await using _p = provider.bus
  await using c = caller.bus
  await provider.bus.start()
  await c.start()
  const result = await c.call('tasks.echo', { n: 1 }, { principal: alice })
  expect(result.envelope.data).toEqual({ got: { n: 1 } })
  expect(result.envelope.meta).toMatchObject({ callId: result.callId, operationId: 'tasks.echo' })
  expect(caller.records).toMatchObject([
    {
      callId: result.callId,
      status: 'completed',
      attempts: 1,
      instanceId: provider.bus.instanceId,
    },
  ])
})

test('a call of a spoke is given to the provider of the instance that holds its socket', async () => {
  const prefix = freshPrefix()
  const source = new MemorySource()
  const broker = testBus({ url, prefix, source, service: 'spoke-broker' })
  const caller = testBus({ url, prefix, source })
  broker.bus.serveSpokes((call, sink) => {
    sink.started()
    sink.respond(localEnvelope({ target: call.target, input: call.input }, call.operationId))
  })
  await using b = broker.bus
  await using c = caller.bus
  await b.start()
  await c.start()
  await b.announceChange(source.put(spokeOf('one', b.instanceId, [spec('fs.read')])))
  for (const operationId of ['dev.one.fs.read', 'fs.read']) {
    const result = await c.call(operationId, { path: 'a' }, { principal: alice })
    expect(result.envelope.data).toEqual({
      target: { kind: 'spoke', spokeId: 'spoke-one', epoch: 1, name: 'fs.read' },
      input: { path: 'a' },
    })
  }
})
