import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import type { CodedError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import { CallError, OutgoingCallTable, PendingCall, requestPayload } from '@alkdev/operations/calls'
import type { PendingRequest } from '@alkdev/operations/calls'
import { StreamReader } from '@alkdev/operations/stream'
import { uuidv7 } from '@alkdev/std'
import { answerFrame } from './answer-frame.ts'
import type { Frame } from './frame-socket.ts'
import type { Items } from './items.ts'

export interface CallOptions {
  /** Milliseconds for the whole call. Default: the hub's, 30 s for queries and mutations, no limit for subscriptions. */
  readonly timeoutMs?: number
  /** Milliseconds between items of a subscription. Default: the hub's 5 minutes. */
  readonly idleTimeoutMs?: number
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  /** W3C trace context of the call. A nested call has that of its parent. */
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** The id of the parent, a call in flight to this spoke. */
  readonly parentRequestId?: string
}

/** Milliseconds beyond the time limit in which the TIMEOUT of the hub may still arrive. */
const GRACE_MS = 2000
const MAX_PENDING = 1024

/** The calls that this side makes on one connection. Each ends: answered, timed out, aborted, or lost with the connection. */
export class OutgoingCalls {
  readonly #table: OutgoingCallTable
  readonly #send: (frame: Frame) => boolean
  #lost: CodedError | undefined

  /** `send` returns false when there is no socket, and throws PAYLOAD_TOO_LARGE. */
  constructor(send: (frame: Frame) => boolean) {
    this.#send = send
    this.#table = new OutgoingCallTable(MAX_PENDING, (requestId, reason) =>
      this.#sendAborted(requestId, reason),
    )
  }

  get size(): number {
    return this.#table.size
  }

  /**
   * Resolves with the envelope. Rejects with CodedError: the operation's, or TIMEOUT, ABORTED, OVERLOADED (1,024 calls are pending),
   * PROVIDER_UNAVAILABLE (no socket, nothing was sent), PROVIDER_LOST (outcome unknown) when the socket is lost. Its `retryAfterMs`
   * is the delay in milliseconds after which, according to the hub, a retry makes sense.
   */
  call(operationId: string, input: unknown, options: CallOptions = {}): Promise<ResponseEnvelope> {
    const requestId = uuidv7()
    const timeoutMs = options.timeoutMs ?? DEFAULT_LIMITS.callTimeoutMs
    const onStream = (): CallError => {
      this.#sendAborted(requestId, 'one answer was expected')
      const message = `${operationId} is a subscription: read its items with subscribe().`
      return new CallError('VALIDATION_ERROR', message)
    }
    const call = new PendingCall(() => this.#table.onEnded(requestId), onStream)
    try {
      this.#start(requestId, operationId, input, options, call, timeoutMs)
    } catch (error) {
      return Promise.reject(error)
    }
    return call.promise
  }

  /** The items of a subscription; the call is made when the first one is requested. The loop throws what `call` rejects with. */
  subscribe<T = ResponseEnvelope>(
    operationId: string,
    input: unknown,
    options: CallOptions = {},
    read: (envelope: ResponseEnvelope) => T = (envelope) => envelope as T,
  ): Items<T> {
    const requestId = uuidv7()
    const { idleTimeoutMs = DEFAULT_LIMITS.subscriptionIdleTimeoutMs } = options
    const stream = new StreamReader<T>({
      idleTimeoutMs: idleTimeoutMs + GRACE_MS,
      start: () => this.#start(requestId, operationId, input, options, pending),
      credit: (credit) => this.#notify('call.credit', requestId, { ...credit }),
      abort: (reason) => this.#sendAborted(requestId, reason),
      onEnd: () => this.#table.onEnded(requestId),
    })
    const pending: PendingRequest = {
      responded({ output, seq }) {
        stream.item(seq, read(output))
        // Without a number it is the answer of a query.
        if (seq === undefined) stream.complete(undefined)
      },
      completed: (count) => stream.complete(count),
      fail: (error) => stream.fail(error),
      aborted: () => stream.discard(),
    }
    return stream
  }

  /** Handles an answer of the hub. False when no call waits for it: it is late, or its call was never made here. */
  receive(type: string, requestId: string, payload: Frame['payload']): boolean {
    if (!this.#table.has(requestId)) return false
    const frame = answerFrame(type, requestId, payload)
    if (frame !== undefined) return this.#table.receive(frame)
    this.#table.fail(
      requestId,
      new CallError('EXECUTION_ERROR', 'The hub sent a malformed answer.'),
    )
    return true
  }

  /** The socket is closed: no answer can arrive any more. */
  lose(message: string): void {
    this.#lost = new CallError('PROVIDER_UNAVAILABLE', message)
    this.#table.failAll(new CallError('PROVIDER_LOST', message, { outcome: 'unknown' }))
  }

  #start(
    requestId: string,
    operationId: string,
    input: unknown,
    options: CallOptions,
    pending: PendingRequest,
    timeoutMs?: number,
  ): void {
    const refusal = this.#table.refusal(requestId, options.signal) ?? this.#lost
    if (refusal !== undefined) throw refusal
    const { idleTimeoutMs } = options
    const payload = {
      ...requestPayload(requestId, operationId, input, options, Date.now(), options.timeoutMs),
      ...(idleTimeoutMs !== undefined && { idleTimeout: idleTimeoutMs }),
    }
    if (!this.#send({ type: 'call.requested', id: requestId, payload }))
      throw new CallError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    this.#table.add(requestId, pending, {
      signal: options.signal,
      timeoutMs: timeoutMs === undefined ? undefined : Math.max(0, timeoutMs + GRACE_MS),
      timeout: () => new CallError('TIMEOUT', `${operationId} took more than ${timeoutMs} ms.`),
    })
  }

  #sendAborted(requestId: string, reason: string | undefined): void {
    this.#notify('call.aborted', requestId, { reason })
  }

  #notify(type: string, requestId: string, fields: Frame['payload']): void {
    this.#send({ type, id: requestId, payload: { requestId, ...fields, timestamp: Date.now() } })
  }
}
