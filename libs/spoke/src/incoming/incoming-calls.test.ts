import { Type } from '@alkdev/typebox'
import type { CallRequestedEvent } from '@alkdev/operations'
import { FromOpenAPI } from '@alkdev/operations/from-openapi'
import { expect, test, vi } from 'vitest'
import { query, subscription } from '../define.ts'
import type { SpokeContext, SpokeOperation } from '../define.ts'
import type { CallOrigin } from './call-origin.ts'
import { IncomingCalls } from './incoming-calls.ts'

interface SentFrame {
  readonly type: string
  readonly id: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read payloads of every type
  readonly payload: any
}

/** A socket that only records what is sent. */
class FakeOrigin implements CallOrigin {
  open = true
  bufferedBytes = 0
  maxPayloadBytes = 1000
  confirms = 0
  readonly frames: SentFrame[] = []
  readonly calls = {
    call: () => Promise.reject(new Error('no hub')),
    subscribe: () => {
      throw new Error('no hub')
    },
  }

  sendText(text: string): boolean {
    if (this.open) this.frames.push(JSON.parse(text) as SentFrame)
    return this.open
  }

  confirm(): boolean {
    this.confirms += 1
    return true
  }

  /** The first frame about a request, already received or awaited. */
  async about(requestId: string, type?: string): Promise<SentFrame> {
    return vi.waitFor(() => {
      const found = this.frames.find(
        (frame) => frame.id === requestId && (type === undefined || frame.type === type),
      )
      if (!found) throw new Error('not yet')
      return found
    })
  }
}

const none = Type.Object({})

function setUp(...operations: SpokeOperation[]) {
  const logs: string[] = []
  const calls = new IncomingCalls((_level, message) => logs.push(message))
  calls.offer(operations)
  const origin = new FakeOrigin()
  const request = (requestId: string, more: Partial<CallRequestedEvent> = {}): void => {
    const payload = { requestId, operationId: 'a.b', input: {}, ...more }
    calls.receive({ type: 'call.requested', id: requestId, payload }, origin)
  }
  const abort = (requestId: string): boolean =>
    calls.receive({ type: 'call.aborted', id: requestId, payload: { requestId } }, origin)
  return { calls, origin, request, abort, logs }
}

function answering(handler: (context: SpokeContext) => unknown, more: object = {}): SpokeOperation {
  return query(
    { id: 'a.b', description: 'For tests.', input: none, output: Type.Unknown(), ...more },
    (_input, context) => handler(context),
  )
}

test('a handler gets the trace context of its call', async () => {
  const { origin, request } = setUp(answering(({ traceparent }) => traceparent))
  request('r', { traceparent: '00-trace' })
  expect((await origin.about('r')).payload.output.data).toBe('00-trace')
})

test('an answer over the hub’s limit is refused before it is sent', async () => {
  const { origin, request } = setUp(answering(() => 'x'.repeat(999)))
  request('r1')
  const { type, payload } = await origin.about('r1')
  expect(type).toBe('call.error')
  expect(payload.code).toBe('PAYLOAD_TOO_LARGE')
  expect(origin.frames).toHaveLength(1)
})

test('the size of an answer is that of its JSON in bytes, and exactly the limit is allowed', async () => {
  const { origin, request, calls } = setUp(answering(() => 'é'.repeat(499)))
  request('r1')
  expect((await origin.about('r1')).type).toBe('call.responded')
  calls.offer([answering(() => 'é'.repeat(500))])
  request('r2')
  expect((await origin.about('r2')).payload.code).toBe('PAYLOAD_TOO_LARGE')
})

test('an item that is too large ends its stream', async () => {
  const stream = subscription(
    { id: 'a.b', description: 'For tests.', input: none, output: Type.String() },
    async function* () {
      yield 'small'
      yield 'x'.repeat(2000)
    },
  )
  const { origin, request } = setUp(stream)
  request('r1')
  expect((await origin.about('r1', 'call.error')).payload.code).toBe('PAYLOAD_TOO_LARGE')
  expect(origin.frames.map(({ type }) => type)).toEqual(['call.responded', 'call.error'])
})

