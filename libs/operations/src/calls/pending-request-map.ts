import { uuidv7 } from '@alkdev/std'
import { CallError } from './call-error.ts'
import type { CallEventType, CallFrame, CallRequestedEvent } from './call-events.ts'
import { DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS } from './call-limits.ts'
import { eventTargetPort, framePort, sendError, sendQuietly } from './call-port.ts'
import type { CallEventTarget, CallFrameSender, CallPort, CallRoute } from './call-port.ts'
import { requestPayload, timeoutError, totalTime } from './call-request.ts'
import type { RequestOptions, SubscribeRequestOptions } from './call-request.ts'
import { IncomingRequests } from './incoming-requests.ts'
import { OutgoingCallTable } from './outgoing-call-table.ts'
import type { CallBounds } from './outgoing-call-table.ts'
import { PendingCall } from './pending-call.ts'
import type { PendingRequest } from './pending-call.ts'
import { PendingStream } from './pending-stream.ts'
import type { ResponseEnvelope } from './response-envelope.ts'
import type { ServedRequest } from './served-call.ts'

export interface PendingRequestOptions {
  /** Where requests go on an event target: the topic `call.requested:<address>`. Default `''`, where `attachCallHandler` listens. */
  readonly address?: string | ((requestId: string) => string)
  /** Milliseconds of a call without a time limit. Default 30 000. */
  readonly defaultTimeoutMs?: number
  /** Maximum milliseconds of any call. Default 600 000. */
  readonly maxTimeoutMs?: number
  /** Maximum milliseconds between two items of a subscription without a time limit. Default 300 000. */
  readonly defaultIdleTimeoutMs?: number
  /** Maximum pending requests; the next one is refused with OVERLOADED. Default 10 000. */
  readonly maxPending?: number
}

/** Default for the maximum of pending requests. */
const MAX_PENDING = 10_000

const ANSWERS: readonly CallEventType[] = [
  'call.responded',
  'call.completed',
  'call.error',
  'call.aborted',
]

/**
 * One end of the call protocol: the requests that this side made and waits for, and the frames with which it answers the other side's.
 * Works over an event target (default: a private one) or, given an object with `send`, over a connection whose incoming frames are
 * handed to `receive`. Frames for an id that is not in flight are ignored and counted.
 */
export class PendingRequestMap {
  readonly #outgoing: OutgoingCallTable
  readonly #routes = new Map<string, CallRoute>()
  readonly #incoming: IncomingRequests
  readonly #port: CallPort
  readonly #options: PendingRequestOptions
  #closed: CallError | undefined
  #unknownFrames = 0
  readonly #onClose = (): void => this.lost('The connection has closed.')

  constructor(
    transport: CallEventTarget | CallFrameSender = new EventTarget() as CallEventTarget,
    options: PendingRequestOptions = {},
  ) {
    this.#options = options
    this.#outgoing = new OutgoingCallTable(options.maxPending ?? MAX_PENDING, (requestId, reason) =>
      this.#sendAborted(requestId, reason),
    )
    this.#port =
      'send' in transport
        ? framePort(transport)
        : eventTargetPort(transport, options.address ?? '', (frame) => this.receive(frame))
    this.#incoming = new IncomingRequests(this.#port)
    const closing = this.#port.closeSignal
    if (closing?.aborted === true) this.#onClose()
    else closing?.addEventListener('abort', this.#onClose, { once: true })
  }

  /** Calls and started subscriptions of this side that have not ended. */
  getPendingCount(): number {
    return this.#outgoing.size
  }

  /** Frames that arrived for an id that is not in flight here. */
  get unknownFrames(): number {
    return this.#unknownFrames
  }

