import type { CallSink, ProvidedCall, ResumedCall } from '@alkdev/bus'
import { DEFAULT_LIMITS } from '@alkdev/contracts'
import { CallError, coversScope } from '@alkdev/operations'
import type { CallErrorEvent, CallRespondedEvent, ResponseEnvelope } from '@alkdev/operations'
import type { Connection } from '../connection/connection.ts'
import { tooLarge } from '../connection/payload-size.ts'
import { publicMessage, secretsOf } from './public-message.ts'
import { requestIdOf } from './request-id.ts'
import { spokeError } from './spoke-error.ts'
import type { FitsSchema } from './spoke-error.ts'

const WINDOW = DEFAULT_LIMITS.initialCredits
/** Items read after which the spoke is told of it. */
const LOT = WINDOW / 2
/** How long an aborted call keeps its place if the spoke does not say that it has stopped. */
const ABORTED_MS = 10_000

export interface OutboundOptions {
  readonly call: ProvidedCall
  readonly sink: CallSink
  /** The socket that answers. */
  readonly connection: Connection
  readonly maxPayloadBytes: number
  /** Of a call that the spoke kept over a reconnect: what its caller has and takes. */
  readonly resumed?: Pick<ResumedCall, 'received' | 'upTo' | 'room'>
  /** Checks details of errors against the schemas that the spoke declares. */
  readonly fits: FitsSchema
  /** Called once, when the place of the call is free. */
  onEnd(call: OutboundCall): void
}

/** A call given to a spoke's socket: what comes back for it, and what is told to it. */
export class OutboundCall {
  readonly requestId: string
  readonly call: ProvidedCall
  readonly givenAt = performance.now()
  readonly #options: OutboundOptions
  readonly #resumed: boolean
  /** Stream items that came, that the caller's window took, and that the spoke was granted beyond the first 32. */
  #received: number
  #taken: number
  #granted: number
  /** The spoke knows that the call goes on here: it may be granted credit. */
  #told = true
  #ended = false
  #aborted: NodeJS.Timeout | undefined

  constructor(options: OutboundOptions) {
    this.requestId = requestIdOf({
      callId: options.call.header.callId,
      attempt: options.call.attempt,
    })
    this.call = options.call
    this.#options = options
    const { resumed } = options
    this.#resumed = resumed !== undefined
    this.#received = resumed?.received ?? 0
    this.#taken = 0
    if (resumed) {
      this.#told = false
      this.#taken = Math.max(0, Math.min(resumed.received, resumed.upTo - 1))
      // What its reader had not taken at the cut he takes now.
      const behind = resumed.received - this.#taken
      if (behind > 0)
        resumed.room.then(
          () => this.#read(behind),
          () => undefined,
        )
    }
    this.#granted = this.#taken
  }

  get resumable(): boolean {
    return this.call.spec.resumable === true
  }

  get isStream(): boolean {
    return this.call.spec.type === 'subscription'
  }

  /** Writes the request to the socket; false when the socket is gone, so that nothing has started. */
  give(name: string, leftMs: number | undefined): boolean {
    const { call, requestId } = this
    const { connection, sink } = this.#options
    const { input, idempotencyKey, traceparent, metadata, principal } = call.header
    // What is undefined JSON leaves out.
    const sent = connection.send('call.requested', requestId, {
      requestId,
      operationId: name,
      input,
      timeoutMs: leftMs === undefined ? undefined : Math.round(leftMs),
      idleTimeout: call.idleTimeoutMs,
      idempotencyKey,
      traceparent,
      metadata,
      identity: { id: principal.id, scopes: shownScopes(call) },
      timestamp: Date.now(),
    })
    if (!sent) return false
    sink.started()
    this.#watch()
    return true
  }

