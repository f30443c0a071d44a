import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { Type } from '@alkdev/typebox'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { CodedError } from '@alkdev/errors'
import { query, subscription } from './define.ts'
import type { SpokeContext } from './define.ts'
import { IncomingCalls } from './incoming/incoming-calls.ts'
import { openTelemetryTracer } from './tracing.ts'
import type { SpokeTracer } from './tracing.ts'

const TRACE = 'a'.repeat(32)
const PARENT = 'b'.repeat(16)
const exporter = new InMemorySpanExporter()
const none = Type.Object({})

beforeAll(() => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors = [new SimpleSpanProcessor({ exporter })]
  api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
})
beforeEach(() => exporter.reset())
afterAll(() => {
  api.trace.disable()
  api.context.disable()
})

/** Has one call made and answered: gives what the spoke sent, what its handler called, and what it logged. */
async function called(
  tracer: SpokeTracer,
  handler: (context: SpokeContext) => unknown,
  { stream = false }: { readonly stream?: boolean } = {},
) {
  const logs: string[] = []
  const nested: unknown[] = []
  const sent: string[] = []
  const calls = new IncomingCalls((_level, message) => logs.push(message), tracer)
  const shape = {
    id: 'a.b',
    description: 'For tests.',
    input: none,
    output: Type.Unknown(),
  } as const
  calls.offer([
    stream
      ? subscription(shape, (_input, context) => handler(context) as AsyncIterable<unknown>)
      : query(shape, (_input, context) => handler(context)),
  ])
  const origin = {
    open: true,
    bufferedBytes: 0,
    maxPayloadBytes: 1000,
    confirm: () => true,
    sendText: (text: string) => sent.push(text) > 0,
    calls: {
      call: (_id: string, _input: unknown, options: unknown) => {
        nested.push(options)
        return Promise.resolve({ data: 1, meta: { source: 'local' } } as never)
      },
      subscribe: () => {
        throw new Error('not used')
      },
    },
  }
  const payload = {
    requestId: 'r',
    operationId: 'a.b',
    input: {},
    traceparent: `00-${TRACE}-${PARENT}-01`,
  }
  calls.receive({ type: 'call.requested', id: 'r', payload }, origin)
  await calls.idle()
  await vi.waitUntil(() => sent.some((text) => /completed|error|responded/.test(text)))
  return { sent, nested, logs }
}

test('a handler runs below a span of OpenTelemetry, whose trace its calls continue', async () => {
  const { nested } = await called(openTelemetryTracer(api), async ({ call, traceparent }) => {
    await Promise.resolve()
    api.trace.getTracer('test').startSpan('inside').end()
    await call('x.y')
    return traceparent
  })
  await vi.waitUntil(() => exporter.getFinishedSpans().length === 2)
  const [inside, outer] = exporter.getFinishedSpans()
  const { traceId, spanId } = outer?.spanContext() ?? {}
  expect(outer?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: PARENT })
  expect(outer).toMatchObject({ name: 'a.b', kind: api.SpanKind.SERVER })
  expect(outer?.attributes).toMatchObject({ 'rpc.method': 'a.b' })
  expect(inside?.parentSpanContext).toMatchObject({ traceId, spanId })
  expect(nested).toMatchObject([{ traceparent: `00-${TRACE}-${spanId}-01` }])
})

test('the span of a failed call has the code of its error', async () => {
  await called(openTelemetryTracer(api), () => {
    throw new CodedError('CONFLICT', 'no')
  })
  await vi.waitUntil(() => exporter.getFinishedSpans().length === 1)
  const [span] = exporter.getFinishedSpans()
  expect(span?.attributes['error.type']).toBe('CONFLICT')
  expect(span?.status.code).toBe(api.SpanStatusCode.ERROR)
})

test('the items of a stream are made below the span of its call', async () => {
  const items = async function* (): AsyncGenerator<number> {
    for (const item of [1, 2]) {
      await Promise.resolve()
      api.trace.getTracer('test').startSpan(`item ${item}`).end()
      yield item
    }
  }
  await called(openTelemetryTracer(api), items, { stream: true })
  await vi.waitUntil(() => exporter.getFinishedSpans().length === 3)
  const [first, second, outer] = exporter.getFinishedSpans()
  const { spanId } = outer?.spanContext() ?? {}
  expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual([spanId, spanId])
})

test.each<[string, SpokeTracer]>([
  [
    'start throws',
    {
      start() {
        throw new Error('broken')
      },
    },
  ],
  [
    'run throws before the handler',
    {
      start: () => ({
        run() {
          throw new Error('broken')
        },
        end: () => undefined,
      }),
    },
  ],
  [
    'run throws after the handler, and end throws',
    {
      start: () => ({
        run(work) {
          work()
          throw new Error('broken')
        },
        end() {
          throw new Error('broken')
        },
      }),
    },
  ],
])('a call is answered once by its handler when %s', async (_what, tracer) => {
  const handler = vi.fn<() => unknown>(() => 'answer')
  const { sent, logs } = await called(tracer, handler)
  expect(sent).toHaveLength(1)
  expect(sent[0]).toContain('"answer"')
  expect(handler).toHaveBeenCalledOnce()
  await vi.waitUntil(() => logs.includes('the tracer threw'))
})
