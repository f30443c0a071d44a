import type { Provider } from '../providers/provider.ts'
import { UpstreamError } from './upstream-error.ts'

export interface MinimumRateOptions {
  readonly provider: Provider
  /** Bytes of text; 0: any rate will do. */
  readonly bytesPerSecond: number
  /** Milliseconds from the first content. */
  readonly measuredMs: number
  /** Milliseconds from now in which the first content must come. A measurement that would take longer does not begin. */
  readonly leftMs: number
  /** The stream is too slow. Not called when a stream has passed. */
  readonly onSlow: (error: UpstreamError) => void
}

/** Measures how fast the text of a stream comes, before any of it goes to the client. */
export class MinimumRate implements Disposable {
  readonly #options: MinimumRateOptions
  readonly #mayBeginUntil: number
  #timer: NodeJS.Timeout | undefined
  /** Set when the stream is too slow. */
  failure: UpstreamError | undefined

  constructor(options: MinimumRateOptions) {
    this.#options = options
    this.#mayBeginUntil = performance.now() + options.leftMs - options.measuredMs
  }

  /** Whether the stream may go out, which has brought `textBytes` bytes of text. The first call begins the measurement. */
  passes(textBytes: number): boolean {
    const { bytesPerSecond, measuredMs } = this.#options
    if (textBytes * 1000 >= bytesPerSecond * measuredMs) return true
    if (this.#timer !== undefined) return false
    if (performance.now() > this.#mayBeginUntil) return true
    this.#timer = setTimeout(() => this.#fail(), measuredMs)
    return false
  }

  /** The stream is measured no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #fail(): void {
    const { provider, bytesPerSecond, measuredMs, onSlow } = this.#options
    this.failure = new UpstreamError(
      'UPSTREAM_TOO_SLOW',
      `The provider ${provider.name} sent fewer than ${bytesPerSecond} bytes of text a second in the first ${measuredMs} ms (inference.streamMinBytesPerSecond).`,
      { status: 504, next: 'target', isFault: true, mayHaveUsed: true },
    )
    onSlow(this.failure)
  }
}