test.each([
  ['a cycle', circular],
  ['a big integer', () => 10n],
])('an answer that is not JSON (%s) is EXECUTION_ERROR and no crash', async (_name, value) => {
  const { origin, request } = setUp(answering(value))
  request('r1')
  expect((await origin.about('r1')).payload.code).toBe('EXECUTION_ERROR')
})

function circular(): unknown {
  const value: Record<string, unknown> = {}
  value['self'] = value
  return value
}

test('details of an error that cannot be serialized, or are too large, are omitted', async () => {
  class Teapot extends Error {
    readonly code = 'TEAPOT'
    readonly details: unknown
    constructor(details: unknown) {
      super('short and stout')
      this.details = details
    }
  }
  const errorSchemas = [{ code: 'TEAPOT', description: 'It is one.', schema: {} }]
  let details: unknown = 'x'.repeat(5000)
  const { origin, request } = setUp(
    answering(
      () => {
        throw new Teapot(details)
      },
      { errorSchemas },
    ),
  )
  request('r1')
  expect((await origin.about('r1')).payload).toMatchObject({ code: 'TEAPOT' })
  expect((await origin.about('r1')).payload.details).toBeUndefined()
  details = { big: 10n }
  request('r2')
  expect((await origin.about('r2')).payload.details).toBeUndefined()
  details = { milk: true }
  request('r3')
  expect((await origin.about('r3')).payload.details).toEqual({ milk: true })
})

test('an answer of an outside service that violates its document is sent with the list of mismatches', async () => {
  const schema = { type: 'object', required: ['id'] }
  const content = { 'application/json': { schema } }
  const responses = { 200: { description: 'ok', content } }
  const document = { openapi: '3.1.0', paths: { '/x': { post: { operationId: 'x', responses } } } }
  const fetch = async (): Promise<Response> => Response.json({ done: true })
  const config = { namespace: 'shop', baseUrl: 'https://shop.example', fetch }
  const [imported] = FromOpenAPI(document, config)
  const { origin, request } = setUp({ ...imported, name: 'b', namespace: 'a' } as never)
  request('r1')
  const { type, payload } = await origin.about('r1')
  expect([type, payload.output.data]).toEqual(['call.responded', { done: true }])
  expect(payload.output.meta.outputMismatch).toEqual([{ path: '/id', message: 'is required' }])
})

test('an unexpected error of a handler is logged and not sent', async () => {
  const { origin, request, logs } = setUp(
    answering(() => {
      throw new Error('password=hunter2')
    }),
  )
  request('r1')
  expect(JSON.stringify(await origin.about('r1'))).not.toContain('hunter2')
  expect(logs).toEqual(['a.b threw'])
})

test('a call that arrives twice starts once (row 5)', async () => {
  const release = Promise.withResolvers<string>()
  let starts = 0
  const { origin, request, logs } = setUp(
    answering(() => {
      starts += 1
      return release.promise
    }),
  )
  request('r1')
  request('r1')
  expect(logs[0]).toContain('came twice')
  release.resolve('once')
  expect((await origin.about('r1')).payload.output.data).toBe('once')
  await vi.waitFor(() => {
    request('r1')
    expect(origin.frames.at(-1)?.payload.code).toBe('VALIDATION_ERROR')
  })
  expect(starts).toBe(1)
})

test('an abort reaches the handler, whose error is then reported as the abort (row 17)', async () => {
  const { origin, request, abort } = setUp(
    answering(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')))
        }),
    ),
  )
  request('r1')
  expect(abort('r1')).toBe(true)
  expect((await origin.about('r1')).payload.code).toBe('ABORTED')
})

test('a handler that ignores the abort answers later, which is its receipt', async () => {
  const release = Promise.withResolvers<string>()
  const { origin, request, abort, calls } = setUp(answering(() => release.promise))
  request('r1')
  abort('r1')
  await calls.idle()
  expect(calls.running).toBe(1)
  release.resolve('done anyway')
  expect((await origin.about('r1')).payload.output.data).toBe('done anyway')
})

