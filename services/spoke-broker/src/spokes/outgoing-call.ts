import type { CallSink, ProvidedCall, ResumedCall } from '@alkdev/bus'
import type { Tracer, TraceSpan } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { CallErrorEvent, CallRespondedEvent, ResponseEnvelope } from '@alkdev/operations'
import {
  incompleteError,
  overrunError,
  ReceiveWindow,
  STREAM_WINDOW,
} from '@alkdev/operations/stream'
import type { Credit } from '@alkdev/operations/stream'
import type { Connection } from '../connection/connection.ts'
import { tooLarge } from '../connection/payload-size.ts'
import { publicMessage, secretsOf } from './public-message.ts'
import { requestIdOf } from './request-id.ts'
import { requestPayload } from './request-payload.ts'
import { startSocketSpan } from './socket-span.ts'
import { spokeError } from './spoke-error.ts'
import type { FitsSchema } from './spoke-error.ts'

/** How long an aborted call keeps its slot if the spoke does not confirm the abort. */
const ABORTED_MS = 10_000

/** The items that the caller of a resumed stream has received, and the position to which its window is open. */
type Resumed = Pick<ResumedCall, 'received' | 'upTo' | 'room'>

export interface OutgoingCallOptions {
  readonly call: ProvidedCall
  readonly sink: CallSink
  /** The socket that answers. */
  readonly connection: Connection
  readonly maxPayloadBytes: number
  readonly tracer?: Tracer | undefined
  /** Of a call that the spoke kept over a reconnect. */
  readonly resumed?: Resumed
  /** Checks details of errors against the schemas that the spoke declares. */
  readonly fits: FitsSchema
  /** Called once, when the slot of the call is free. */
  onEnd(call: OutgoingCall): void
}

/** A call that was sent to a spoke's socket: handles the frames that return, and sends its credits and its abort. */
export class OutgoingCall {
  readonly requestId: string
  readonly call: ProvidedCall
  readonly sentAt = performance.now()
  readonly #options: OutgoingCallOptions
  /** An item counts as read when the window of the caller's bus allows the next one. */
  readonly #window: ReceiveWindow
  /** The spoke knows that the call continues here: it may be granted credit. */
  #creditable: boolean
  #ended = false
  /** From the request on the socket to the end of the call, when its trace is recorded. */
  #span: TraceSpan | undefined
  #aborted: NodeJS.Timeout | undefined

  constructor(options: OutgoingCallOptions) {
    this.requestId = requestIdOf({
      callId: options.call.header.callId,
      attempt: options.call.attempt,
    })
    this.call = options.call
    this.#options = options
    const { resumed } = options
    this.#creditable = resumed === undefined
    this.#window = resumed === undefined ? new ReceiveWindow() : this.#resumedWindow(resumed)
  }

  get resumable(): boolean {
    return this.call.spec.resumable === true
  }

  get isStream(): boolean {
    return this.call.spec.type === 'subscription'
  }

