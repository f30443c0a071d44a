import { expect, test } from 'vitest'
import { CallError } from './call-error.ts'
import { failureOf } from '../fixtures/operations.ts'
import { link } from '../fixtures/link.ts'
import { world } from '../fixtures/world.ts'

test('a call sends one request addressed by its id and resolves with the envelope of the answer', async () => {
  await using pair = link(world().registry)
  const envelope = await pair.caller.calls.call(
    'math.add',
    { a: 1, b: 2 },
    { requestId: 'r1', metadata: { t: 1 } },
  )
  expect(envelope).toMatchObject({ data: 3, meta: { source: 'local', operationId: 'math.add' } })
  await pair.idle()
  expect(
    pair.frames.map(({ from, frame }) => [from, frame.type, frame.id, frame.payload.requestId]),
  ).toEqual([
    ['caller', 'call.requested', 'r1', 'r1'],
    ['provider', 'call.responded', 'r1', 'r1'],
  ])
  expect(pair.frames[0]?.frame.payload).toMatchObject({
    operationId: 'math.add',
    input: { a: 1, b: 2 },
    timeoutMs: 30_000,
    metadata: { t: 1 },
  })
  expect([pair.caller.calls.getPendingCount(), pair.provider.handler.inFlight]).toEqual([0, 0])
})

test('the requesting side chooses ids, both sides may call, and equal ids of two directions do not conflict', async () => {
  const { registry } = world()
  await using pair = link(registry, { callerRegistry: registry })
  const [one, two] = await Promise.all([
    pair.caller.calls.call('math.add', { a: 1, b: 1 }, { requestId: 'same' }),
    pair.provider.calls.call('math.add', { a: 2, b: 2 }, { requestId: 'same' }),
  ])
  expect([one.data, two.data]).toEqual([2, 4])
})

test('a handler gets ids, remaining time, key, metadata and an env, and no identity from the payload', async () => {
  const { registry, contexts } = world()
  await using pair = link(registry)
  await pair.caller.calls.call(
    'math.add',
    { a: 1, b: 2 },
    {
      requestId: 'r1',
      parentRequestId: 'p1',
      timeoutMs: 5000,
      idempotencyKey: 'k1',
      metadata: { x: 1 },
      identity: { id: 'root', scopes: ['*'] },
    },
  )
  const [context] = contexts
  expect(context).toMatchObject({
    requestId: 'r1',
    parentRequestId: 'p1',
    idempotencyKey: 'k1',
    metadata: { x: 1 },
  })
  expect(context).not.toHaveProperty('identity')
  expect(context).not.toHaveProperty('trusted')
  expect((context?.deadline ?? 0) - Date.now()).toBeGreaterThan(4000)
  expect(Object.keys(context?.env ?? {})).toContain('math')
})

test('an identity in the payload is used only if identityOf returns it', async () => {
  const identity = { id: 'root', scopes: ['*'] }
  await using closed = link(world().registry)
  expect(
    (await failureOf(() => closed.caller.calls.call('secret.read', {}, { identity }))).code,
  ).toBe('ACCESS_DENIED')
  await using open = link(world().registry, { identityOf: (event) => event.identity })
  expect((await open.caller.calls.call('secret.read', {}, { identity })).data).toBe('root')
})

test('errors keep code, message and details; a void answer is null; an answer that is not JSON is an execution error', async () => {
  await using pair = link(world().registry)
  const { calls } = pair.caller
  expect((await failureOf(() => calls.call('math.fail', {}))).toWire()).toEqual({
    code: 'CONFLICT',
    message: 'taken',
    details: { by: 'x' },
  })
  expect((await failureOf(() => calls.call('math.add', { a: 1 }))).details).toEqual({
    errors: [{ path: '/b', message: 'is required' }],
  })
  expect((await failureOf(() => calls.call('math.nope', {}))).code).toBe('OPERATION_NOT_FOUND')
  expect((await calls.call('math.void', {})).data).toBeNull()
  const big = await failureOf(() => calls.call('math.big', {}))
  expect([big.code, big.message]).toEqual([
    'EXECUTION_ERROR',
    'The output of math.big does not fit: it is a bigint, which JSON has no form for',
  ])
  expect((await failureOf(() => calls.call('math.add', 1n))).code).toBe('VALIDATION_ERROR')
  expect(calls.getPendingCount()).toBe(0)
})

