/** One call of the hub, for a tracer. */
export interface TracedCall {
  /** The spoke's own `namespace.name`. */
  readonly operationId: string
  readonly requestId: string
  /** W3C trace context of the hub's span. Absent when the caller gave none and the hub makes none. */
  readonly traceparent: string | undefined
}

/** The span of one call. What its methods throw is logged, and the call goes on. */
export interface CallSpan {
  /** W3C trace context of the calls that the handler makes. Default: that of the call. */
  readonly traceparent?: string | undefined
  /** Runs the handler, so that the spans of other libraries are below this one. It must return what `work` returns. */
  run?<T>(work: () => T): T
  /** Called once, with the code of the error that the handler ended with. */
  end(errorCode?: string): void
}

/** Continues the traces of calls in the process of a spoke. */
export interface SpokeTracer {
  /** Called before the handler. Undefined: this call has no span. */
  start(call: TracedCall): CallSpan | undefined
}

interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

interface ApiSpan {
  setStatus(status: { code: number }): unknown
  setAttribute(name: string, value: string): unknown
  spanContext(): SpanContext
  end(): void
}

/** The part of `@opentelemetry/api` that `openTelemetryTracer` uses. */
export interface OpenTelemetryApi<Context, Span extends ApiSpan> {
  readonly ROOT_CONTEXT: Context
  readonly context: { with<T>(context: Context, work: () => T): T }
  readonly trace: {
    getTracer(name: string): {
      startSpan(
        name: string,
        options: { kind: number; attributes: Record<string, string> },
        context: Context,
      ): Span
    }
    setSpan(context: Context, span: Span): Context
    setSpanContext(context: Context, spanContext: SpanContext & { isRemote: boolean }): Context
  }
}

/** `SpanKind.SERVER` and `SpanStatusCode.ERROR` of `@opentelemetry/api`. */
const SERVER = 1
const ERROR = 2
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/**
 * A tracer on OpenTelemetry: `attachSpoke({ tracer: openTelemetryTracer(api), ... })`, where `api` is the module
 * `@opentelemetry/api`. Each call gets a span below that of the hub. The process sets up its own SDK; without one nothing is recorded.
 */
export function openTelemetryTracer<Context, Span extends ApiSpan>({
  ROOT_CONTEXT,
  context,
  trace,
}: OpenTelemetryApi<Context, Span>): SpokeTracer {
  const tracer = trace.getTracer('@alkdev/spoke')
  return {
    start({ operationId, requestId, traceparent }) {
      const parent = parentOf(traceparent)
      const above = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
      const attributes = {
        'rpc.system.name': 'alkhub.websocket',
        'rpc.method': operationId,
        'alkhub.request.id': requestId,
      }
      const span = tracer.startSpan(operationId, { kind: SERVER, attributes }, above)
      const below = trace.setSpan(above, span)
      return {
        traceparent: traceparentOf(span.spanContext()),
        run: (work) => context.with(below, work),
        end(errorCode) {
          if (errorCode !== undefined) {
            span.setAttribute('error.type', errorCode)
            span.setStatus({ code: ERROR })
          }
          span.end()
        },
      }
    },
  }
}

function parentOf(traceparent = ''): (SpanContext & { isRemote: boolean }) | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
}

/** Undefined for the span of an API without an SDK. */
function traceparentOf({ traceId, spanId, traceFlags }: SpanContext): string | undefined {
  if (/^0*$/.test(traceId) || /^0*$/.test(spanId)) return undefined
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`
}
