import { DEFAULT_LIMITS } from '@alkdev/contracts/limits'
import { CodedError } from '@alkdev/errors'
import type { ResponseEnvelope } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { Frame } from './frame-socket.ts'
import { ItemStream } from './item-stream.ts'
import type { Items } from './item-stream.ts'
import { after } from './timer.ts'

export interface CallOptions {
  /** Milliseconds for the whole call. Default: the hub's, 30 s for queries and mutations, no limit for subscriptions. */
  readonly timeoutMs?: number
  /** Milliseconds between items of a subscription. Default: the hub's 5 minutes. */
  readonly idleTimeoutMs?: number
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  /** W3C trace context of the call. A nested call has that of the call above it. */
  readonly traceparent?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Of a call now in flight to this spoke, of which this one is a part. */
  readonly parentRequestId?: string
}

interface Pending {
  readonly onResponse: (envelope: ResponseEnvelope, seq: number | undefined) => void
  readonly onCompleted: (count: number | undefined) => void
  /** Also ends what waits for the caller's signal. */
  readonly onError: (error: CodedError) => void
}

type Payload = Readonly<Record<string, unknown>>

/** How much longer than the hub we wait for its own TIMEOUT, in milliseconds. */
const graceMs = 2000
const mostPending = 1024
const streamWindow = DEFAULT_LIMITS.initialCredits

/** The calls that this side made on one socket. Every one of them ends: answered, timed out, aborted, or lost with the socket. */
export class OutgoingCalls {
  readonly #pending = new Map<string, Pending>()
  readonly #send: (frame: Frame) => boolean
  #lost: CodedError | undefined

  /** `send` returns false when there is no socket, and throws PAYLOAD_TOO_LARGE. */
  constructor(send: (frame: Frame) => boolean) {
    this.#send = send
  }

  get size(): number {
    return this.#pending.size
  }

