import { Type } from '@alkdev/typebox'
import { Value } from '@alkdev/typebox/value'
import { expect, test } from 'vitest'
import * as barrel from './index.ts'
import { checkAccess, OperationRegistry } from './index.ts'
import type { OperationContext } from './index.ts'
import { link } from './fixtures/link.ts'
import { failureOf, openSpec } from './fixtures/operations.ts'

// Version 0.1.0 of this package, as published elsewhere, has defects that its users know. Each is named here with what happens instead;
// the sections are those of its interface. (Those of the adapters are named beside the adapters.)

const registryOf = (...operations: ReturnType<typeof openSpec>[]): OperationRegistry => {
  const registry = new OperationRegistry()
  registry.registerAll(operations)
  return registry
}

test('barrel: the event map is there as a value, not only as a type', () => {
  expect(Object.keys(barrel.CallEventMap)).toContain('call.requested')
  for (const name of [
    'CallEventSchema',
    'OperationDefinitionSchema',
    'FromSchema',
    'subscribe',
    'buildEnv',
  ])
    expect(barrel).toHaveProperty(name)
})

test('registry: a duplicate id overwrote silently', async () => {
  const registry = registryOf(openSpec('a.b'))
  expect((await failureOf(() => registry.register(openSpec('a.b')))).code).toBe('CONFLICT')
})

test('registry: wrong input was a plain Error, so VALIDATION_ERROR never happened', async () => {
  const registry = registryOf(
    openSpec('a.b', { inputSchema: Type.Object({ x: Type.String() }), handler: () => 1 }),
  )
  expect((await failureOf(() => registry.execute('a.b', {}))).code).toBe('VALIDATION_ERROR')
  await using pair = link(registry)
  expect((await failureOf(() => pair.caller.calls.call('a.b', {}))).code).toBe('VALIDATION_ERROR')
})

test('registry: output that did not fit was invented to fit', async () => {
  const outputs: [barrel.JsonSchema, unknown][] = [
    [Type.Object({ result: Type.String() }), { unexpected: 1 }],
    [Type.Number(), '5'],
    [Type.Array(Type.Number()), {}],
    [Type.Object({}), null],
    [Type.Union([Type.Literal('a'), Type.Literal('b')]), 'c'],
  ]
  for (const [outputSchema, output] of outputs) {
    const registry = registryOf(openSpec('a.b', { outputSchema, handler: () => output }))
    expect((await failureOf(() => registry.execute('a.b', {}))).code).toBe('EXECUTION_ERROR')
  }
})

test('registry: an output schema with a pattern or a format made a good answer fail', async () => {
  const registry = registryOf(
    openSpec('a.b', {
      outputSchema: Type.Object({
        id: Type.String({ format: 'uuid' }),
        k: Type.Optional(Type.String({ pattern: '^a' })),
      }),
      handler: () => ({ id: '018f2c3e-7b1a-7c3d-9e4f-0123456789ab' }),
    }),
  )
  expect((await registry.execute('a.b', {})).data).toHaveProperty('id')
})

test('registry: execute returned the generator of a subscription as data', async () => {
  const registry = registryOf(openSpec('a.b', { type: 'subscription', async *handler() {} }))
  expect((await failureOf(() => registry.execute('a.b', {}))).code).toBe('VALIDATION_ERROR')
})

test('registry: a refused handler left its spec behind, and nothing could be unregistered', async () => {
  const registry = new OperationRegistry()
  await failureOf(() =>
    registry.register(openSpec('a.b', { type: 'subscription', handler: async () => 1 })),
  )
  expect(registry.getSpec('a.b')).toBeUndefined()
  registry.register(openSpec('a.b'))
  expect(registry.unregister('a.b')).toBe(true)
})

test('registry: the data of a handler’s own envelope was overwritten', async () => {
  const envelope = Object.freeze(barrel.localEnvelope({ kept: true }, 'x.y'))
  const registry = registryOf(
    openSpec('a.b', { outputSchema: Type.Object({}), handler: () => envelope }),
  )
  expect(await registry.execute('a.b', {})).toBe(envelope)
})

