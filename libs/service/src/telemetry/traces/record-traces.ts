import { traceHeaders } from '@alkdev/config'
import { SEMANTIC_CONVENTIONS_VERSION, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import { uuidv7 } from '@alkdev/std'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { within } from '../../start/teardown.ts'
import { METRICS } from '../metric-definitions.ts'
import { HubTracer, SpanIds } from './hub-tracer.ts'
import type { Traces, TracesInput } from './open-traces.ts'
import { SpanExport } from './span-export.ts'

/** Milliseconds for which ended spans are collected before they are sent. */
const COLLECT_MS = 1000
/** Spans of one request to the collector. */
const BATCH_SPANS = 512
/** Requests to the collector at the same time. */
const MAX_REQUESTS = 2
/** Characters of a text in a span. */
const MAX_TEXT = 2000
const MAX_ATTRIBUTES = 64
/** Milliseconds that the processor waits longer than the exporter, which reports its own end. */
const PROCESSOR_MORE_MS = 1000

/** Records traces with the SDK of OpenTelemetry and sends them by OTLP over HTTP as JSON. */
export function recordTraces({ name, traces, logger, metrics }: TracesInput): Traces {
  const { endpoint, headers, sampleRatio, maxQueuedSpans, exportTimeoutMs } = traces
  const spans = new SpanExport({
    exporter: new OTLPTraceExporter({
      url: endpoint,
      headers: { ...(headers && traceHeaders(headers.reveal())) },
      timeoutMillis: exportTimeoutMs,
      concurrencyLimit: MAX_REQUESTS,
    }),
    processor: (exporter) =>
      new BatchSpanProcessor({
        exporter,
        maxQueueSize: maxQueuedSpans,
        maxExportBatchSize: Math.min(BATCH_SPANS, maxQueuedSpans),
        scheduledDelayMillis: COLLECT_MS,
        exportTimeoutMillis: exportTimeoutMs + PROCESSOR_MORE_MS,
      }),
    maxSpans: maxQueuedSpans,
    onFailing: () => logger.warn('spans cannot be sent to the collector, and are dropped'),
    onWorking: () => logger.info('the collector takes spans again'),
  })
  const ids = new SpanIds()
  const roots = new TraceIdRatioBasedSampler(sampleRatio)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      [TRACE_ATTRIBUTES.SERVICE_NAME]: `alkhub-${name}`,
      [TRACE_ATTRIBUTES.SERVICE_NAMESPACE]: 'alkhub',
      [TRACE_ATTRIBUTES.SERVICE_INSTANCE]: uuidv7(),
    }),
    sampler: new ParentBasedSampler({ root: roots }),
    idGenerator: ids,
    spanLimits: { attributeCountLimit: MAX_ATTRIBUTES, attributeValueLengthLimit: MAX_TEXT },
    spanProcessors: [spans],
  })
  const tracer = new HubTracer({
    tracer: provider.getTracer('alkhub', undefined, {
      schemaUrl: `https://opentelemetry.io/schemas/${SEMANTIC_CONVENTIONS_VERSION}`,
    }),
    roots,
    ids,
  })
  metrics.collect(METRICS.spansHeld, () => spans.held)
  metrics.collect(METRICS.spansExported, () => spans.exported)
  metrics.collect(METRICS.spansFailed, () => spans.failed)
  metrics.collect(METRICS.spansDropped, () => spans.dropped)
  return {
    tracer,
    onStatement: (text) => tracer.onStatement(text),
    close: async () => {
      await within(
        exportTimeoutMs,
        provider.shutdown().catch(() => undefined),
      )
    },
  }
}