test('a deadline that passes rejects the call, stops the handler, and tells the other side', async () => {
  const { registry, aborted } = world()
  await using pair = link(registry)
  const error = await failureOf(() => pair.caller.calls.call('slow.obeys', {}, { timeoutMs: 30 }))
  expect(error.code).toBe('TIMEOUT')
  await pair.idle()
  expect(
    pair.frames.filter(({ frame }) => frame.type === 'call.aborted').map(({ from }) => from),
  ).toEqual(['caller'])
  expect(aborted).toHaveLength(1)
  expect([pair.caller.calls.getPendingCount(), pair.provider.handler.inFlight]).toEqual([0, 0])
  const past = await failureOf(() =>
    pair.caller.calls.call('slow.obeys', {}, { deadline: Date.now() - 1 }),
  )
  expect(past.code).toBe('TIMEOUT')
})

test('the provider enforces the time limit itself, and answers even if the handler ignores its signal', async () => {
  await using pair = link(world().registry)
  const ends: unknown[] = []
  pair.caller.calls.emitError = () => {}
  pair.provider.receive({
    type: 'call.requested',
    id: 'r1',
    payload: { requestId: 'r1', operationId: 'slow.ignores', input: {}, timeoutMs: 20 },
  })
  pair.provider.receive({
    type: 'call.requested',
    id: 'r2',
    // By the sender's clock: 20 ms after the message was created, whatever the receiver's clock shows.
    payload: {
      requestId: 'r2',
      operationId: 'slow.ignores',
      input: {},
      deadline: 1020,
      timestamp: 1000,
    },
  })
  while (pair.frames.length < 2)
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  for (const { frame } of pair.frames)
    ends.push([frame.type, frame.id, (frame.payload as { code?: string }).code])
  expect(ends).toEqual([
    ['call.error', 'r1', 'TIMEOUT'],
    ['call.error', 'r2', 'TIMEOUT'],
  ])
  expect(pair.provider.handler.inFlight).toBe(2)
})

test('an abort by id or by signal ends the call on both sides with its reason', async () => {
  const { registry, aborted } = world()
  await using pair = link(registry)
  const { calls } = pair.caller
  const byId = calls.call('slow.obeys', {}, { requestId: 'r1' })
  await pair.idle()
  calls.abort('r1', 'enough')
  expect((await failureOf(() => byId)).toWire()).toEqual({ code: 'ABORTED', message: 'enough' })
  const controller = new AbortController()
  const bySignal = calls.call('slow.obeys', {}, { signal: controller.signal })
  await pair.idle()
  controller.abort(new CallError('PROVIDER_LOST', 'gone'))
  expect((await failureOf(() => bySignal)).code).toBe('PROVIDER_LOST')
  await pair.idle()
  expect(aborted.map((reason) => (reason as CallError).code)).toEqual(['ABORTED', 'ABORTED'])
  expect((aborted[0] as CallError).message).toBe('enough')
  calls.abort('unknown')
  await pair.idle()
  expect(pair.frames.filter(({ frame }) => frame.type === 'call.aborted')).toHaveLength(2)
})

test('an id in flight is refused on this side, and by the other side if it arrives there', async () => {
  await using pair = link(world().registry)
  const first = pair.caller.calls.call('slow.ignores', {}, { requestId: 'r1', timeoutMs: 60_000 })
  const again = await failureOf(() => pair.caller.calls.call('math.add', {}, { requestId: 'r1' }))
  expect(again.code).toBe('VALIDATION_ERROR')
  await pair.idle()
  pair.provider.receive({
    type: 'call.requested',
    id: 'r1',
    payload: { requestId: 'r1', operationId: 'math.add' },
  })
  expect((await failureOf(() => first)).code).toBe('VALIDATION_ERROR')
})

