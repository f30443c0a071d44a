import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { DEFAULT_LIMITS } from '@alkdev/contracts'
import { errorTable } from '@alkdev/errors'
import { CallError } from '@alkdev/operations'
import type { CallErrorEvent, CallRespondedEvent, ResponseEnvelope } from '@alkdev/operations'
import type { Connection } from '../connection/connection.ts'

const window = DEFAULT_LIMITS.initialCredits

/** A call given to a spoke's socket: what comes back for it, and what is told to it. */
export class OutboundCall {
  readonly requestId: string
  readonly call: ProvidedCall
  readonly givenAt = performance.now()
  /** The socket that answers; another one after a resume. */
  connection: Connection
  readonly #sink: CallSink
  readonly #maxPayloadBytes: number
  /** Whoever counts it as in flight; another spoke object after a resume. */
  onEnd: (call: OutboundCall) => void
  #received = 0
  #taken = 0
  #credited = 0
  #ended = false

  constructor(
    call: ProvidedCall,
    sink: CallSink,
    connection: Connection,
    maxPayloadBytes: number,
    onEnd: (call: OutboundCall) => void,
  ) {
    // The first attempt has the hub's own id, which helps whoever reads both logs.
    this.requestId = call.attempt === 1 ? call.callId : `${call.callId}.${call.attempt}`
    this.call = call
    this.connection = connection
    this.#sink = sink
    this.#maxPayloadBytes = maxPayloadBytes
    this.onEnd = onEnd
  }

  get ended(): boolean {
    return this.#ended
  }

  get resumable(): boolean {
    return this.call.spec.resumable === true
  }

  /** Writes the request to the socket; false when the socket is gone, so that nothing has started. */
  give(name: string, leftMs: number | undefined): boolean {
    const { call } = this
    const required = call.spec.accessControl
    const sent = this.connection.send('call.requested', this.requestId, {
      requestId: this.requestId,
      operationId: name,
      input: call.input,
      ...(leftMs !== undefined && { timeoutMs: leftMs }),
      ...(call.idleTimeoutMs !== undefined && { idleTimeout: call.idleTimeoutMs }),
      ...(call.idempotencyKey !== undefined && { idempotencyKey: call.idempotencyKey }),
      ...(call.metadata !== undefined && { metadata: call.metadata }),
      identity: {
        id: call.principal.id,
        scopes: [...required.requiredScopes, ...(required.requiredScopesAny ?? [])],
      },
      timestamp: Date.now(),
    })
    if (!sent) return false
    this.#sink.started()
    if (call.signal.aborted) this.#abort()
    else call.signal.addEventListener('abort', this.#abort, { once: true })
    return true
  }

  /** An answer or an item. `bytes` is the length of its frame. */
  responded(event: CallRespondedEvent, bytes: number): void {
    if (this.#ended) return
    const { output } = event
    if (bytes > this.#maxPayloadBytes && sizeOf(output.data) > this.#maxPayloadBytes) {
      const message = `The answer is larger than ${this.#maxPayloadBytes} bytes.`
      this.#stop(message)
      return this.#fail(new CallError('PAYLOAD_TOO_LARGE', message))
    }
    if (this.call.spec.type === 'subscription') return this.#item(output, event.seq)
    this.#end()
    this.#sink.respond(withCallId(output, this.call))
  }

  completed(count: number | undefined): void {
    if (this.#ended) return
    if (this.call.spec.type !== 'subscription')
      return this.#fail(
        new CallError('EXECUTION_ERROR', 'The spoke completed the call without an answer.'),
      )
    if (count !== undefined && count !== this.#received) return this.#gap()
    this.#end()
    this.#sink.complete()
  }

  failed(event: CallErrorEvent): void {
    if (!this.#ended) this.#fail(errorOf(event, this.call))
  }

  /** The spoke stopped by itself. */
  aborted(reason: string | undefined): void {
    if (!this.#ended) this.#fail(new CallError('ABORTED', reason ?? 'The spoke aborted the call.'))
  }

  /** The spoke is gone and won't answer. */
  lost(reason: string): void {
    if (this.#ended) return
    this.#end()
    this.#sink.lost(reason)
  }

  #item(output: ResponseEnvelope, seq: number | undefined): void {
    this.#received += 1
    if (seq !== undefined && seq !== this.#received) return this.#gap()
    if (this.#received - this.#taken > 2 * window) {
      const message = 'The spoke sent more items than it was asked for.'
      this.#stop(message)
      return this.#fail(new CallError('OVERLOADED', message))
    }
    this.#sink.item(withCallId(output, this.call)).then(
      () => this.#credit(),
      () => undefined,
    )
  }

  /** The reader has room again: tells the spoke, in lots, so that a slow reader slows the spoke and not the memory. */
  #credit(): void {
    this.#taken += 1
    if (this.#ended || this.#taken - this.#credited < window / 2) return
    const credits = this.#taken - this.#credited
    this.#credited = this.#taken
    this.connection.send('call.credit', this.requestId, {
      requestId: this.requestId,
      credits,
      timestamp: Date.now(),
    })
  }

  #gap(): void {
    const message = `Items of the stream were lost after the first ${this.#received - 1}.`
    this.#stop(message)
    this.#end()
    this.#sink.fail(
      new CallError('PROVIDER_LOST', message, { outcome: 'unknown', received: this.#received - 1 }),
    )
  }

  #abort = (): void => {
    const reason: unknown = this.call.signal.reason
    this.#stop(reason instanceof Error ? reason.message : 'aborted')
    // The spoke still holds a place until it says that it has stopped: that is the receipt.
  }

  #stop(reason: string): void {
    this.connection.send('call.aborted', this.requestId, {
      requestId: this.requestId,
      reason,
      timestamp: Date.now(),
    })
  }

  #fail(error: CallError): void {
    this.#end()
    this.#sink.fail(error)
  }

  #end(): void {
    this.#ended = true
    this.call.signal.removeEventListener('abort', this.#abort)
    this.onEnd(this)
  }
}

function sizeOf(data: unknown): number {
  return data === undefined ? 0 : Buffer.byteLength(JSON.stringify(data))
}

/** The envelope as the caller gets it: of the operation that he called, with the hub's id of the call. */
function withCallId(envelope: ResponseEnvelope, call: ProvidedCall): ResponseEnvelope {
  const { meta } = envelope
  const own = meta.source === 'local' ? { ...meta, operationId: call.operationId } : meta
  return { data: envelope.data, meta: { ...own, callId: call.callId } }
}

/** Codes that only the hub may use: from a spoke they would promise what it can't know. */
const hubOnly = new Set([
  'UNAUTHENTICATED',
  'OPERATION_NOT_FOUND',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_LOST',
  'OVERLOADED',
  'UNAVAILABLE',
])

/** What a spoke says went wrong. Codes of the table and those that its spec declares are kept; anything else is EXECUTION_ERROR. */
function errorOf(event: CallErrorEvent, call: ProvidedCall): CallError {
  const { code, message, details } = event
  const declared = call.spec.errorSchemas?.find((definition) => definition.code === code)
  if (declared)
    return new CallError(code, message, details, {
      ...(declared.httpStatus !== undefined && { httpStatus: declared.httpStatus }),
    })
  if (Object.hasOwn(errorTable, code) && !hubOnly.has(code))
    return new CallError(code, message, details)
  return new CallError('EXECUTION_ERROR', message, { code })
}
