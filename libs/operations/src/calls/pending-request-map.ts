import { assertNever, uuidv7 } from '@alkdev/std'
import { CallError } from './call-error.ts'
import type {
  CallErrorEvent,
  CallEventMap,
  CallEventType,
  CallFrame,
  CallRequestedEvent,
  CallRespondedEvent,
} from './call-events.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MS,
  DEFAULT_TIMEOUT_MS,
  MAX_TIMEOUT_MS,
  MAX_TIMER_MS,
} from './call-limits.ts'
import { eventTargetPort, framePort, sendError } from './call-port.ts'
import type { CallEventTarget, CallFrameSender, CallPort, CallRoute } from './call-port.ts'
import { request, timeoutError, totalTime } from './call-request.ts'
import type { RequestOptions, SubscribeRequestOptions } from './call-request.ts'
import { abortError } from '../registry/execute.ts'
import { isJsonData } from './json-output.ts'
import { PendingCall } from './pending-call.ts'
import type { PendingRequest } from './pending-call.ts'
import { PendingStream } from './pending-stream.ts'
import { isResponseEnvelope } from './response-envelope.ts'
import type { ResponseEnvelope } from './response-envelope.ts'
import type { ServedRequest } from './served-call.ts'

export interface PendingRequestOptions {
  /** Where requests go on an event target: the topic `call.requested:<address>`. Default `''`, where `attachCallHandler` listens. */
  readonly address?: string | ((requestId: string) => string)
  /** Milliseconds of a call for which no time is given. Default 30 000. */
  readonly defaultTimeoutMs?: number
  /** Milliseconds that no call gets more than. Default 600 000. */
  readonly maxTimeoutMs?: number
  /** Milliseconds between two items of a subscription for which no time is given. Default 300 000. */
  readonly defaultIdleTimeoutMs?: number
  /** Requests pending at once; the next one is refused with OVERLOADED. Default 10 000. */
  readonly maxPending?: number
}

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
  readonly #pending = new Map<string, PendingRequest>()
  readonly #served = new Map<string, ServedRequest>()
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
    this.#port =
      'send' in transport
        ? framePort(transport)
        : eventTargetPort(transport, options.address ?? '', (frame) => this.receive(frame))
    const closing = this.#port.closeSignal
    if (closing?.aborted === true) this.#onClose()
    else closing?.addEventListener('abort', this.#onClose, { once: true })
  }

  /** Calls and started subscriptions of this side that have not ended. */
  getPendingCount(): number {
    return this.#pending.size
  }

  /** Frames that arrived for an id that is not in flight here. */
  get unknownFrames(): number {
    return this.#unknownFrames
  }

  /**
   * Sends `call.requested` and resolves with the answer's envelope. Rejects with CallError: what the other side sent, TIMEOUT or ABORTED (then the other side
   * has been asked to stop), OVERLOADED (too many pending), VALIDATION_ERROR (id in flight, input not JSON), UNAVAILABLE (not sent), PROVIDER_LOST.
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
    const watch = this.#watch(requestId, options, timeoutMs)
    const pending = new PendingCall(watch.ended)
    this.#start(
      requestId,
      pending,
      request(requestId, operationId, input, options, now, timeoutMs),
      watch,
    )
    return pending.promise
  }

  /**
   * The items of a subscription. Nothing is sent until the first `next()`; leaving the loop tells the other side to stop. The consumer's pace
   * is the producer's: at most 64 items wait here. Throws as `call` rejects; PROVIDER_LOST also when an item is missing.
   */
  subscribe(
    operationId: string,
    input: unknown,
    options: SubscribeRequestOptions = {},
  ): AsyncIterableIterator<ResponseEnvelope, undefined> & AsyncDisposable {
    const requestId = options.requestId ?? uuidv7()
    const idleTimeout =
      options.idleTimeout ?? this.#options.defaultIdleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS
    let watch: Watch | undefined
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
        watch = this.#watch(requestId, options, timeoutMs)
        const sent = request(requestId, operationId, input, options, now, timeoutMs)
        this.#start(requestId, stream, { ...sent, idleTimeout }, watch)
      },
      credit: (credit) => this.#tell('call.credit', requestId, { requestId, ...credit }),
      abort: (reason) => this.#tellAborted(requestId, reason),
      onEnd: () => watch?.ended(),
    })
    return stream
  }

  /** Aborts a request of this side on both ends. A call rejects with ABORTED; a subscription's iteration ends. Unknown ids: nothing happens. */
  abort(requestId: string, reason?: string): void {
    const pending = this.#pending.get(requestId)
    if (pending === undefined) return
    pending.aborted(reason)
    this.#tellAborted(requestId, reason)
  }

  /**
   * Answers a request of the other side; for a stream item `seq` counts from 1. If the answer can't be carried the other side gets EXECUTION_ERROR in its
   * place. Throws CallError VALIDATION_ERROR unless it is an envelope.
   */
  respond(requestId: string, output: ResponseEnvelope, seq?: number): void {
    const failed = (): void =>
      this.emitError(requestId, 'EXECUTION_ERROR', 'The output cannot be carried.')
    this.#assertEnvelope(output)
    try {
      this.answer(requestId, output, seq)?.then(undefined, failed)
    } catch {
      failed()
    }
  }

  #assertEnvelope(output: ResponseEnvelope): void {
    if (!isResponseEnvelope(output))
      throw new CallError('VALIDATION_ERROR', 'An answer must be a response envelope {data, meta}.')
  }

  /** As `respond`, for a caller that handles failures: throws or rejects with the error of the transport. */
  answer(requestId: string, output: ResponseEnvelope, seq?: number): void | Promise<unknown> {
    this.#assertEnvelope(output)
    const payload: CallRespondedEvent = {
      requestId,
      // JSON would drop the member; void answers are null on the wire.
      output: output.data === undefined ? { ...output, data: null } : output,
      ...(seq === undefined ? {} : { seq }),
      timestamp: Date.now(),
    }
    return this.#port.send('call.responded', requestId, payload)
  }

  /** Ends a request of the other side with an error. Details that are not JSON data, or that cannot be sent, are left out. */
  emitError(requestId: string, code: string, message: string, details?: unknown): void {
    const bare = { requestId, code, message, timestamp: Date.now() }
    const send = (payload: CallErrorEvent): void =>
      this.#tell('call.error', requestId, payload, () =>
        payload === bare ? undefined : send(bare),
      )
    send(details === undefined || !isJsonData(details) ? bare : { ...bare, details })
  }

  /** Ends a stream of the other side; `count` is the number of items sent. */
  complete(requestId: string, count?: number): void {
    this.#tell('call.completed', requestId, {
      requestId,
      ...(count === undefined ? {} : { count }),
      timestamp: Date.now(),
    })
  }

  /** Takes a checked frame (`checkCallFrame`) of the other side, apart from `call.requested`. False if its id is not in flight here. */
  receive(frame: CallFrame): boolean {
    if (this.#dispatch(frame)) return true
    this.#unknownFrames += 1
    return false
  }

  /** Receives the aborts and credits of a request that this side executes. Used by `buildCallHandler`. Undefined if the id is in flight. */
  serve(requestId: string, served: ServedRequest): (() => void) | undefined {
    if (this.#served.has(requestId)) return undefined
    this.#served.set(requestId, served)
    const route = this.#port.open(requestId, ['call.aborted', 'call.credit'])
    route.ready?.then(undefined, () => {})
    return () => {
      this.#served.delete(requestId)
      route.close()
    }
  }

  /** The connection is gone: what is pending ends with PROVIDER_LOST, what is executed for the other side is aborted. Nothing is sent. The map can go on being used over a connection that comes back. */
  lost(message = 'The connection was lost.'): void {
    const error = new CallError('PROVIDER_LOST', message, { outcome: 'unknown' })
    for (const pending of [...this.#pending.values()]) pending.fail(error)
    for (const served of [...this.#served.values()]) served.aborted(message)
  }

  /** Ends everything: pending requests are aborted on both sides (ABORTED), later ones are refused (UNAVAILABLE). Idempotent. */
  dispose(reason = 'The caller has stopped.'): void {
    if (this.#closed !== undefined) return
    this.#closed = new CallError('UNAVAILABLE', 'This end of the call protocol has been closed.')
    this.#port.closeSignal?.removeEventListener('abort', this.#onClose)
    for (const [requestId, pending] of [...this.#pending]) {
      pending.fail(new CallError('ABORTED', reason))
      this.#tellAborted(requestId, reason)
    }
    for (const served of [...this.#served.values()]) served.aborted(reason)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #dispatch(frame: CallFrame): boolean {
    const { requestId } = frame.payload
    const pending = this.#pending.get(requestId)
    switch (frame.type) {
      case 'call.responded':
        pending?.responded(frame.payload)
        return pending !== undefined
      case 'call.completed':
        pending?.completed(frame.payload.count)
        return pending !== undefined
      case 'call.error': {
        const { code, message, details } = frame.payload
        pending?.fail(new CallError(code, message, details))
        return pending !== undefined
      }
      case 'call.aborted': {
        const served = this.#served.get(requestId)
        if (served !== undefined) served.aborted(frame.payload.reason)
        else
          pending?.fail(new CallError('ABORTED', frame.payload.reason ?? 'The call was aborted.'))
        return served !== undefined || pending !== undefined
      }
      case 'call.credit': {
        const served = this.#served.get(requestId)
        served?.credited(frame.payload)
        return served !== undefined
      }
      case 'call.requested':
        return false
      default:
        return assertNever(frame)
    }
  }

  #refuse(requestId: string, signal: AbortSignal | undefined): CallError | undefined {
    if (this.#closed !== undefined) return this.#closed
    if (signal?.aborted === true) return abortError(signal)
    if (this.#pending.has(requestId))
      return new CallError('VALIDATION_ERROR', 'A request with this id is in flight.', {
        requestId,
      })
    if (this.#pending.size >= (this.#options.maxPending ?? 10_000))
      return new CallError('OVERLOADED', 'Too many requests are pending.', {
        pending: this.#pending.size,
      })
    return undefined
  }

  /** The clock and the signal of one request, and what has to be undone when it ends. */
  #watch(requestId: string, options: RequestOptions, timeoutMs: number | undefined): Watch {
    const { signal } = options
    const end = (error: CallError, reason: string): void => {
      const pending = this.#pending.get(requestId)
      if (pending === undefined) return
      // In this order: on a target in the same process this side hears its own abort.
      pending.fail(error)
      this.#tellAborted(requestId, reason)
    }
    const onAbort = (): void => {
      if (signal === undefined) return
      const error = abortError(signal)
      end(error, error.message)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(
            () => end(timeoutError(options, timeoutMs), 'time-out'),
            Math.min(timeoutMs, MAX_TIMER_MS),
          )
    const watch: Watch = {
      route: undefined,
      ended: () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        watch.route?.close()
        this.#pending.delete(requestId)
      },
    }
    return watch
  }

  #start(
    requestId: string,
    pending: PendingRequest,
    payload: CallRequestedEvent,
    watch: Watch,
  ): void {
    this.#pending.set(requestId, pending)
    const failed = (error: unknown): void => {
      if (this.#pending.get(requestId) === pending) pending.fail(sendError(error))
    }
    try {
      watch.route = this.#port.open(requestId, ANSWERS)
      const { ready } = watch.route
      if (ready === undefined) {
        this.#port.send('call.requested', requestId, payload)?.then(undefined, failed)
        return
      }
      ready
        .then(() =>
          this.#pending.get(requestId) === pending
            ? this.#port.send('call.requested', requestId, payload)
            : undefined,
        )
        .then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }

  /** For frames whose loss the other side's own clock makes good: a failure to send is not an error here. */
  #tell<Event extends CallEventType>(
    type: Event,
    requestId: string,
    payload: CallEventMap[Event],
    failed: () => void = () => {},
  ): void {
    try {
      this.#port.send(type, requestId, payload)?.then(undefined, failed)
    } catch {
      failed()
    }
  }

  #tellAborted(requestId: string, reason?: string): void {
    this.#tell('call.aborted', requestId, {
      requestId,
      ...(reason === undefined ? {} : { reason }),
      timestamp: Date.now(),
    })
  }
}

interface Watch {
  route: CallRoute | undefined
  readonly ended: () => void
}
