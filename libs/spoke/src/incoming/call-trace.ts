import type { CallSpan, SpokeTracer, TracedCall } from '../tracing.ts'

/** The span of one call by the tracer of the author. An error of the tracer is reported, and does not change the call. */
export class CallTrace {
  readonly #span: CallSpan
  readonly #onError: (error: unknown) => void
  #ended = false

  private constructor(span: CallSpan, onError: (error: unknown) => void) {
    this.#span = span
    this.#onError = onError
  }

  /** Undefined when there is no tracer, or it makes no span of this call. */
  static start(
    tracer: SpokeTracer | undefined,
    call: TracedCall,
    onError: (error: unknown) => void,
  ): CallTrace | undefined {
    if (tracer === undefined) return undefined
    try {
      const span = tracer.start(call)
      return span && new CallTrace(span, onError)
    } catch (error) {
      onError(error)
      return undefined
    }
  }

  get traceparent(): string | undefined {
    return this.#span.traceparent
  }

  /** Does the work once, whatever the tracer does. */
  run<T>(work: () => T): T {
    if (this.#span.run === undefined) return work()
    const ended: { done?: { readonly value: T } | { readonly error: unknown } } = {}
    const guarded = (): T => {
      try {
        const value = work()
        ended.done = { value }
        return value
      } catch (error) {
        ended.done = { error }
        throw error
      }
    }
    try {
      this.#span.run(guarded)
    } catch (error) {
      if (ended.done === undefined || !('error' in ended.done)) this.#onError(error)
    }
    const { done } = ended
    if (done === undefined) return work()
    if ('error' in done) throw done.error
    return done.value
  }

  end(errorCode?: string): void {
    if (this.#ended) return
    this.#ended = true
    try {
      this.#span.end(errorCode)
    } catch (error) {
      this.#onError(error)
    }
  }
}
