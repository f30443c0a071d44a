import { deferred } from '@alkdev/std'
import { CallError } from './call-error.ts'
import type { CallRespondedEvent } from './call-events.ts'
import type { ResponseEnvelope } from './response-envelope.ts'

/** A request on the caller's side: the handlers of its frames. */
export interface PendingRequest {
  responded(event: CallRespondedEvent): void
  completed(count: number | undefined): void
  /** Ends it with an error; sends nothing to the other side. */
  fail(error: CallError): void
  /** Ended by this side's own `abort(requestId)`. */
  aborted(reason: string | undefined): void
}

/** A call: ends with the first `call.responded`. */
export class PendingCall implements PendingRequest {
  readonly #result = deferred<ResponseEnvelope>()
  readonly #onEnded: () => void
  readonly #onStream: (() => CallError) | undefined

  /**
   * `onEnded` is called once, before the promise settles. `onStream` makes the error of a call that is answered by a stream; without it the
   * first item is the answer.
   */
  constructor(onEnded: () => void, onStream?: () => CallError) {
    this.#onEnded = onEnded
    this.#onStream = onStream
  }

  get promise(): Promise<ResponseEnvelope> {
    return this.#result.promise
  }

  responded(event: CallRespondedEvent): void {
    if (event.seq !== undefined && this.#onStream !== undefined) return this.fail(this.#onStream())
    this.#onEnded()
    this.#result.resolve(event.output)
  }

  completed(): void {
    const message = 'The call was completed without a response.'
    this.fail(this.#onStream?.() ?? new CallError('ABORTED', message))
  }

  fail(error: CallError): void {
    this.#onEnded()
    this.#result.reject(error)
  }

  aborted(reason: string | undefined): void {
    this.fail(new CallError('ABORTED', reason ?? 'The call was aborted.'))
  }
}
