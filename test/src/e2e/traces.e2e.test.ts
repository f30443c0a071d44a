import * as api from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { attachSpoke, openTelemetryTracer, query, Type } from '@alkdev/spoke'
import { uuidv7 } from '@alkdev/std'
import { createTestDatabase, startOtlpCollector } from '@alkdev/testing'
import type { CollectedSpan, OtlpCollector } from '@alkdev/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { ask, call, callTool } from '../http.ts'
import { PlainSocket } from '../plain-socket.ts'
import { startProcessHub } from '../process-hub.ts'
import type { ProcessHub } from '../process-hub.ts'

/** In an input, which no span may hold. */
const SECRET = 'planted-secret-of-an-input'
const PROVIDER_KEY = 'planted-key-of-a-provider'
const ECHO = 'client.traced.t.echo'
const CALLER_SPAN = 'c'.repeat(16)

const stack = new AsyncDisposableStack()
let collector: OtlpCollector
let provider: FakeProvider
let hub: ProcessHub
/** The trace contexts that the handler of the spoke got. */
const handled: (string | undefined)[] = []

beforeAll(async () => {
  collector = stack.use(await startOtlpCollector())
  provider = stack.use(await startFakeProvider())
  const database = stack.use(await createTestDatabase())
  const traces = {
    endpoint: collector.endpoint,
    headers: 'authorization: Bearer key-of-the-collector',
    sampleRatio: 1,
  }
  hub = stack.use(
    await startProcessHub({ postgresUrl: database.url, sections: { telemetry: { traces } } }),
  )
  // The process of the spoke has an SDK of its own, as its author sets it up.
  const tracing = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'spoke' }),
    spanProcessors: [
      new SimpleSpanProcessor({ exporter: new OTLPTraceExporter({ url: collector.endpoint }) }),
    ],
  })
  api.trace.setGlobalTracerProvider(tracing)
  stack.defer(async () => {
    api.trace.disable()
    await tracing.shutdown()
  })
  const { key } = await hub.createKey(['spokes:attach'], hub.admin.accountId)
  const spoke = attachSpoke({
    hub: hub.broker,
    key,
    name: 'traced',
    tracer: openTelemetryTracer(api),
    operations: [
      query(
        { id: 't.echo', description: 'Echoes.', input: Type.Unknown(), output: Type.Unknown() },
        (input, { traceparent }) => {
          handled.push(traceparent)
          return { input }
        },
      ),
    ],
  })
  stack.defer(() => spoke.stop({ timeoutMs: 0 }))
  await spoke.attached()
  await vi.waitUntil(async () => !(await callTool(hub, hub.admin, { operationId: ECHO })).isError)
  await vi.waitUntil(async () => (await call(hub, hub.admin, ECHO)).status === 200)
}, 240_000)
afterAll(() => stack.disposeAsync())

function newTrace(): { readonly traceId: string; readonly traceparent: string } {
  const traceId = uuidv7().replaceAll('-', '')
  return { traceId, traceparent: `00-${traceId}-${CALLER_SPAN}-01` }
}

/** The spans of a trace, once the named one of each service has arrived, and the parent of each. */
async function spansOf(
  traceId: string,
  ...names: readonly (readonly [service: string, name: string])[]
): Promise<readonly CollectedSpan[]> {
  const found = (): readonly CollectedSpan[] =>
    collector.spans.filter((span) => span.traceId === traceId)
  await vi.waitFor(() => {
    const known = found().map(({ service, name }) => `${service}: ${name}`)
    for (const [service, name] of names) expect(known).toContain(`${service}: ${name}`)
    const ids = new Set(['', CALLER_SPAN, ...found().map(({ spanId }) => spanId)])
    expect(found().filter(({ parentSpanId }) => !ids.has(parentSpanId))).toEqual([])
  })
  return found()
}

/** From the given span up to the caller: `service: name`. Fails when a parent is missing. */
function wayUp(spans: readonly CollectedSpan[], service: string, name: string): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]))
  let span = spans.find((one) => one.service === service && one.name === name)
  const way: string[] = []
  while (span !== undefined) {
    way.push(`${span.service}: ${span.name}`)
    expect(span.endedAtMs).toBeGreaterThanOrEqual(span.startedAtMs)
    if (span.parentSpanId === CALLER_SPAN) return way
    span = byId.get(span.parentSpanId)
  }
  throw new Error(`the way ends at ${way.at(-1)}`)
}

test('one trace shows a call from the MCP client through gateway, mcp, broker and socket to the handler of the spoke', async () => {
  const { traceId, traceparent } = newTrace()
  const mcp = { mcp: `${hub.gateway}/mcp` }
  const request = { operationId: ECHO, input: { text: SECRET } }
  const answer = await callTool(mcp, hub.admin, request, undefined, { traceparent })
  expect(answer).toMatchObject({ isError: false, data: { input: { text: SECRET } } })
  const spans = await spansOf(traceId, ['spoke', 't.echo'], ['alkhub-gateway', 'POST /mcp'])
  expect(wayUp(spans, 'spoke', 't.echo')).toEqual([
    'spoke: t.echo',
    'alkhub-spoke-broker: call.requested t.echo',
    `alkhub-spoke-broker: ${ECHO}`,
    `alkhub-mcp: ${ECHO}`,
    'alkhub-mcp: tools/call call',
    'alkhub-mcp: POST /mcp',
    'alkhub-gateway: POST /mcp',
  ])
  const tool = spans.find(({ name }) => name === 'tools/call call')
  expect(tool?.attributes).toMatchObject({
    'mcp.method.name': 'tools/call',
    'gen_ai.tool.name': 'call',
  })
  expect(handled.at(-1)).toContain(traceId)
})