test('access: there were no wildcards', () => {
  const control = { requiredScopes: ['fs:read'] }
  expect(checkAccess(control, { id: 'a', scopes: ['fs:*'] })).toBe(true)
  expect(checkAccess(control, { id: 'a', scopes: ['*'] })).toBe(true)
})

test('access: any resource of the type sufficed, whichever the input named', () => {
  const control = {
    requiredScopes: [],
    resourceType: 'project',
    resourceAction: 'read',
    resourceFrom: '/id',
  }
  const identity = { id: 'a', scopes: [], resources: { 'project:mine': ['read'] } }
  expect(checkAccess(control, identity, { id: 'mine' })).toBe(true)
  expect(checkAccess(control, identity, { id: 'yours' })).toBe(false)
})

test('access: a resource type without an action asked for nothing', () => {
  const control = { requiredScopes: [], resourceType: 'project' }
  expect(checkAccess(control, { id: 'a', scopes: [] })).toBe(false)
})

test('envelopes: a void answer lost its data on the wire and was no envelope any more', async () => {
  await using pair = link(registryOf(openSpec('a.b', { handler: () => undefined })))
  const envelope = await pair.caller.calls.call('a.b', {})
  expect([envelope.data, barrel.isResponseEnvelope(envelope)]).toEqual([null, true])
})

test('envelopes: several values of one header were collapsed', () => {
  const headers = { 'set-cookie': ['a=1', 'b=2'] }
  expect(
    barrel.httpEnvelope(1, { statusCode: 200, headers, contentType: 'x' }).meta,
  ).toHaveProperty('headers', headers)
})

test('errors: declared schemas and statuses were read by nothing', () => {
  const declared = [
    { code: 'GONE', description: 'x', schema: Type.Object({ id: Type.String() }), httpStatus: 410 },
  ]
  const thrown = Object.assign(new Error('GONE: it went'), { details: { id: 5 } })
  const error = barrel.mapError(thrown, declared)
  expect([error.status, error.details]).toEqual([410, undefined])
})

test('errors: the original error was sent as details, with its stack', async () => {
  const registry = registryOf(
    openSpec('a.b', {
      handler: () => {
        throw new Error('secret')
      },
    }),
  )
  const error = await failureOf(() => registry.execute('a.b', {}))
  expect(JSON.stringify(error.toWire())).not.toContain('secret')
  expect(error.cause).toBeInstanceOf(Error)
})

test('protocol: every event went to every listener, under the empty id', async () => {
  await using pair = link(registryOf(openSpec('a.b', { handler: () => 1 })))
  await pair.caller.calls.call('a.b', {}, { requestId: 'r1' })
  expect(pair.frames.map(({ frame }) => frame.id)).toEqual(['r1', 'r1'])
})

test('protocol: a time-out was not sent to the other side, and not enforced there', async () => {
  let reason: unknown
  const registry = registryOf(
    openSpec('a.b', {
      handler: (_input, { signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => {
            reason = signal.reason
            resolve(1)
          })
        }),
    }),
  )
  await using pair = link(registry)
  await failureOf(() => pair.caller.calls.call('a.b', {}, { timeoutMs: 10 }))
  await pair.idle()
  expect(reason).toMatchObject({ code: expect.stringMatching(/^(ABORTED|TIMEOUT)$/) })
})

test('protocol: a consumer that left did not stop the generator of the other side', async () => {
  let stopped = false
  const registry = registryOf(
    openSpec('a.b', {
      type: 'subscription',
      async *handler() {
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          stopped = true
        }
      },
    }),
  )
  await using pair = link(registry)
  for await (const { data } of pair.caller.calls.subscribe('a.b', {})) if (data === 2) break
  await pair.idle()
  expect(stopped).toBe(true)
})

test('protocol: a slow subscriber stopped the answers of every other request', async () => {
  const registry = registryOf(
    openSpec('a.b', { handler: () => 1 }),
    openSpec('a.many', {
      type: 'subscription',
      async *handler() {
        for (let n = 0; n < 3000; n++) yield n
      },
    }),
  )
  await using pair = link(registry)
  const slow = pair.caller.calls.subscribe('a.many', {})
  await slow.next()
  await pair.idle()
  expect((await pair.caller.calls.call('a.b', {})).data).toBe(1)
  let rest = 0
  for await (const { data } of slow) rest += data === undefined ? 0 : 1
  expect(rest).toBe(2999)
})

