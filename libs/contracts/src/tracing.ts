/** What a span stands for, in the words of OpenTelemetry. */
export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** One piece of work in a trace. Attributes and names never hold inputs, outputs or secrets. */
export interface TraceSpan {
  /** The W3C trace context of what is done below it. */
  readonly traceparent: string
  /** False for a span that keeps nothing, because its trace is not sampled. */
  readonly isRecorded: boolean
  set(name: string, value: string | number | boolean): void
  /** Ends it; only the first call counts. `errorType`: the code of the error with which the work ended. */
  end(errorType?: string): void
}

/** Records spans. Where traces are off there is no tracer, so that nothing is called or allocated. */
export interface Tracer {
  /** A span below `parent`. Undefined when the trace of the parent is not recorded, or when there is no parent. */
  start(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    attributes?: SpanAttributes,
  ): TraceSpan | undefined
  /**
   * A span where a trace enters the hub: below `parent`, or the first one of a trace with the id of the call (a UUID). A trace that is not sampled has a span
   * that records nothing, and whose `traceparent` says so.
   */
  begin(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    callId: string,
    attributes?: SpanAttributes,
  ): TraceSpan
  /** A span of work that is over. The times are milliseconds since the epoch. */
  record(
    name: string,
    kind: SpanKind,
    parent: string | undefined,
    times: { readonly startedAtMs: number; readonly endedAtMs: number },
    attributes: SpanAttributes,
    errorType?: string,
  ): void
  /** Work whose statements of PostgreSQL become spans below `traceparent`. Undefined when its trace is not recorded. */
  scope(traceparent: string): TraceScope | undefined
}

/** The part of a process that works for one recorded call. */
export interface TraceScope {
  run<T>(work: () => T): T
  /** The work is over. What it has started, and what goes on for others, makes no further spans here. */
  end(): void
}