  /**
   * It goes on at this socket, and its spoke knows. Credits on their way to the former one are lost, so that what is open is granted
   * anew, counted from the last item that the caller has.
   */
  goOn(): void {
    this.#watch()
    if (!this.#resumed || this.#ended) return
    this.#told = true
    this.#granted = this.#taken
    if (this.isStream) this.#credit(this.#granted + WINDOW - this.#received)
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
    const uncounted = count === undefined && this.#resumed
    if (uncounted || (count !== undefined && count !== this.#received)) return this.#gap()
    this.#end()
    this.#options.sink.complete()
  }

  failed(event: CallErrorEvent, bytes: number): void {
    const { maxPayloadBytes } = this.#options
    if (this.#ended) return
    const frame = { bytes, maxPayloadBytes }
    const error = spokeError(event, this.call, frame, this.#options.fits)
    if (error instanceof CallError) return this.#fail(error)
    const end = (reason: unknown): void => {
      if (!this.#ended) this.#fail(CallError.from(reason))
    }
    error.then(end, end)
  }

  /** The spoke stopped by itself. */
  aborted(reason: string | undefined): void {
    if (this.#ended) return
    const message = reason && publicMessage(reason, secretsOf(this.call), true)
    this.#fail(new CallError('ABORTED', message ?? 'The spoke aborted the call.'))
  }

  /** The spoke is gone and won't come back with it: no other attempt, whatever its class. */
  lostForGood(reason: string): void {
    if (this.#ended) return
    this.#fail(new CallError('PROVIDER_LOST', reason, { outcome: 'unknown' }))
  }

  /** Its end comes from elsewhere: nothing is told to anybody. */
  drop(): void {
    if (!this.#ended) this.#end()
  }

  #watch(): void {
    const { signal } = this.call
    if (signal.aborted) this.#abort()
    else signal.addEventListener('abort', this.#abort, { once: true })
  }

  #item(output: ResponseEnvelope, seq: number | undefined): void {
    // Sent before the reconnect, and arrived.
    if (this.#resumed && seq !== undefined && seq <= this.#received) return
    this.#received += 1
    // Who does not count can't prove that nothing was lost with the former socket.
    if (seq === undefined ? this.#resumed : seq !== this.#received) {
      this.#received -= 1
      return this.#gap()
    }
    // At a former socket it may have been granted more than its caller has by now.
    const granted = Math.max(this.#granted, this.#options.resumed?.upTo ?? 0)
    if (this.#received > granted + 2 * WINDOW) {
      const message = 'The spoke sent more items than it was asked for.'
      this.#stop(message)
      return this.#fail(new CallError('OVERLOADED', message))
    }
    this.#options.sink.item(ofCalled(output, this.call)).then(
      () => this.#read(),
      () => undefined,
    )
  }

  /** The reader has room again: tells the spoke, in lots, so that a slow reader slows the spoke and not the memory. */
  #read(items = 1): void {
    this.#taken += items
    if (this.#ended || !this.#told || this.#taken - this.#granted < LOT) return
    const credits = this.#taken - this.#granted
    this.#granted = this.#taken
    this.#credit(credits)
  }

  #credit(credits: number): void {
    const { requestId } = this
    // Nothing is open: the credit comes when the reader reads.
    if (credits < 1) return
    this.#options.connection.send('call.credit', requestId, {
      requestId,
      credits,
      upTo: this.#granted + WINDOW,
      timestamp: Date.now(),
    })
  }

  #gap(): void {
    const message = `Items of the stream were lost after the first ${this.#received}.`
    this.#stop(message)
    this.#fail(
      new CallError('PROVIDER_LOST', message, { outcome: 'unknown', received: this.#received }),
    )
  }

  /** The spoke keeps its place until it says that it has stopped: that is the receipt. */
  readonly #abort = (): void => {
    if (this.#ended) return
    const reason: unknown = this.call.signal.reason
    this.#stop(reason instanceof Error ? reason.message : 'aborted')
    this.#aborted = setTimeout(() => {
      this.#fail(new CallError('ABORTED', 'The spoke did not say that it has stopped.'))
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
    this.#end()
    this.#options.sink.fail(error)
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#aborted)
    this.call.signal.removeEventListener('abort', this.#abort)
    this.#options.onEnd(this)
  }
}

/** The scopes that the operation asks for and the caller has. */
function shownScopes({ spec, header }: ProvidedCall): readonly string[] {
  const { requiredScopes, requiredScopesAny } = spec.accessControl
  if (requiredScopesAny === undefined) return requiredScopes
  const held = requiredScopesAny.filter((scope) => coversScope(header.principal.scopes, scope))
  return [...requiredScopes, ...held]
}

/** The envelope as the caller gets it: of the operation that he called. The bus adds the id of the call. */
function ofCalled({ data, meta }: ResponseEnvelope, call: ProvidedCall): ResponseEnvelope {
  const { operationId } = call.header
  return meta.source === 'local' ? { data, meta: { ...meta, operationId } } : { data, meta }
}