  /**
   * Sends `call.requested` and resolves with the answer's envelope. Rejects with CallError: what the other side sent, TIMEOUT or ABORTED
   * (then the other side has been asked to stop), OVERLOADED (too many pending), VALIDATION_ERROR (id in flight, input not JSON),
   * UNAVAILABLE (not sent), PROVIDER_LOST.
   */
  call(
    operationId: string,
    input: unknown,
    options: RequestOptions = {},
  ): Promise<ResponseEnvelope> {
    const requestId = options.requestId ?? uuidv7()
    const refused = this.#refuse(requestId, options.signal)
    if (refused !== undefined) return Promise.reject(refused)
    const now = Date.now()
    const timeoutMs = Math.min(
      totalTime(options, now) ?? this.#options.defaultTimeoutMs ?? DEFAULT_TIMEOUT_MS,
      this.#options.maxTimeoutMs ?? MAX_TIMEOUT_MS,
    )
    if (timeoutMs <= 0) return Promise.reject(timeoutError(options))
    const pending = new PendingCall(() => this.#onEnded(requestId))
    const payload = requestPayload(requestId, operationId, input, options, now, timeoutMs)
    this.#start(payload, pending, boundsOf(options, timeoutMs))
    return pending.promise
  }

  /**
   * The items of a subscription. Nothing is sent until the first `next()`; leaving the loop tells the other side to stop. The consumer's
   * pace is the producer's: at most 64 items wait here. Throws as `call` rejects; PROVIDER_LOST also when an item is missing.
   */
  subscribe(
    operationId: string,
    input: unknown,
    options: SubscribeRequestOptions = {},
  ): AsyncIterableIterator<ResponseEnvelope, undefined> & AsyncDisposable {
    const requestId = options.requestId ?? uuidv7()
    const idleTimeout =
      options.idleTimeout ?? this.#options.defaultIdleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
    const stream: PendingStream = new PendingStream({
      idleTimeoutMs: idleTimeout,
      start: () => {
        const now = Date.now()
        const timeoutMs = totalTime(options, now)
        const refused =
          timeoutMs !== undefined && timeoutMs <= 0
            ? timeoutError(options)
            : this.#refuse(requestId, options.signal)
        if (refused !== undefined) {
          stream.fail(refused)
          return
        }
        const payload = requestPayload(requestId, operationId, input, options, now, timeoutMs)
        this.#start({ ...payload, idleTimeout }, stream, boundsOf(options, timeoutMs))
      },
      credit: (credit) => sendQuietly(this.#port, 'call.credit', { requestId, ...credit }),
      abort: (reason) => this.#sendAborted(requestId, reason),
      onEnd: () => this.#onEnded(requestId),
    })
    return stream
  }

  /**
   * Aborts a request of this side on both ends. A call rejects with ABORTED; a subscription's iteration ends. Unknown ids: nothing happens.
   */
  abort(requestId: string, reason?: string): void {
    this.#outgoing.abort(requestId, reason)
  }

  /**
   * Answers a request of the other side; for a stream item `seq` counts from 1. If the answer can't be carried the other side gets
   * EXECUTION_ERROR in its place. Throws CallError VALIDATION_ERROR unless it is an envelope.
   */
  respond(requestId: string, output: ResponseEnvelope, seq?: number): void {
    this.#incoming.respond(requestId, output, seq)
  }

  /** As `respond`, for a caller that handles failures: throws or rejects with the error of the transport. */
  answer(requestId: string, output: ResponseEnvelope, seq?: number): void | Promise<unknown> {
    return this.#incoming.answer(requestId, output, seq)
  }

  /** Ends a request of the other side with an error. Details that are not JSON data, or that cannot be sent, are left out. */
  emitError(requestId: string, code: string, message: string, details?: unknown): void {
    this.#incoming.fail(requestId, code, message, details)
  }

  /** Ends a stream of the other side; `count` is the number of items sent. */
  complete(requestId: string, count?: number): void {
    this.#incoming.complete(requestId, count)
  }

  /** Takes a checked frame (`checkCallFrame`) of the other side, apart from `call.requested`. False if its id is not in flight here. */
  receive(frame: CallFrame): boolean {
    if (this.#incoming.receive(frame) || this.#outgoing.receive(frame)) return true
    this.#unknownFrames += 1
    return false
  }

  /** Receives the aborts and credits of a request that this side executes. Used by `buildCallHandler`. Undefined if the id is in flight. */
  serve(requestId: string, served: ServedRequest): (() => void) | undefined {
    return this.#incoming.serve(requestId, served)
  }

  /**
   * The connection is gone: what is pending ends with PROVIDER_LOST, what is executed for the other side is aborted. Nothing is sent. The
   * map can continue being used over a connection that returns.
   */
  lost(message = 'The connection was lost.'): void {
    const error = new CallError('PROVIDER_LOST', message, { outcome: 'unknown' })
    this.#outgoing.failAll(error)
    this.#incoming.abortAll(message)
  }

  /** Ends everything: pending requests are aborted on both sides (ABORTED), later ones are refused (UNAVAILABLE). Idempotent. */
  dispose(reason = 'The caller has stopped.'): void {
    if (this.#closed !== undefined) return
    this.#closed = new CallError('UNAVAILABLE', 'This end of the call protocol has been closed.')
    this.#port.closeSignal?.removeEventListener('abort', this.#onClose)
    this.#outgoing.failAll(new CallError('ABORTED', reason), true)
    this.#incoming.abortAll(reason)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #refuse(requestId: string, signal: AbortSignal | undefined): CallError | undefined {
    return this.#closed ?? this.#outgoing.refusal(requestId, signal)
  }

  #onEnded(requestId: string): void {
    this.#outgoing.onEnded(requestId)
    this.#routes.get(requestId)?.close()
    this.#routes.delete(requestId)
  }

  #start(payload: CallRequestedEvent, pending: PendingRequest, bounds: CallBounds): void {
    const { requestId } = payload
    this.#outgoing.add(requestId, pending, bounds)
    const failed = (error: unknown): void =>
      this.#outgoing.fail(requestId, sendError(error), pending)
    try {
      const route = this.#port.open(requestId, ANSWERS)
      this.#routes.set(requestId, route)
      const { ready } = route
      if (ready === undefined) {
        this.#port.send('call.requested', requestId, payload)?.then(undefined, failed)
        return
      }
      ready
        .then(() =>
          this.#outgoing.has(requestId, pending)
            ? this.#port.send('call.requested', requestId, payload)
            : undefined,
        )
        .then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }

  #sendAborted(requestId: string, reason?: string): void {
    const why = reason === undefined ? {} : { reason }
    sendQuietly(this.#port, 'call.aborted', { requestId, ...why, timestamp: Date.now() })
  }
}

function boundsOf(options: RequestOptions, timeoutMs: number | undefined): CallBounds {
  return { signal: options.signal, timeoutMs, timeout: () => timeoutError(options, timeoutMs) }
}