test('an aborted stream ends although its generator never settles', async () => {
  const stuck = subscription(
    { id: 'a.b', description: 'For tests.', input: none, output: Type.String() },
    async function* () {
      yield 'one'
      await new Promise(() => {})
    },
  )
  const { origin, request, abort, calls } = setUp(stuck)
  request('r1')
  await origin.about('r1', 'call.responded')
  abort('r1')
  expect((await origin.about('r1', 'call.error')).payload.code).toBe('ABORTED')
  await vi.waitFor(() => expect(calls.running).toBe(0))
})

test('a stream sends 32 items before credit is granted, and then one per credit', async () => {
  const endless = subscription(
    { id: 'a.b', description: 'For tests.', input: none, output: Type.Integer() },
    async function* () {
      for (let n = 1; ; n++) yield n
    },
  )
  const { origin, request, calls, abort } = setUp(endless)
  request('r1')
  await vi.waitFor(() => expect(origin.frames).toHaveLength(32))
  await new Promise(setImmediate)
  expect(origin.frames).toHaveLength(32)
  const credit = { requestId: 'r1', credits: 3 }
  calls.receive({ type: 'call.credit', id: 'r1', payload: credit }, origin)
  await vi.waitFor(() => expect(origin.frames).toHaveLength(35))
  expect(origin.frames.map(({ payload }) => payload.seq)).toEqual(
    Array.from({ length: 35 }, (_, n) => n + 1),
  )
  abort('r1')
  await origin.about('r1', 'call.error')
})

test('a stream waits while the socket holds more than 8 MiB', async () => {
  const two = subscription(
    { id: 'a.b', description: 'For tests.', input: none, output: Type.Integer() },
    async function* () {
      yield 1
    },
  )
  const { origin, request } = setUp(two)
  origin.bufferedBytes = 9 * 1024 * 1024
  request('r1')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(origin.frames).toEqual([])
  origin.bufferedBytes = 0
  await origin.about('r1', 'call.completed')
})

test('a deadline counts by the sender’s clock, and aborts the handler when it has passed', async () => {
  const seen: (number | undefined)[] = []
  const { origin, request } = setUp(
    answering(
      ({ signal, deadline }) =>
        new Promise((_resolve, reject) => {
          seen.push(deadline)
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        }),
    ),
  )
  request('r1', { deadline: 1020, timestamp: 1000 })
  expect((await origin.about('r1')).payload.code).toBe('TIMEOUT')
  expect(seen[0]).toBeGreaterThan(Date.now() - 10_000)
})

test('a time limit over the maximum of a timer does not end the call at once', async () => {
  const release = Promise.withResolvers<string>()
  const { origin, request } = setUp(answering(() => release.promise))
  request('r1', { timeoutMs: 1e13 })
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(origin.frames).toEqual([])
  release.resolve('ok')
  expect((await origin.about('r1')).type).toBe('call.responded')
})

test('frames about unknown calls are ignored', () => {
  const { calls, origin, abort } = setUp(answering(() => 'x'))
  expect(abort('r9')).toBe(false)
  const credit = { requestId: 'r9', credits: 1 }
  expect(calls.receive({ type: 'call.credit', id: 'r9', payload: credit }, origin)).toBe(false)
})

test('answers of resumable calls are kept until the hub has confirmed them', async () => {
  const { calls, origin, request } = setUp(answering(() => 'kept', { resumable: true }))
  request('r1')
  await origin.about('r1')
  expect(origin.confirms).toBe(1)
  request('r2')
  await origin.about('r2')
  // The answer to the first ping confirms nothing that was sent after it.
  expect(origin.confirms).toBe(1)
  calls.confirmed(origin)
  expect(origin.confirms).toBe(2)
  origin.open = false
  expect(calls.resume()).toEqual({ inFlight: [], answered: ['r2'] })
  origin.open = true
  calls.confirmed(origin)
  origin.open = false
  expect(calls.resume()).toEqual({ inFlight: [], answered: [] })
})