test('a frame for an id that is not in flight is ignored and counted', async () => {
  await using pair = link(world().registry)
  for (const [type, more] of [
    [
      'call.responded',
      { output: { data: 1, meta: { source: 'local', operationId: 'a.b', timestamp: 1 } } },
    ],
    ['call.completed', {}],
    ['call.aborted', {}],
    ['call.error', { code: 'X', message: 'x' }],
    ['call.credit', { credits: 1 }],
  ] as const)
    pair.caller.receive({ type, id: 'r', payload: { requestId: 'r', ...more } })
  expect(pair.caller.calls.unknownFrames).toBe(5)
})

test('a malformed frame is answered if it names a request, and reported as a fault', async () => {
  await using pair = link(world().registry)
  const checked = pair.provider.receive({
    type: 'call.requested',
    id: 'r1',
    payload: { requestId: 'r1' },
  })
  expect(checked).toMatchObject({
    kind: 'fault',
    fault: { path: '/payload/operationId', requestId: 'r1' },
  })
  expect(pair.frames[0]?.frame).toMatchObject({
    type: 'call.error',
    id: 'r1',
    payload: { code: 'VALIDATION_ERROR' },
  })
  expect(pair.provider.receive({ type: 'hub.alive', id: '', payload: {} })).toEqual({
    kind: 'other',
    type: 'hub.alive',
  })
})

test('more calls than the provider runs at once are refused as not started', async () => {
  await using pair = link(world().registry, { maxInFlight: 2 })
  const { calls } = pair.caller
  const running = [calls.call('slow.obeys', {}), calls.call('slow.obeys', {})]
  for (const call of running) call.catch(() => {})
  await pair.idle()
  expect((await failureOf(() => calls.call('math.add', { a: 1, b: 1 }))).code).toBe('OVERLOADED')
})

test('the number of pending calls is limited', async () => {
  await using pair = link(world().registry, { requests: { maxPending: 1 } })
  pair.caller.calls.call('slow.ignores', {}).catch(() => {})
  expect((await failureOf(() => pair.caller.calls.call('math.add', {}))).code).toBe('OVERLOADED')
})

test('disposing aborts running calls on both sides and refuses later ones', async () => {
  const { registry, aborted } = world()
  await using pair = link(registry)
  const call = pair.caller.calls.call('slow.obeys', {})
  await pair.idle()
  pair.caller.calls.dispose('closing')
  expect((await failureOf(() => call)).toWire()).toEqual({ code: 'ABORTED', message: 'closing' })
  expect((await failureOf(() => pair.caller.calls.call('math.add', {}))).code).toBe('UNAVAILABLE')
  await pair.idle()
  expect(aborted).toHaveLength(1)
})

test('a provider that stops notifies the callers of running calls, and refuses later calls as not run', async () => {
  await using pair = link(world().registry)
  const call = pair.caller.calls.call('slow.ignores', {})
  await pair.idle()
  pair.provider.handler.dispose()
  expect((await failureOf(() => call)).code).toBe('ABORTED')
  expect((await failureOf(() => pair.caller.calls.call('math.add', {}))).code).toBe(
    'PROVIDER_UNAVAILABLE',
  )
})

test('a lost connection ends pending calls with an unknown outcome, and aborts executed ones', async () => {
  const { registry, aborted } = world()
  await using pair = link(registry)
  const call = pair.caller.calls.call('slow.obeys', {})
  await pair.idle()
  pair.caller.calls.lost()
  pair.provider.calls.lost()
  expect((await failureOf(() => call)).toWire()).toEqual({
    code: 'PROVIDER_LOST',
    message: 'The connection was lost.',
    details: { outcome: 'unknown' },
  })
  expect(aborted).toHaveLength(1)
  expect((await pair.caller.calls.call('math.add', { a: 1, b: 1 })).data).toBe(2)
})
