import { createInProcessEventTarget, createPubSub } from '@alkdev/pubsub'
import { expect, test } from 'vitest'
import { attachCallHandler } from './attach-call-handler.ts'
import { buildCallHandler } from './call-handler.ts'
import { CallError } from './call-error.ts'
import type { CallEventMap } from './call-events.ts'
import type { CallEvent, CallEventTarget } from './call-port.ts'
import { PendingRequestMap } from './pending-request-map.ts'
import { OperationRegistry } from '../registry/registry.ts'
import { localEnvelope } from './response-envelope.ts'
import { failureOf, openSpec } from '../fixtures/operations.ts'

function registry(): OperationRegistry {
  const operations = new OperationRegistry()
  operations.registerAll([
    openSpec('a.echo', { handler: (input) => input }),
    openSpec('a.hang', { handler: () => new Promise(() => {}) }),
    openSpec('a.count', {
      type: 'subscription',
      async *handler(to: number) {
        for (let n = 1; n <= to; n++) yield n
      },
    }),
  ])
  return operations
}

function serve(target: CallEventTarget, address?: string): Disposable {
  const callMap = new PendingRequestMap(target)
  const handler = buildCallHandler({ registry: registry(), callMap })
  return attachCallHandler(target, handler, callMap, address === undefined ? {} : { address })
}

const targets: [string, () => CallEventTarget][] = [
  ['the EventTarget of the platform', () => new EventTarget() as CallEventTarget],
  [
    'the in-process target of @alkdev/pubsub',
    () => createInProcessEventTarget() as CallEventTarget,
  ],
]

test.each(targets)('calls and subscriptions work over %s', async (_name, create) => {
  const target = create()
  using _server = serve(target)
  const map = new PendingRequestMap(target)
  expect((await map.call('a.echo', { x: 1 })).data).toEqual({ x: 1 })
  const got: unknown[] = []
  for await (const { data } of map.subscribe('a.count', 200)) got.push(data)
  expect(got).toHaveLength(200)
  expect((await failureOf(() => map.call('a.hang', {}, { timeoutMs: 10 }))).code).toBe('TIMEOUT')
  expect([map.getPendingCount(), map.unknownFrames]).toEqual([0, 0])
})

test('only the two ends of a call receive its events: every event except the request is scoped by the request’s id', async () => {
  const target = new EventTarget() as CallEventTarget
  const topics: string[] = []
  const dispatch = target.dispatchEvent.bind(target)
  target.dispatchEvent = (event: CallEvent) => {
    topics.push(event.type)
    return dispatch(event)
  }
  using _server = serve(target)
  const bystander = new PendingRequestMap(target)
  const map = new PendingRequestMap(target)
  const pending = bystander.call('a.hang', {}, { requestId: 'b', timeoutMs: 60_000 })
  await map.call('a.echo', 1, { requestId: 'm' })
  expect(topics).toEqual(['call.requested:', 'call.requested:', 'call.responded:m'])
  expect([bystander.getPendingCount(), bystander.unknownFrames]).toEqual([1, 0])
  bystander.dispose()
  expect((await failureOf(() => pending)).code).toBe('ABORTED')
})

test('a request is published to its address, so that one of many providers gets it', async () => {
  const target = new EventTarget() as CallEventTarget
  using _one = serve(target, 'one')
  const map = new PendingRequestMap(target, { address: 'one' })
  expect((await map.call('a.echo', 1)).data).toBe(1)
  const unanswered = new PendingRequestMap(target, { address: 'two' })
  expect((await failureOf(() => unanswered.call('a.echo', 1, { timeoutMs: 10 }))).code).toBe(
    'TIMEOUT',
  )
})

test('a program that answers by hand through pubsub and respond still works', async () => {
  const target = createInProcessEventTarget()
  const pubsub = createPubSub<CallEventMap>({ eventTarget: target })
  const map = new PendingRequestMap(target as CallEventTarget)
  const requests = pubsub.subscribe('call.requested', '')
  const answering = (async () => {
    for await (const { payload } of requests) {
      map.respond(
        payload.requestId,
        localEnvelope(`got ${String(payload.input)}`, payload.operationId),
      )
      break
    }
  })()
  const envelope = await map.call('any.thing', 'x')
  await answering
  expect(envelope.data).toBe('got x')
})

