import { CallError } from '@alkdev/operations'
import type { ResponseEnvelope } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { Frame } from './frame-socket.ts'
import { ItemQueue } from './item-queue.ts'

export interface CallOptions {
  /** Milliseconds for the whole call. Default: the hub's 30 s. */
  readonly timeoutMs?: number
  /** Milliseconds between items of a subscription. */
  readonly idleTimeoutMs?: number
  readonly signal?: AbortSignal
  readonly idempotencyKey?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Of a call now in flight to this spoke, of which this one is a part. */
  readonly parentRequestId?: string
}

interface Pending {
  readonly onResponse: (envelope: ResponseEnvelope, seq: number | undefined) => void
  readonly onCompleted: (count: number | undefined) => void
  readonly onError: (error: CallError) => void
}

/** How much longer than the hub we wait for its own TIMEOUT, in milliseconds. */
const graceMs = 2000
const hubDefaultMs = 30_000
const mostPending = 1024
const streamWindow = 32

/** The calls that this side made on one socket. Every one of them ends: answered, timed out, aborted, or lost with the socket. */
export class OutgoingCalls {
  readonly #pending = new Map<string, Pending>()
  readonly #send: (frame: Frame) => boolean
  #lost: CallError | undefined

  constructor(send: (frame: Frame) => boolean) {
    this.#send = send
  }

  get size(): number {
    return this.#pending.size
  }

  /** Resolves with the envelope. Rejects with CallError; PROVIDER_LOST (outcome unknown) when the socket breaks off. */
  call(operationId: string, input: unknown, options: CallOptions = {}): Promise<ResponseEnvelope> {
    const { promise, resolve, reject } = Promise.withResolvers<ResponseEnvelope>()
    let timer: NodeJS.Timeout | undefined
    let requestId = ''
    const onAbort = (): void => this.#abort(requestId, options.signal?.reason)
    const end = (): void => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      this.#pending.delete(requestId)
    }
    const pending: Pending = {
      onResponse: (envelope) => (end(), resolve(envelope)),
      onCompleted: () =>
        pending.onError(
          new CallError('EXECUTION_ERROR', `${operationId} ended without an answer.`),
        ),
      onError: (error) => (end(), reject(error)),
    }
    try {
      requestId = this.#start(operationId, input, options, pending)
    } catch (error) {
      reject(error)
      return promise
    }
    const waitMs = (options.timeoutMs ?? hubDefaultMs) + graceMs
    timer = setTimeout(() => {
      this.#sendAborted(requestId, 'time-out')
      pending.onError(
        new CallError('TIMEOUT', `${operationId} took more than ${waitMs - graceMs} ms.`),
      )
    }, waitMs)
    options.signal?.addEventListener('abort', onAbort, { once: true })
    return promise
  }

  /** The items of a subscription, in order. Reading slowly slows the producer; leaving the loop aborts the call. */
  async *subscribe(
    operationId: string,
    input: unknown,
    options: CallOptions = {},
  ): AsyncGenerator<ResponseEnvelope, void, unknown> {
    options.signal?.throwIfAborted()
    const queue = new ItemQueue<ResponseEnvelope>()
    let requestId = ''
    let ended = false
    let seen = 0
    const onAbort = (): void => this.#abort(requestId, options.signal?.reason)
    requestId = this.#start(operationId, input, options, {
      onResponse: (envelope, seq) => {
        seen += 1
        if (seq === undefined || seq === seen) return queue.push(envelope)
        ended = true
        this.#sendAborted(requestId, 'items are missing')
        queue.fail(
          new CallError('PROVIDER_LOST', 'Items of the stream were lost.', { outcome: 'unknown' }),
        )
      },
      onCompleted: (count) => {
        ended = true
        if (count === undefined || count === seen) queue.end()
        else
          queue.fail(
            new CallError('PROVIDER_LOST', 'Items of the stream were lost.', {
              outcome: 'unknown',
            }),
          )
      },
      onError: (error) => {
        ended = true
        queue.fail(error)
      },
    })
    options.signal?.addEventListener('abort', onAbort, { once: true })
    let taken = 0
    try {
      for await (const envelope of queue) {
        yield envelope
        taken += 1
        if (taken % (streamWindow / 2) === 0 && !ended)
          this.#send({
            type: 'call.credit',
            id: requestId,
            payload: { requestId, credits: streamWindow / 2, timestamp: Date.now() },
          })
      }
    } finally {
      options.signal?.removeEventListener('abort', onAbort)
      this.#pending.delete(requestId)
      if (!ended) this.#sendAborted(requestId, 'the reader left')
    }
  }

  /** An answer from the hub. False when nothing waits for it: late, or never asked. */
  receive(type: string, payload: Readonly<Record<string, unknown>>): boolean {
    const pending = this.#pending.get(String(payload['requestId']))
    if (!pending) return false
    if (type === 'call.responded')
      pending.onResponse(
        payload['output'] as ResponseEnvelope,
        payload['seq'] as number | undefined,
      )
    else if (type === 'call.completed') pending.onCompleted(payload['count'] as number | undefined)
    else if (type === 'call.error')
      pending.onError(
        new CallError(String(payload['code']), String(payload['message']), payload['details']),
      )
    else {
      const { reason } = payload
      const text = typeof reason === 'string' ? reason : 'The hub aborted the call.'
      pending.onError(new CallError('ABORTED', text))
    }
    return true
  }

  /** The socket is gone: nobody waits for an answer that can't come. */
  lose(message: string): void {
    this.#lost = new CallError('PROVIDER_UNAVAILABLE', message)
    for (const pending of [...this.#pending.values()])
      pending.onError(new CallError('PROVIDER_LOST', message, { outcome: 'unknown' }))
  }

  #start(operationId: string, input: unknown, options: CallOptions, pending: Pending): string {
    if (this.#lost) throw this.#lost
    options.signal?.throwIfAborted()
    if (this.#pending.size >= mostPending)
      throw new CallError('OVERLOADED', `${mostPending} calls wait for their answers already.`)
    const requestId = uuidv7()
    const { timeoutMs, idleTimeoutMs, idempotencyKey, metadata, parentRequestId } = options
    const sent = this.#send({
      type: 'call.requested',
      id: requestId,
      payload: {
        requestId,
        operationId,
        input,
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(idleTimeoutMs !== undefined && { idleTimeout: idleTimeoutMs }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(metadata !== undefined && { metadata }),
        ...(parentRequestId !== undefined && { parentRequestId }),
        timestamp: Date.now(),
      },
    })
    if (!sent) throw new CallError('PROVIDER_UNAVAILABLE', 'There is no connection to the hub now.')
    this.#pending.set(requestId, pending)
    return requestId
  }

  #abort(requestId: string, reason: unknown): void {
    const pending = this.#pending.get(requestId)
    if (!pending) return
    const text = reason instanceof Error ? reason.message : 'The caller left.'
    this.#sendAborted(requestId, text)
    pending.onError(new CallError('ABORTED', text))
  }

  #sendAborted(requestId: string, reason: string): void {
    this.#send({
      type: 'call.aborted',
      id: requestId,
      payload: { requestId, reason, timestamp: Date.now() },
    })
  }
}