  /**
   * Resolves with the envelope. Rejects with CodedError: the operation's, or TIMEOUT, ABORTED, OVERLOADED (1,024 wait already),
   * PROVIDER_UNAVAILABLE (no socket, nothing was sent), PROVIDER_LOST (outcome unknown) when the socket breaks off. Its `retryAfterMs`
   * is when the hub says that another try makes sense, in milliseconds.
   */
  call(operationId: string, input: unknown, options: CallOptions = {}): Promise<ResponseEnvelope> {
    const { promise, resolve, reject } = Promise.withResolvers<ResponseEnvelope>()
    let timer: ReturnType<typeof setTimeout> | undefined
    const requestId = uuidv7()
    const unhear = this.#onAbort(requestId, options.signal)
    const end = (): void => {
      clearTimeout(timer)
      unhear()
      this.#pending.delete(requestId)
    }
    const stream = (): void => {
      this.#sendAborted(requestId, 'one answer was expected')
      const message = `${operationId} is a subscription: read its items with subscribe().`
      pending.onError(new CodedError('VALIDATION_ERROR', message))
    }
    const pending: Pending = {
      onResponse: (envelope, seq) => {
        if (seq !== undefined) return stream()
        end()
        resolve(envelope)
      },
      onCompleted: () => stream(),
      onError: (error) => (end(), reject(error)),
    }
    try {
      this.#start(requestId, operationId, input, options, pending)
    } catch (error) {
      unhear()
      reject(error)
      return promise
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_LIMITS.callTimeoutMs
    timer = after(timeoutMs + graceMs, () => {
      this.#sendAborted(requestId, 'time-out')
      pending.onError(new CodedError('TIMEOUT', `${operationId} took more than ${timeoutMs} ms.`))
    })
    return promise
  }

  /** The items of a subscription; the call is made when the first one is asked for. Throws in the loop what `call` rejects with. */
  subscribe<T = ResponseEnvelope>(
    operationId: string,
    input: unknown,
    options: CallOptions = {},
    read: (envelope: ResponseEnvelope) => T = (envelope) => envelope as T,
  ): Items<T> {
    const requestId = uuidv7()
    let unhear = (): void => {}
    let seen = 0
    const end = (): void => {
      unhear()
      this.#pending.delete(requestId)
    }
    const start = (stream: ItemStream<T>): void => {
      const fail = (error: CodedError, abort?: string): void => {
        end()
        if (abort !== undefined) this.#sendAborted(requestId, abort)
        stream.fail(error)
      }
      const missing = (): CodedError =>
        new CodedError('PROVIDER_LOST', 'Items of the stream were lost.', {
          details: { outcome: 'unknown', received: seen },
        })
      this.#start(requestId, operationId, input, options, {
        onResponse: (envelope, seq) => {
          // Sent again, and here already.
          if (seq !== undefined && seq <= seen) return
          if (seq !== undefined && seq !== seen + 1) return fail(missing(), 'items are missing')
          seen += 1
          const taken = stream.push(read(envelope))
          if (taken && seq !== undefined) return
          end()
          // Without a number it is the one answer of a query.
          if (taken) stream.end()
          else this.#sendAborted(requestId, 'too many items')
        },
        onCompleted: (count) => {
          if (count !== undefined && count !== seen) return fail(missing())
          end()
          stream.end()
        },
        onError: (error) => fail(error),
      })
      unhear = this.#onAbort(requestId, options.signal)
    }
    return new ItemStream<T>({
      start,
      mostHeld: 2 * streamWindow,
      lot: streamWindow / 2,
      idleMs: (options.idleTimeoutMs ?? DEFAULT_LIMITS.subscriptionIdleTimeoutMs) + graceMs,
      credit: (credits) => this.#notice('call.credit', requestId, { credits }),
      leave: (reason) => {
        end()
        this.#sendAborted(requestId, reason)
      },
    })
  }

  /** An answer from the hub. False when nothing waits for it: late, or never asked. */
  receive(type: string, requestId: string, payload: Payload): boolean {
    const pending = this.#pending.get(requestId)
    if (!pending) return false
    if (type === 'call.responded') {
      const { output, seq } = payload
      if (isEnvelope(output)) pending.onResponse(output, numberOr(seq))
      else pending.onError(new CodedError('EXECUTION_ERROR', 'The hub sent a malformed answer.'))
    } else if (type === 'call.completed') pending.onCompleted(numberOr(payload['count']))
    else if (type === 'call.error') {
      pending.onError(errorOf(payload))
    } else {
      const { reason } = payload
      const text = typeof reason === 'string' ? reason : 'The hub aborted the call.'
      pending.onError(new CodedError('ABORTED', text))
    }
    return true
  }

  /** The socket is gone: nobody waits for an answer that can't come. */
  lose(message: string): void {
    this.#lost = new CodedError('PROVIDER_UNAVAILABLE', message)
    for (const pending of [...this.#pending.values()])
      pending.onError(new CodedError('PROVIDER_LOST', message, { details: { outcome: 'unknown' } }))
  }

  #start(
    requestId: string,
    operationId: string,
    input: unknown,
    options: CallOptions,
    pending: Pending,
  ): void {
    if (options.signal?.aborted) throw abortedBy(options.signal)
    if (this.#lost) throw this.#lost
    if (this.#pending.size >= mostPending)
      throw new CodedError('OVERLOADED', `${mostPending} calls wait for their answers already.`)
    const { timeoutMs, idleTimeoutMs, idempotencyKey, traceparent, metadata, parentRequestId } =
      options
    const payload = {
      requestId,
      operationId,
      input,
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(idleTimeoutMs !== undefined && { idleTimeout: idleTimeoutMs }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(traceparent !== undefined && { traceparent }),
      ...(metadata !== undefined && { metadata }),
      ...(parentRequestId !== undefined && { parentRequestId }),
      timestamp: Date.now(),
    }
    if (!this.#send({ type: 'call.requested', id: requestId, payload }))
      throw new CodedError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    this.#pending.set(requestId, pending)
  }

  /** Aborts the call with the caller's signal. Returns what takes the listener away again. */
  #onAbort(requestId: string, signal: AbortSignal | undefined): () => void {
    if (!signal) return () => {}
    const onAbort = (): void => {
      const pending = this.#pending.get(requestId)
      if (!pending) return
      const error = abortedBy(signal)
      this.#sendAborted(requestId, error.message)
      pending.onError(error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    return () => signal.removeEventListener('abort', onAbort)
  }

  #sendAborted(requestId: string, reason: string): void {
    this.#notice('call.aborted', requestId, { reason })
  }

  #notice(type: string, requestId: string, fields: Payload): void {
    this.#send({ type, id: requestId, payload: { requestId, ...fields, timestamp: Date.now() } })
  }
}

function abortedBy(signal: AbortSignal): CodedError {
  const cause: unknown = signal.reason
  if (cause instanceof CodedError) return cause
  const text = cause instanceof Error ? cause.message : 'The caller left.'
  return new CodedError('ABORTED', text.slice(0, 500), { cause })
}

/** What a `call.error` says, whatever of it can be read. */
function errorOf({ code, message, details, retryAfterMs }: Payload): CodedError {
  const wait = numberOr(retryAfterMs)
  return new CodedError(
    typeof code === 'string' ? code : 'UNKNOWN_ERROR',
    typeof message === 'string' ? message : 'The call failed.',
    {
      ...(details !== undefined && { details }),
      ...(wait !== undefined && wait >= 0 && { retryAfterMs: wait }),
    },
  )
}

function isEnvelope(value: unknown): value is ResponseEnvelope {
  return typeof value === 'object' && value !== null && 'meta' in value
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