test('protocol: identity was believed as the payload claimed it', async () => {
  const registry = registryOf(
    openSpec('a.b', { accessControl: { requiredScopes: ['x:y'] }, handler: () => 1 }),
  )
  await using pair = link(registry)
  const identity = { id: 'root', scopes: ['*'] }
  expect((await failureOf(() => pair.caller.calls.call('a.b', {}, { identity }))).code).toBe(
    'ACCESS_DENIED',
  )
})

test('protocol: metadata and an idempotency key could not be sent, a map could not be disposed', async () => {
  const seen: OperationContext[] = []
  const registry = registryOf(openSpec('a.b', { handler: (_input, context) => seen.push(context) }))
  await using pair = link(registry)
  await pair.caller.calls.call('a.b', {}, { metadata: { m: 1 }, idempotencyKey: 'k' })
  expect(seen[0]).toMatchObject({ metadata: { m: 1 }, idempotencyKey: 'k' })
  pair.caller.calls.dispose()
  expect((await failureOf(() => pair.caller.calls.call('a.b', {}))).code).toBe('UNAVAILABLE')
})

test('protocol: a call without a deadline waited without a limit', async () => {
  await using pair = link(registryOf(openSpec('a.b', { handler: () => new Promise(() => {}) })), {
    requests: { defaultTimeoutMs: 10 },
  })
  expect((await failureOf(() => pair.caller.calls.call('a.b', {}))).code).toBe('TIMEOUT')
})

test('subscribe: output was not checked', async () => {
  const registry = registryOf(
    openSpec('a.b', {
      type: 'subscription',
      outputSchema: Type.Number(),
      async *handler() {
        yield 'x'
      },
    }),
  )
  expect((await failureOf(() => barrel.subscribe(registry, 'a.b', {}).next())).code).toBe(
    'EXECUTION_ERROR',
  )
})

test('env: nested calls had no id of their own, no parent, and no env of their own', async () => {
  const seen: OperationContext[] = []
  const registry = registryOf(openSpec('a.b', { handler: (_input, context) => seen.push(context) }))
  await barrel.buildEnv({ registry, context: { requestId: 'outer' } })['a']?.['b']?.({})
  expect(seen[0]).toMatchObject({ parentRequestId: 'outer' })
  expect(seen[0]?.requestId).not.toBe('outer')
  expect(Object.keys(seen[0]?.env ?? {})).toEqual(['a'])
})

test('env: trust was a plain boolean that a handler could pass on', async () => {
  const registry = registryOf(
    openSpec('open.run', {
      handler: (_input, context) => registry.execute('shut.run', {}, context),
    }),
    openSpec('shut.run', { accessControl: { requiredScopes: ['x:y'] }, handler: () => 1 }),
  )
  const env = barrel.buildEnv({ registry, context: {} })
  expect((await failureOf(() => env['open']?.['run']?.({}))).code).toBe('ACCESS_DENIED')
  expect((await env['shut']?.['run']?.({}))?.data).toBe(1)
})

test('FromSchema: primitive consts, empty objects, nullable types and references accepted anything or threw', () => {
  const cases: [barrel.JsonSchema, unknown][] = [
    [{ const: 'x' }, 'y'],
    [{ type: 'string', const: 'x' }, 'y'],
    [{ type: 'object' }, 5],
    [{ type: ['string', 'null'] }, 5],
    [{ type: 'array' }, 5],
    [{ not: {} }, 5],
    [{ oneOf: [{}, {}] }, 5],
    [{ $defs: { s: { type: 'string' } }, $ref: '#/$defs/s' }, 5],
    [{ type: 'object', properties: { a: {} }, required: ['b'] }, { a: 1 }],
  ]
  expect(cases.filter(([schema, value]) => Value.Check(barrel.FromSchema(schema), value))).toEqual(
    [],
  )
})
