import { deferred } from '@alkdev/std'
import { CallError } from './call-error.ts'
import type { CallRespondedEvent } from './call-events.ts'
import type { ResponseEnvelope } from './response-envelope.ts'

/** A request on the caller's side, as the frames that arrive for it see it. */
export interface PendingRequest {
  responded(event: CallRespondedEvent): void
  completed(count: number | undefined): void
  /** Ends it with an error; the other side is not told. */
  fail(error: CallError): void
  /** Ended by this side's own `abort(requestId)`. */
  aborted(reason: string | undefined): void
}

/** A call: ends with the first `call.responded`. */
export class PendingCall implements PendingRequest {
  readonly #result = deferred<ResponseEnvelope>()
  readonly #ended: () => void

  /** `ended` is called once, before the promise settles. */
  constructor(ended: () => void) {
    this.#ended = ended
  }

  get promise(): Promise<ResponseEnvelope> {
    return this.#result.promise
  }

  responded(event: CallRespondedEvent): void {
    this.#ended()
    this.#result.resolve(event.output)
  }

  completed(): void {
    this.fail(new CallError('ABORTED', 'The call was completed without a response.'))
  }

  fail(error: CallError): void {
    this.#ended()
    this.#result.reject(error)
  }

  aborted(reason: string | undefined): void {
    this.fail(new CallError('ABORTED', reason ?? 'The call was aborted.'))
  }
}