  /** Writes the request to the socket; false when the socket is closed, so that nothing has started. */
  dispatch(name: string, leftMs: number | undefined): boolean {
    const { connection, sink, tracer } = this.#options
    if (tracer !== undefined) this.#span = startSocketSpan(tracer, this.call, name)
    const payload = requestPayload(this.call, this.requestId, name, leftMs, this.#span?.traceparent)
    const sent = connection.send('call.requested', this.requestId, payload)
    if (!sent) return false
    sink.started()
    this.#watch()
    return true
  }

  /**
   * The call continues on this socket, and its spoke knows. Credits sent on the former socket may be lost, so the open window is granted
   * again, counted from the last item that the caller has.
   */
  resume(): void {
    this.#watch()
    if (this.#options.resumed === undefined || this.#ended) return
    this.#creditable = true
    if (this.isStream) this.#credit(this.#window.reopen())
  }

  /** An answer or an item. `bytes` is the length of its frame. */
  responded({ output, seq }: CallRespondedEvent, bytes: number): void {
    if (this.#ended) return
    const error = tooLarge('The answer', output, bytes, this.#options.maxPayloadBytes)
    if (error) {
      this.#stop(error.message)
      return this.#fail(error)
    }
    if (this.isStream) return this.#item(output, seq)
    this.#end()
    this.#options.sink.respond(ofCalled(output, this.call))
  }

  completed(count: number | undefined): void {
    if (this.#ended) return
    if (!this.isStream)
      return this.#fail(
        new CallError('EXECUTION_ERROR', 'The spoke completed the call without an answer.'),
      )
    if (!this.#window.isComplete(count)) return this.#incomplete()
    this.#end()
    this.#options.sink.complete()
  }

  failed(event: CallErrorEvent, bytes: number): void {
    const { maxPayloadBytes, fits } = this.#options
    if (this.#ended) return
    const error = spokeError(event, this.call, { bytes, maxPayloadBytes }, fits)
    if (error instanceof CallError) return this.#fail(error)
    const end = (reason: unknown): void => {
      if (!this.#ended) this.#fail(CallError.from(reason))
    }
    error.then(end, end)
  }

  /** The spoke aborted the call by itself. */
  aborted(reason: string | undefined): void {
    if (this.#ended) return
    const message = reason && publicMessage(reason, secretsOf(this.call), true)
    this.#fail(new CallError('ABORTED', message ?? 'The spoke aborted the call.'))
  }

  /** The spoke will not return with it: no other attempt, whatever its retry class. */
  lostPermanently(reason: string): void {
    if (this.#ended) return
    this.#fail(new CallError('PROVIDER_LOST', reason, { outcome: 'unknown' }))
  }

  /** Releases the call without sending anything; the bus reports the outcome. */
  drop(): void {
    if (!this.#ended) this.#end()
  }

  #watch(): void {
    const { signal } = this.call
    if (signal.aborted) this.#abort()
    else signal.addEventListener('abort', this.#abort, { once: true })
  }

  #resumedWindow({ received, upTo, room }: Resumed): ReceiveWindow {
    const read = Math.max(0, Math.min(received, upTo - 1))
    // Items that its reader had not taken when the connection ended count as read when the window allows it.
    if (read < received)
      room.then(
        () => this.#onRead(received - read),
        () => undefined,
      )
    // The former connection granted at most one window more than the caller.
    return new ReceiveWindow(STREAM_WINDOW, { received, read, granted: upTo + STREAM_WINDOW })
  }

  #item(output: ResponseEnvelope, seq: number | undefined): void {
    switch (this.#window.accept(seq)) {
      case 'duplicate':
        return
      case 'gap':
        return this.#incomplete()
      case 'overrun':
        return this.#break(overrunError(this.#window.received))
      default:
        this.#options.sink.item(ofCalled(output, this.call)).then(
          () => this.#onRead(1),
          () => undefined,
        )
    }
  }

  /** The caller's window is open again, and so is the spoke's. A slow reader slows the spoke. */
  #onRead(items: number): void {
    const credit = this.#window.read(items)
    if (!this.#ended && this.#creditable) this.#credit(credit)
  }

  #credit(credit: Credit | undefined): void {
    // The window is closed: the credit follows when the reader reads.
    if (credit === undefined) return
    const { requestId } = this
    const payload = { requestId, ...credit, timestamp: Date.now() }
    this.#options.connection.send('call.credit', requestId, payload)
  }

  #incomplete(): void {
    const { received } = this.#window
    this.#break(incompleteError(`items were lost after the first ${received}`, received))
  }

  /** The spoke broke the protocol of the stream: it is stopped, and the call fails. */
  #break(error: CallError): void {
    this.#stop(error.message)
    this.#fail(error)
  }

  /** The call keeps its slot until the spoke confirms the abort: that is the receipt. */
  readonly #abort = (): void => {
    if (this.#ended) return
    const reason: unknown = this.call.signal.reason
    this.#stop(reason instanceof Error ? reason.message : 'aborted')
    this.#aborted = setTimeout(() => {
      this.#fail(new CallError('ABORTED', 'The spoke did not confirm the abort.'))
    }, ABORTED_MS)
    this.#aborted.unref()
  }

  #stop(reason: string): void {
    const { requestId } = this
    this.#options.connection.send('call.aborted', requestId, {
      requestId,
      reason,
      timestamp: Date.now(),
    })
  }

  #fail(error: CallError): void {
    this.#span?.end(error.code)
    this.#end()
    this.#options.sink.fail(error)
  }

  #end(): void {
    this.#ended = true
    this.#span?.end()
    clearTimeout(this.#aborted)
    this.call.signal.removeEventListener('abort', this.#abort)
    this.#options.onEnd(this)
  }
}

/** The envelope for the caller, of the operation that was called. The bus adds the id of the call. */
function ofCalled({ data, meta }: ResponseEnvelope, call: ProvidedCall): ResponseEnvelope {
  const { operationId } = call.header
  return meta.source === 'local' ? { data, meta: { ...meta, operationId } } : { data, meta }
}
