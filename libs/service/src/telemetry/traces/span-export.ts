import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'

export interface SpanExportOptions {
  readonly processor: (exporter: SpanExporter) => SpanProcessor
  readonly exporter: SpanExporter
  /** Ended spans that are held at most, also while they are sent. */
  readonly maxSpans: number
  /** The collector began to refuse spans, or not to answer. */
  onFailing(): void
  /** It takes them again. */
  onWorking(): void
}

/** `ExportResultCode.SUCCESS` of OpenTelemetry. */
const SUCCESS = 0

type OnResult = Parameters<SpanExporter['export']>[1]

/** Bounds and counts what is on its way to the collector. One that is slow or away costs the spans that do not fit, and nothing else. */
export class SpanExport implements SpanProcessor {
  readonly #options: SpanExportOptions
  readonly #processor: SpanProcessor
  #failing = false
  held = 0
  exported = 0
  failed = 0
  dropped = 0

  constructor(options: SpanExportOptions) {
    this.#options = options
    const { exporter } = options
    this.#processor = options.processor({
      export: (spans, onResult) => this.#export(spans, onResult),
      shutdown: () => exporter.shutdown(),
    })
  }

  onStart(span: Span, context: Parameters<SpanProcessor['onStart']>[1]): void {
    this.#processor.onStart(span, context)
  }

  onEnd(span: ReadableSpan): void {
    if (this.held >= this.#options.maxSpans) {
      this.dropped += 1
      return
    }
    this.held += 1
    this.#processor.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.#processor.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#processor.shutdown()
  }

  #export(spans: ReadableSpan[], onResult: OnResult): void {
    this.#options.exporter.export(spans, (result) => {
      this.held -= spans.length
      const code: number = result.code
      const ok = code === SUCCESS
      if (ok) this.exported += spans.length
      else this.failed += spans.length
      if (ok === this.#failing) {
        this.#failing = !ok
        if (ok) this.#options.onWorking()
        else this.#options.onFailing()
      }
      onResult(result)
    })
  }
}