test('a program may answer, fail and complete by id', async () => {
  const target = new EventTarget() as CallEventTarget
  const map = new PendingRequestMap(target)
  const failing = map.call('a.b', {}, { requestId: 'f' })
  map.emitError('f', 'CONFLICT', 'taken', { by: 'x' })
  expect((await failureOf(() => failing)).details).toEqual({ by: 'x' })
  const completed = map.call('a.b', {}, { requestId: 'c' })
  map.complete('c')
  expect((await failureOf(() => completed)).code).toBe('ABORTED')
  const hidden = map.call('a.b', {}, { requestId: 'h' })
  map.emitError('h', 'EXECUTION_ERROR', 'failed', new Error('stack and secrets'))
  expect((await failureOf(() => hidden)).details).toBeUndefined()
  for (const value of [1, 'x', null, {}])
    expect((await failureOf(() => map.respond('r', value as never))).code).toBe('VALIDATION_ERROR')
})

/** A target as of a transport: it reports when subscriptions are active, whether a message was sent, and when it has closed. */
function transport(): {
  readonly target: CallEventTarget
  readonly published: string[]
  readonly confirm: () => void
  readonly close: () => void
  failWith: Error | undefined
} {
  const published: string[] = []
  const base = new EventTarget() as CallEventTarget
  const { promise, resolve } = Promise.withResolvers<void>()
  const closing = new AbortController()
  const state = {
    published,
    confirm: resolve,
    close: () => closing.abort(),
    failWith: undefined as Error | undefined,
    target: {
      addEventListener: base.addEventListener.bind(base),
      removeEventListener: base.removeEventListener.bind(base),
      dispatchEvent: base.dispatchEvent.bind(base),
      closeSignal: closing.signal,
      subscribed: () => promise,
      async publish(envelope) {
        if (state.failWith !== undefined) await Promise.reject(state.failWith)
        published.push(envelope.type)
      },
    } satisfies CallEventTarget,
  }
  return state
}

test('a request is sent only when its answers will be received', async () => {
  const wire = transport()
  const map = new PendingRequestMap(wire.target)
  const call = map.call('a.b', {}, { requestId: 'r' })
  await Promise.resolve()
  expect(wire.published).toEqual([])
  wire.confirm()
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  expect(wire.published).toEqual(['call.requested'])
  wire.target.dispatchEvent(
    new CustomEvent('call.responded:r', {
      detail: {
        type: 'call.responded',
        id: 'r',
        payload: { requestId: 'r', output: localEnvelope(1, 'a.b') },
      },
    }),
  )
  expect((await call).data).toBe(1)
})

test('a request that could not be sent fails at once with the transport’s code', async () => {
  const wire = transport()
  wire.confirm()
  const map = new PendingRequestMap(wire.target)
  wire.failWith = new CallError('PAYLOAD_TOO_LARGE', 'too large')
  expect((await failureOf(() => map.call('a.b', {}))).code).toBe('PAYLOAD_TOO_LARGE')
  wire.failWith = new Error('socket hang up at 192.0.2.1')
  const error = await failureOf(() => map.call('a.b', {}))
  expect([error.code, error.message]).toEqual(['UNAVAILABLE', 'The message could not be sent.'])
  expect(map.getPendingCount()).toBe(0)
})

test('a transport that closes ends what is pending with PROVIDER_LOST', async () => {
  const wire = transport()
  const map = new PendingRequestMap(wire.target)
  const call = map.call('a.b', {})
  wire.close()
  expect((await failureOf(() => call)).code).toBe('PROVIDER_LOST')
})

test('a malformed event on a call’s topic is ignored', async () => {
  const target = new EventTarget() as CallEventTarget
  const map = new PendingRequestMap(target)
  const call = map.call('a.b', {}, { requestId: 'r' })
  for (const detail of [
    undefined,
    5,
    { type: 'call.responded', id: 'r', payload: { requestId: 'r', output: 1 } },
  ])
    target.dispatchEvent(new CustomEvent('call.responded:r', { detail }) as CallEvent)
  map.respond('r', localEnvelope('good', 'a.b'))
  expect((await call).data).toBe('good')
})

test('nothing stays subscribed after a call has ended', async () => {
  const target = new EventTarget() as CallEventTarget
  let listeners = 0
  const add = target.addEventListener.bind(target)
  const remove = target.removeEventListener.bind(target)
  target.addEventListener = (type, listener) => {
    listeners += 1
    add(type, listener)
  }
  target.removeEventListener = (type, listener) => {
    listeners -= 1
    remove(type, listener)
  }
  const map = new PendingRequestMap(target)
  {
    using _server = serve(target)
    await map.call('a.echo', 1)
    for await (const { data } of map.subscribe('a.count', 5)) if (data === 3) break
    await failureOf(() => map.call('a.hang', {}, { timeoutMs: 5 }))
    await failureOf(() => map.call('a.nope', {}))
  }
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  expect(listeners).toBe(0)
})
