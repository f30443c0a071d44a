import type { Actor, Bus, BusCallOptions, BusSubscription, ProvidedCall } from '@alkdev/bus'
import { DEFAULT_LIMITS } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { CallRequestedEvent, Identity } from '@alkdev/operations'
import { deferred } from '@alkdev/std'
import type { Deferred } from '@alkdev/std'
import type { Connection } from './connection.ts'
import { intersectRights } from './rights.ts'

interface Inbound {
  readonly controller: AbortController
  credits: number
  waiting: Deferred<void> | undefined
}

export interface InboundHost {
  readonly bus: Bus
  readonly connection: Connection
  readonly maxInFlight: number
  /** Who speaks on this socket: the spoke once there is one, else the client. */
  actor(): Actor
  /** A call in flight to the spoke on this socket. */
  parentOf(requestId: string): ProvidedCall | undefined
}

/** The calls that the peer of one socket makes. They end with it. */
export class InboundCalls {
  readonly #calls = new Map<string, Inbound>()
  readonly #host: InboundHost

  constructor(host: InboundHost) {
    this.#host = host
  }

  get size(): number {
    return this.#calls.size
  }

  /** Starts a call; what goes wrong is told to the peer as `call.error`. */
  start(request: CallRequestedEvent): void {
    const { requestId } = request
    const refusal = this.#refusal(requestId)
    if (refusal) {
      this.#host.connection.sendError(requestId, refusal)
      return
    }
    const call: Inbound = {
      controller: new AbortController(),
      credits: DEFAULT_LIMITS.initialCredits,
      waiting: undefined,
    }
    this.#calls.set(requestId, call)
    void this.#run(request, call)
  }

  /** The peer aborts a call of its own. False when there is none of that id. */
  abort(requestId: string, reason: string | undefined): boolean {
    const call = this.#calls.get(requestId)
    call?.controller.abort(new CallError('ABORTED', reason ?? 'The caller aborted it.'))
    return call !== undefined
  }

  credit(requestId: string, credits: number): boolean {
    const call = this.#calls.get(requestId)
    if (!call) return false
    call.credits += credits
    call.waiting?.resolve()
    call.waiting = undefined
    return true
  }

  /** The peer is gone, or its key is: nobody waits for the answers. */
  abortAll(reason: string): void {
    for (const call of this.#calls.values()) {
      call.controller.abort(new CallError('ABORTED', reason))
      call.waiting?.reject(call.controller.signal.reason)
    }
  }

  #refusal(requestId: string): CallError | undefined {
    if (this.#calls.has(requestId))
      return new CallError('VALIDATION_ERROR', `The id ${requestId} is in use.`)
    if (this.#calls.size >= this.#host.maxInFlight) {
      const message = `${this.#host.maxInFlight} calls of this socket are in flight already.`
      return new CallError('OVERLOADED', message, undefined, { retryAfterMs: 1000 })
    }
    return undefined
  }

  async #run(request: CallRequestedEvent, call: Inbound): Promise<void> {
    const { connection, bus } = this.#host
    const { requestId, operationId } = request
    let callId: string | undefined
    try {
      const options = this.#options(request, call.controller.signal)
      const entry = bus.directory.get(operationId, options.principal)
      if (entry?.spec.type === 'subscription') {
        const items = bus.subscribe(operationId, request.input, options)
        ;({ callId } = items)
        await this.#stream(requestId, call, items)
      } else {
        const result = await bus.call(operationId, request.input, options)
        const { envelope } = result
        const output = { data: envelope.data, meta: { ...envelope.meta, callId: result.callId } }
        connection.send('call.responded', requestId, { requestId, output, timestamp: Date.now() })
      }
    } catch (error) {
      connection.sendError(requestId, CallError.from(error), callId)
    } finally {
      this.#calls.delete(requestId)
    }
  }

  async #stream(requestId: string, call: Inbound, items: BusSubscription): Promise<void> {
    const { connection } = this.#host
    let count = 0
    for await (const { envelope, seq } of items) {
      const output = { data: envelope.data, meta: { ...envelope.meta, callId: items.callId } }
      connection.send('call.responded', requestId, {
        requestId,
        output,
        seq,
        timestamp: Date.now(),
      })
      count += 1
      call.credits -= 1
      while (call.credits <= 0) {
        call.controller.signal.throwIfAborted()
        call.waiting = deferred<void>()
        await call.waiting.promise
      }
    }
    connection.send('call.completed', requestId, { requestId, count, timestamp: Date.now() })
  }

  /** Rights and time. A call that names a parent acts for that parent's caller, with no more than both may do. */
  #options(
    request: CallRequestedEvent,
    signal: AbortSignal,
  ): BusCallOptions & { principal: Identity } {
    const { connection } = this.#host
    const { parentRequestId, idleTimeout, idempotencyKey, metadata } = request
    const parent = parentRequestId === undefined ? undefined : this.#host.parentOf(parentRequestId)
    if (parentRequestId !== undefined && !parent)
      throw new CallError(
        'VALIDATION_ERROR',
        'parentRequestId names no call in flight on this socket.',
      )
    const timeoutMs = timeLeft(request)
    return {
      principal: parent
        ? intersectRights(parent.principal, connection.identity)
        : connection.identity,
      actor: this.#host.actor(),
      signal: parent ? AbortSignal.any([signal, parent.signal]) : signal,
      ...(parent && { parentCallId: parent.callId }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(metadata !== undefined && { metadata }),
    }
  }
}

/** `timeoutMs` wins; a `deadline` counts from the sender's own `timestamp`, so that clocks need not agree. */
function timeLeft(request: CallRequestedEvent): number | undefined {
  if (request.timeoutMs !== undefined) return request.timeoutMs
  if (request.deadline === undefined) return undefined
  return Math.max(0, request.deadline - (request.timestamp ?? Date.now()))
}
