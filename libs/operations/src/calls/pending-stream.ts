import type { CallError } from './call-error.ts'
import type { CallRespondedEvent } from './call-events.ts'
import type { PendingRequest } from './pending-call.ts'
import type { ResponseEnvelope } from './response-envelope.ts'
import { StreamReader } from '../stream/stream-reader.ts'

/** A subscription on the caller's side: a reader whose items come as frames. */
export class PendingStream extends StreamReader<ResponseEnvelope> implements PendingRequest {
  responded({ seq, output }: CallRespondedEvent): void {
    this.item(seq, output)
  }

  completed(count: number | undefined): void {
    this.complete(count)
  }

  override fail(error: CallError): void {
    super.fail(error)
  }

  /** The consumer's own abort ends the iteration without an error. */
  aborted(): void {
    this.discard()
  }
}
