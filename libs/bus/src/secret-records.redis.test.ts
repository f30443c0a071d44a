import type { CallRecord } from '@alkdev/contracts'
import { CallError, httpEnvelope, REDACTED } from '@alkdev/operations'
import { testRedis } from '@alkdev/testing'
import { expect, test } from 'vitest'
import { eventually } from './testing/eventually.ts'
import { alice, freshPrefix, pair, spec, spokeOf, startedBus, testBus } from './testing/harness.ts'
import { MemorySource } from './testing/memory-source.ts'

const by = { principal: alice }
const secret = { type: 'string', 'x-secret': true }
const marked = {
  inputSchema: { properties: { code: secret, note: {} } },
  outputSchema: { $ref: '#/$defs/opened', $defs: { opened: { properties: { code: secret } } } },
  errorSchemas: [
    { code: 'LOCKED', description: 'Locked.', schema: { properties: { code: secret } } },
  ],
} as const

async function recordOf(records: readonly CallRecord[], operationId: string): Promise<CallRecord> {
  return eventually(() => {
    const found = records.find(({ header }) => header.operationId === operationId)
    if (found === undefined) throw new Error(`no record of ${operationId}`)
    return found
  })
}

test('the record of a service operation holds nothing that its schemas mark as a secret', async () => {
  await using hub = await pair(testRedis().url, [
    [spec('vault.open', marked), () => ({ code: 'hunter2', size: 1 })],
    [
      spec('vault.lock', marked),
      () => {
        throw new CallError('LOCKED', 'Locked.', { code: 'hunter2', size: 1 })
      },
    ],
  ])
  const { bus, records } = hub.caller
  const input = { code: 'hunter2', note: 'n' }
  const { envelope } = await bus.call('vault.open', input, by)
  expect(envelope.data).toEqual({ code: 'hunter2', size: 1 })
  await expect(bus.call('vault.lock', input, by)).rejects.toMatchObject({
    details: { code: 'hunter2', size: 1 },
  })
  const opened = await recordOf(records, 'vault.open')
  expect(opened.header.input).toEqual({ code: REDACTED, note: 'n' })
  expect(opened.output).toEqual({ code: REDACTED, size: 1 })
  const locked = await recordOf(records, 'vault.lock')
  expect(locked.error?.details).toEqual({ code: REDACTED, size: 1 })
  expect(JSON.stringify(records)).not.toContain('hunter2')
})

test('the record of a spoke operation holds no secret, by its full name and by that of its pool', async () => {
  const source = new MemorySource()
  const options = { url: testRedis().url, prefix: freshPrefix(), source }
  const broker = testBus({ ...options, service: 'spoke-broker' })
  broker.bus.serveSpokes((_call, sink) => {
    sink.started()
    sink.respond(
      httpEnvelope({ code: 'hunter2' }, { statusCode: 200, headers: {}, contentType: '' }),
    )
  })
  await broker.bus.start()
  const caller = await startedBus(options)
  try {
    const spoke = spokeOf('a', broker.bus.instanceId, [spec('vault.open', marked)])
    const [operation] = spoke.operations
    if (operation === undefined) throw new Error('no operation')
    await broker.bus.announceChange(source.put(spoke))
    await caller.bus.lookUp(operation.operationId, alice)
    for (const id of [operation.operationId, 'vault.open']) {
      await caller.bus.call(id, { code: 'hunter2' }, by)
      const record = await recordOf(caller.records, id)
      expect(record).toMatchObject({ status: 'completed', output: { code: REDACTED } })
      expect(record.header.input).toEqual({ code: REDACTED })
    }
    expect(JSON.stringify(caller.records)).not.toContain('hunter2')
  } finally {
    await caller.bus[Symbol.asyncDispose]()
    await broker.bus[Symbol.asyncDispose]()
  }
})

test('the input of a call is not kept when nothing is known of its operation', async () => {
  await using hub = await pair(testRedis().url, [[spec('vault.open', marked), () => null]])
  const { bus, records } = hub.caller
  await expect(bus.call('vault.gone', { code: 'hunter2' }, by)).rejects.toMatchObject({
    code: 'OPERATION_NOT_FOUND',
  })
  expect((await recordOf(records, 'vault.gone')).header.input).toBe(REDACTED)
})