test('the trace of a queued call goes on in the coordinator that makes it, with the statements of PostgreSQL', async () => {
  const { traceId, traceparent } = newTrace()
  const headers = { traceparent, prefer: 'respond-async' }
  const queued = await call(hub, hub.admin, ECHO, { n: 1 }, headers)
  expect(queued.status).toBe(202)
  const spans = await spansOf(
    traceId,
    ['spoke', 't.echo'],
    ['alkhub-coordinator', `process ${ECHO}`],
    ['alkhub-gateway', 'POST /api/operations/:operationId'],
  )
  expect(wayUp(spans, 'spoke', 't.echo')).toEqual([
    'spoke: t.echo',
    'alkhub-spoke-broker: call.requested t.echo',
    `alkhub-spoke-broker: ${ECHO}`,
    `alkhub-coordinator: ${ECHO}`,
    `alkhub-coordinator: process ${ECHO}`,
    'alkhub-coordinator: calls.enqueue',
    'alkhub-gateway: calls.enqueue',
    'alkhub-gateway: POST /api/operations/:operationId',
  ])
  const accepting = spans.find(({ name, kind }) => name === 'calls.enqueue' && kind === 2)
  const statements = spans.filter((span) => span.attributes['db.system.name'] === 'postgresql')
  expect(statements.map(({ parentSpanId }) => parentSpanId)).toContain(accepting?.spanId)
  expect(statements.map((span) => span.attributes['db.query.text']).join()).toContain(
    'queued_calls',
  )
})

test('a call of a model is a span with the attributes for generative AI, below the request', async () => {
  const created = await call(hub, hub.admin, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret: PROVIDER_KEY,
  })
  expect(created.status).toBe(200)
  const { traceId, traceparent } = newTrace()
  const body = { model: 'fake/good', messages: [{ role: 'user', content: SECRET }] }
  await vi.waitFor(async () => {
    const path = '/v1/chat/completions'
    const options = { key: hub.admin.key, body, headers: { traceparent } }
    expect((await ask(hub, 'POST', path, options)).status).toBe(200)
  })
  const spans = await spansOf(traceId, ['alkhub-inference-proxy', 'chat fake/good'])
  expect(wayUp(spans, 'alkhub-inference-proxy', 'chat fake/good').at(-1)).toMatch(/^alkhub-gateway/)
  const model = spans.find(({ name }) => name === 'chat fake/good')
  expect(model?.attributes).toMatchObject({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'fake',
    'gen_ai.request.model': 'fake/good',
  })
})

test('a call over a WebSocket begins a trace with the id of the call, and the error that ended it is in each span', async () => {
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  const operationId = 'tasks.get'
  const answer = await socket.call(operationId, { taskId: uuidv7() })
  expect(answer.type).toBe('call.error')
  const { code } = answer.payload
  const named = `call.requested ${operationId}`
  const begun = await vi.waitFor(() => {
    const span = collector.spans.find(({ name }) => name === named)
    expect(span).toBeDefined()
    return span as CollectedSpan
  })
  expect(begun.parentSpanId).toBe('')
  const spans = await spansOf(begun.traceId, ['alkhub-coordinator', operationId])
  const calls = spans.filter(({ name }) => name.endsWith(operationId))
  expect(calls.map((span) => span.attributes['error.type'])).toEqual(calls.map(() => code))
  expect(calls.every(({ failed }) => failed)).toBe(true)
  expect(begun.attributes['alkhub.call.id']).toBe(
    begun.traceId.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
  )
})

test('a caller that does not record its trace is not recorded, and the spoke receives that decision', async () => {
  const { traceId, traceparent } = newTrace()
  const quiet = `${traceparent.slice(0, -1)}0`
  const before = handled.length
  await call(hub, hub.admin, ECHO, {}, { traceparent: quiet })
  const last = newTrace()
  await call(hub, hub.admin, ECHO, {}, { traceparent: last.traceparent })
  await spansOf(last.traceId, ['alkhub-gateway', 'POST /api/operations/:operationId'])
  expect(handled[before]?.slice(-2)).toBe('00')
  expect(
    collector.spans.filter((span) => span.traceId === traceId && span.service !== 'spoke'),
  ).toEqual([])
})

test('no span holds a key, an input, or what the model was asked', async () => {
  await vi.waitUntil(() => collector.received.length > 0)
  for (const secret of [
    SECRET,
    PROVIDER_KEY,
    hub.admin.key,
    hub.admin.key.slice(4, 24),
    'key-of-the-collector',
  ])
    expect(collector.received).not.toContain(secret)
  expect(collector.headers).toBeDefined()
})

test('a collector that does not answer does not hold up calls', async () => {
  collector.mode = 'silent'
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => call(hub, hub.admin, ECHO, { n: 2 })),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
})
