import { expect, test } from 'vitest'
import { CallError } from '../calls/call-error.ts'
import { OperationRegistry } from './registry.ts'
import { sseEnvelope } from '../calls/response-envelope.ts'
import { subscribe } from './subscribe.ts'
import { failureOf, openSpec } from '../fixtures/operations.ts'
import type { SubscriptionHandler } from './types.ts'

const registryOf = (handler: SubscriptionHandler<never>, changes = {}): OperationRegistry => {
  const registry = new OperationRegistry()
  registry.register(openSpec('s.items', { type: 'subscription', handler, ...changes }))
  return registry
}
const collect = async (items: AsyncIterable<{ data: unknown }>): Promise<unknown[]> => {
  const all: unknown[] = []
  for await (const { data } of items) all.push(data)
  return all
}

test('items come as envelopes, envelopes pass through, and falsy items count', async () => {
  const own = sseEnvelope(2, { statusCode: 200, headers: {}, event: 'message', lastEventId: '7' })
  const registry = registryOf(async function* items() {
    yield 1
    yield own
    yield null
    yield ''
  })
  const got = []
  for await (const envelope of subscribe(registry, 's.items', {})) got.push(envelope)
  expect(got.map((envelope) => envelope.data)).toEqual([1, 2, null, ''])
  expect(got[1]).toBe(own)
})

test('leaving the loop waits for the finally block of the handler', async () => {
  const log: string[] = []
  const registry = registryOf(async function* items() {
    try {
      for (;;) yield 1
    } finally {
      await Promise.resolve()
      log.push('closed')
    }
  })
  for await (const { data } of registry.subscribe('s.items', {})) {
    expect(data).toBe(1)
    break
  }
  expect(log).toEqual(['closed'])
})

test('an abort ends the iteration at once, even if the handler ignores its signal', async () => {
  const controller = new AbortController()
  const registry = registryOf(async function* items() {
    yield 1
    await new Promise(() => {})
    yield 2
  })
  const items = registry.subscribe('s.items', {}, { signal: controller.signal })
  expect((await items.next()).value).toMatchObject({ data: 1 })
  const next = items.next()
  controller.abort(new CallError('TIMEOUT', 'late'))
  expect((await failureOf(() => next)).code).toBe('TIMEOUT')
  expect(await items.next()).toEqual({ done: true, value: undefined })
})

test('a long subscription does not accumulate listeners on its signal', async () => {
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1
    add(...args)
  }
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1
    remove(...args)
  }
  const registry = registryOf(async function* items() {
    for (let n = 0; n < 1000; n++) yield n
  })
  let most = 0
  for await (const { data } of registry.subscribe('s.items', {}, { signal }))
    most = Math.max(most, listeners, data === undefined ? 99 : 0)
  expect([most, listeners]).toEqual([1, 0])
})

test('an item that does not fit ends the subscription with the paths, and closes the handler', async () => {
  let closed = false
  const registry = registryOf(
    async function* items() {
      try {
        yield 1
        yield 'x'
      } finally {
        closed = true
      }
    },
    { outputSchema: { type: 'number' } },
  )
  const got: unknown[] = []
  const error = await failureOf(async () => {
    for await (const { data } of registry.subscribe('s.items', {})) got.push(data)
  })
  expect([got, error.code, closed]).toEqual([[1], 'EXECUTION_ERROR', true])
  expect(error.details).toEqual({ errors: [{ path: '', message: 'must be number' }] })
})

test('access and input are checked at the first next, an unknown operation too', async () => {
  const registry = registryOf(async function* items() {}, {
    inputSchema: { type: 'string' },
    accessControl: { requiredScopes: ['s:read'] },
  })
  const code = async (id: string, input: unknown, scopes: string[]): Promise<string> =>
    (await failureOf(() => registry.subscribe(id, input, { identity: { id: 'a', scopes } }).next()))
      .code
  expect(await code('s.items', 'x', [])).toBe('ACCESS_DENIED')
  expect(await code('s.items', 1, ['s:*'])).toBe('VALIDATION_ERROR')
  expect(await code('s.nope', 1, ['s:*'])).toBe('OPERATION_NOT_FOUND')
})

test('a plain function that returns an async iterable is a subscription; anything else is an execution error', async () => {
  const iterable = registryOf(() =>
    (async function* items() {
      yield 1
    })(),
  )
  expect(await collect(iterable.subscribe('s.items', {}))).toEqual([1])
  const not = registryOf((() => 5) as never)
  expect((await failureOf(() => not.subscribe('s.items', {}).next())).code).toBe('EXECUTION_ERROR')
})

test('a query can be subscribed to: its one answer is the only item', async () => {
  const registry = new OperationRegistry()
  registry.register(openSpec('q.one', { handler: () => 7 }))
  expect(await collect(registry.subscribe('q.one', {}))).toEqual([7])
})
