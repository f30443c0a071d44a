import { Secret } from '@alkdev/crypto'
import { uuidv7 } from '@alkdev/std'
import { startOtlpCollector } from '@alkdev/testing'
import { expect, test, vi } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { openTraces } from './open-traces.ts'
import type { TracesInput } from './open-traces.ts'
import { isSampled } from './trace-context.ts'

const CALLER = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`

async function opened(traces: Partial<TracesInput['traces']> & { readonly endpoint: string }) {
  const metrics = createMetrics('gateway')
  const warn = vi.fn<(message: string) => void>()
  const open = await openTraces({
    name: 'gateway',
    traces: { sampleRatio: 1, maxQueuedSpans: 4096, exportTimeoutMs: 5000, ...traces },
    logger: { info: warn, warn },
    metrics,
  })
  const count = async (name: string): Promise<number> => {
    const text = await metrics.render()
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1])
  }
  return { ...open, warn, count }
}

test('spans reach the collector with their parents, their times and the name of the service', async () => {
  await using collector = await startOtlpCollector()
  const headers = new Secret('authorization: Bearer collector-key')
  const { tracer, close } = await opened({ endpoint: collector.endpoint, headers })
  const callId = uuidv7()
  const outer = tracer.begin('GET /a', 'server', undefined, callId)
  const inner = tracer.start('x.y', 'client', outer.traceparent, { 'rpc.method': 'x.y' })
  inner?.end('TIMEOUT')
  outer.end()
  const endedAtMs = Date.now()
  const times = { startedAtMs: endedAtMs - 2000, endedAtMs }
  tracer.record('chat m', 'client', outer.traceparent, times, {})
  await close()
  const traceId = callId.replaceAll('-', '')
  const [first, second, third] = collector.spans
  expect(first).toMatchObject({ service: 'alkhub-gateway', name: 'x.y', kind: 3, traceId })
  expect(first?.failed).toBe(true)
  expect(first?.attributes).toEqual({ 'rpc.method': 'x.y', 'error.type': 'TIMEOUT' })
  expect(second).toMatchObject({ name: 'GET /a', kind: 2, traceId, parentSpanId: '' })
  expect(first?.parentSpanId).toBe(second?.spanId)
  expect(third).toMatchObject(times)
  expect(collector.headers['authorization']).toBe('Bearer collector-key')
})

test('the decision of the caller counts, and without one the ratio decides by the id of the trace', async () => {
  await using collector = await startOtlpCollector()
  const { tracer, close } = await opened({ endpoint: collector.endpoint, sampleRatio: 0 })
  const silent = tracer.begin('silent', 'server', undefined, uuidv7())
  expect(isSampled(silent.traceparent)).toBe(false)
  expect(tracer.start('below', 'client', silent.traceparent)).toBeUndefined()
  expect(tracer.start('alone', 'client', undefined)).toBeUndefined()
  const quiet = `${CALLER.slice(0, -1)}0`
  expect(tracer.begin('quiet', 'server', quiet, uuidv7()).traceparent).toBe(quiet)
  const asked = tracer.begin('asked', 'server', CALLER, uuidv7())
  asked.end()
  silent.end()
  await close()
  expect(collector.spans.map(({ name }) => name)).toEqual(['asked'])
  expect(collector.spans[0]).toMatchObject({
    traceId: 'a'.repeat(32),
    parentSpanId: 'b'.repeat(16),
  })
})

test('a tenth of the traces is recorded at a ratio of 0.1', async () => {
  await using collector = await startOtlpCollector()
  const { tracer, close } = await opened({ endpoint: collector.endpoint, sampleRatio: 0.1 })
  let recorded = 0
  for (let made = 0; made < 4000; made += 1) {
    const span = tracer.begin('x', 'server', undefined, uuidv7())
    if (isSampled(span.traceparent)) recorded += 1
  }
  await close()
  expect(recorded).toBeGreaterThan(250)
  expect(recorded).toBeLessThan(550)
})

test('statements become spans below recorded work only, without values', async () => {
  await using collector = await startOtlpCollector()
  const { tracer, onStatement, close } = await opened({ endpoint: collector.endpoint })
  expect(onStatement('select 1')).toBeUndefined()
  expect(tracer.scope(`${CALLER.slice(0, -1)}0`)).toBeUndefined()
  const work = tracer.begin('work', 'server', CALLER, uuidv7())
  const scope = tracer.scope(work.traceparent)
  await scope?.run(async () => {
    await Promise.resolve()
    onStatement('select * from "tasks" where id = $1')?.()
    onStatement('update sessions set a = $1')?.({ code: '40001' })
    scope.end()
    // What the work has started goes on for others.
    expect(onStatement('select 2')).toBeUndefined()
  })
  work.end()
  await close()
  expect(collector.spans).toHaveLength(3)
  const [read, write] = collector.spans
  expect(read).toMatchObject({ name: 'SELECT tasks', parentSpanId: work.traceparent.slice(36, 52) })
  expect(read?.attributes).toEqual({
    'db.system.name': 'postgresql',
    'db.query.text': 'select * from "tasks" where id = $1',
  })
  expect(write?.attributes['error.type']).toBe('40001')
})

test('a collector that does not answer costs only the spans that do not fit, which are counted', async () => {
  await using collector = await startOtlpCollector()
  collector.mode = 'silent'
  const maxQueuedSpans = 512
  const { tracer, close, count, warn } = await opened({
    endpoint: collector.endpoint,
    maxQueuedSpans,
    exportTimeoutMs: 200,
  })
  for (let made = 0; made < 2000; made += 1) tracer.start('x', 'client', CALLER)?.end()
  expect(await count('alkhub_trace_spans_held')).toBe(maxQueuedSpans)
  expect(await count('alkhub_trace_spans_dropped_total')).toBe(2000 - maxQueuedSpans)
  await vi.waitUntil(
    async () => (await count('alkhub_trace_spans_failed_total')) === maxQueuedSpans,
  )
  expect(await count('alkhub_trace_spans_held')).toBe(0)
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('cannot be sent'))
  collector.mode = 'takes'
  tracer.start('later', 'client', CALLER)?.end()
  await vi.waitUntil(async () => (await count('alkhub_trace_spans_exported_total')) === 1)
  expect(warn).toHaveBeenLastCalledWith(expect.stringContaining('takes spans again'))
  await close()
})

test('without a collector, closing ends within the time of an export', async () => {
  const { tracer, close, count } = await opened({
    endpoint: 'http://127.0.0.1:1/v1/traces',
    exportTimeoutMs: 200,
  })
  tracer.start('x', 'client', CALLER)?.end()
  await close()
  await vi.waitFor(async () => {
    expect(await count('alkhub_trace_spans_failed_total')).toBe(1)
  })
})
