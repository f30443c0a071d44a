import { AsyncLocalStorage } from 'node:async_hooks'
import { isTraceparent, TRACE_ATTRIBUTES } from '@alkdev/contracts'
import type { SpanAttributes, SpanKind, Tracer, TraceScope, TraceSpan } from '@alkdev/contracts'
import {
  ROOT_CONTEXT,
  SpanKind as Kind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api'
import type { Context, Span, Tracer as OtelTracer } from '@opentelemetry/api'
import { RandomIdGenerator, SamplingDecision } from '@opentelemetry/sdk-trace'
import type { IdGenerator, Sampler } from '@opentelemetry/sdk-trace'
import { statementName } from './statement-name.ts'
import { isSampled, spanIdOf, traceIdOf, traceparentOf } from './trace-context.ts'

const KINDS = {
  internal: Kind.INTERNAL,
  server: Kind.SERVER,
  client: Kind.CLIENT,
  producer: Kind.PRODUCER,
  consumer: Kind.CONSUMER,
} as const satisfies Readonly<Record<SpanKind, Kind>>

/** Makes the ids of spans. The id of a trace that begins at the hub is that of its first call. */
export class SpanIds implements IdGenerator {
  readonly #random = new RandomIdGenerator()
  /** The id of the trace that is started next. */
  next: string | undefined

  generateTraceId(): string {
    return this.next ?? this.#random.generateTraceId()
  }

  generateSpanId(): string {
    return this.#random.generateSpanId()
  }
}

/**
 * Recorded work. What it has started may go on in its asynchronous context after it has ended, for instance a queue of writes that is never empty.
 */
interface Scope {
  readonly traceparent: string
  isOpen: boolean
}

export interface HubTracerOptions {
  readonly tracer: OtelTracer
  /** Decides about traces that begin at the hub. */
  readonly roots: Sampler
  readonly ids: SpanIds
}

/** The tracer of a process on that of OpenTelemetry. The trace context is passed on explicitly; only statements of PostgreSQL find theirs by the asynchronous context. */
export class HubTracer implements Tracer {
  readonly #options: HubTracerOptions
  readonly #current = new AsyncLocalStorage<Scope>()

  constructor(options: HubTracerOptions) {
    this.#options = options
  }

  start(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    attributes?: SpanAttributes,
  ): TraceSpan | undefined {
    if (parent === undefined || !isSampled(parent)) return undefined
    return new RecordedSpan(this.#start(name, kind, contextOf(parent), attributes))
  }

  begin(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    callId: string,
    attributes?: SpanAttributes,
  ): TraceSpan {
    if (parent !== undefined)
      return this.start(name, kind, parent, attributes) ?? new UnrecordedSpan(parent)
    const { ids, roots } = this.#options
    const traceId = callId.replaceAll('-', '')
    const { decision } = roots.shouldSample(ROOT_CONTEXT, traceId, name, KINDS[kind], {}, [])
    if (decision !== SamplingDecision.RECORD_AND_SAMPLED)
      return new UnrecordedSpan(traceparentOf(traceId, ids.generateSpanId(), false))
    ids.next = traceId
    try {
      return new RecordedSpan(this.#start(name, kind, ROOT_CONTEXT, attributes))
    } finally {
      ids.next = undefined
    }
  }

  record(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    { startedAtMs, endedAtMs }: { readonly startedAtMs: number; readonly endedAtMs: number },
    attributes: SpanAttributes,
    errorType?: string,
  ): void {
    if (parent === undefined || !isTraceparent(parent) || !isSampled(parent)) return
    const span = this.#start(name, kind, contextOf(parent), attributes, startedAtMs)
    new RecordedSpan(span).end(errorType, endedAtMs)
  }

  scope(traceparent: string): TraceScope | undefined {
    if (!isSampled(traceparent)) return undefined
    const scope: Scope = { traceparent, isOpen: true }
    return {
      run: (work) => this.#current.run(scope, work),
      end() {
        scope.isOpen = false
      },
    }
  }

  /** A span for a statement, when it runs below a recorded one. */
  onStatement(text: string): ((error?: unknown) => void) | undefined {
    const scope = this.#current.getStore()
    if (scope?.isOpen !== true) return undefined
    const span = this.start(statementName(text), 'client', scope.traceparent, {
      [TRACE_ATTRIBUTES.DB_SYSTEM]: 'postgresql',
      [TRACE_ATTRIBUTES.DB_QUERY]: text,
    })
    return (error) => span?.end(error === undefined ? undefined : codeOf(error))
  }

  #start(
    name: string,
    kind: SpanKind,
    context: Context,
    attributes: SpanAttributes | undefined,
    startTime?: number,
  ): Span {
    const options = {
      kind: KINDS[kind],
      ...(attributes !== undefined && { attributes }),
      ...(startTime !== undefined && { startTime }),
    }
    return this.#options.tracer.startSpan(name, options, context)
  }
}

/** A span that the SDK keeps. */
class RecordedSpan implements TraceSpan {
  readonly traceparent: string
  readonly isRecorded = true
  readonly #span: Span
  #ended = false

  constructor(span: Span) {
    this.#span = span
    const { traceId, spanId } = span.spanContext()
    this.traceparent = traceparentOf(traceId, spanId, true)
  }

  set(name: string, value: string | number | boolean): void {
    this.#span.setAttribute(name, value)
  }

  end(errorType?: string, endedAtMs?: number): void {
    if (this.#ended) return
    this.#ended = true
    if (errorType !== undefined) {
      this.#span.setAttribute(TRACE_ATTRIBUTES.ERROR_TYPE, errorType)
      this.#span.setStatus({ code: SpanStatusCode.ERROR })
    }
    this.#span.end(endedAtMs)
  }
}

/** A span of a trace that is not sampled. */
class UnrecordedSpan implements TraceSpan {
  readonly traceparent: string
  readonly isRecorded = false

  constructor(traceparent: string) {
    this.traceparent = traceparent
  }

  set(): void {}

  end(): void {}
}

function contextOf(parent: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceIdOf(parent),
    spanId: spanIdOf(parent),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}

/** The SQLSTATE of an error of PostgreSQL, or the code of another one. */
function codeOf(error: unknown): string {
  const { code } = Object(error) as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'error'
}
