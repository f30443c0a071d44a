import type { Bus, BusCallOptions, BusSubscription, ProvidedCall } from '@alkdev/bus'
import type { Actor } from '@alkdev/contracts'
import { DEFAULT_LIMITS, isTraceparent } from '@alkdev/contracts'
import { ACTING_KEYS, intersectRights, logUnexpected, openOnce } from '@alkdev/service'
import type { Admission, CallOnceContext, LiveIdentities } from '@alkdev/service'
import { CallError } from '@alkdev/operations'
import type { CallRequestedEvent, Identity } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { Connection } from './connection.ts'
import { CreditWindow } from './credit-window.ts'
import { tooLarge } from './payload-size.ts'

interface Inbound {
  readonly controller: AbortController
  readonly operationId: string
  /** Whose rights it has, from when it was admitted on. */
  principal: Identity | undefined
  window: CreditWindow | undefined
  /** The peer knows its end. */
  isTold?: boolean
}

export interface InboundHost extends CallOnceContext {
  readonly bus: Bus
  readonly connection: Connection
  readonly maxInFlight: number
  readonly maxPayloadBytes: number
  /** Of streams that name none, in milliseconds. */
  readonly idleTimeoutMs: number
  /** Who speaks on this socket: the spoke once there is one, else the client. */
  actor(): Actor
  /** Says whether the key of the peer is still good. */
  readonly live: Pick<LiveIdentities, 'confirm' | 'hold'>
  /** May the peer make one more call? At once where that is known. */
  admit(): Admission | Promise<Admission>
  /** A call in flight to the spoke on this socket. */
  parentOf(requestId: string): ProvidedCall | undefined
}

type Options = BusCallOptions & { readonly principal: Identity }

/** The calls that the peer of one socket makes, `maxInFlight` at a time. They end with it. */
export class InboundCalls {
  readonly #calls = new Map<string, Inbound>()
  readonly #host: InboundHost

  constructor(host: InboundHost) {
    this.#host = host
  }

  get size(): number {
    return this.#calls.size
  }

  has(requestId: string): boolean {
    return this.#calls.has(requestId)
  }

  /** Starts a call; what goes wrong is told to the peer as `call.error`. `bytes` is the length of its frame. */
  start(request: CallRequestedEvent, bytes: number): void {
    const { requestId } = request
    const refusal = this.#refusal(request, bytes)
    if (refusal) {
      this.#host.connection.sendError(requestId, refusal)
      return
    }
    const call: Inbound = {
      controller: new AbortController(),
      operationId: request.operationId,
      principal: undefined,
      window: undefined,
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
    call?.window?.add(credits)
    return call !== undefined
  }

  /** The peer is gone, or its key is: nobody waits for the answers. */
  abortAll(reason: string): void {
    for (const { controller } of this.#calls.values())
      controller.abort(new CallError('ABORTED', reason))
  }

  /** Ends all of them with the error, which the peer is sent while its socket is open. */
  failAll(error: CallError): void {
    for (const [requestId, call] of this.#calls) {
      call.isTold = true
      this.#host.connection.sendError(requestId, error)
      call.controller.abort(error)
    }
  }

  /** Ends the calls that the key of the peer made before and may not make with the rights that it has now. */
  review(): void {
    const { bus, connection } = this.#host
    const { identity } = connection
    for (const { controller, operationId, principal } of this.#calls.values()) {
      // A call on behalf of another caller ends with that one's.
      if (principal?.keyId !== identity.keyId || principal === undefined) continue
      if (bus.directory.get(operationId, identity) !== undefined) continue
      // What nobody could see any more anyhow (its spoke has gone) the bus ends.
      if (bus.directory.get(operationId, principal) === undefined) continue
      controller.abort(new CallError('ACCESS_DENIED', 'The key may no longer do this.'))
    }
  }

  #refusal(request: CallRequestedEvent, bytes: number): CallError | undefined {
    const { requestId, input, metadata } = request
    const { maxInFlight, maxPayloadBytes } = this.#host
    if (this.#calls.has(requestId))
      return new CallError('VALIDATION_ERROR', `The id ${requestId} is in use.`)
    if (this.#calls.size >= maxInFlight) {
      const message = `${maxInFlight} calls of this socket are in flight already.`
      return new CallError('OVERLOADED', message, undefined, { retryAfterMs: 1000 })
    }
    return (
      tooLarge('The input', input, bytes, maxPayloadBytes) ??
      tooLarge('The metadata', metadata, bytes, maxPayloadBytes)
    )
  }

  async #run(request: CallRequestedEvent, call: Inbound): Promise<void> {
    const { connection } = this.#host
    const { requestId, operationId, input } = request
    const callId = uuidv7()
    try {
      const confirmation = this.#host.live.confirm(connection.identity)
      if (confirmation !== undefined) await confirmation
      const admission = this.#host.admit()
      if (admission !== undefined) await admitted(admission)
      const options = this.#options(request, callId, call.controller.signal)
      call.principal = options.principal
      if (options.principal.keyId !== connection.identity.keyId)
        await this.#host.live.confirm(options.principal)
      const opened = await openOnce(this.#host, operationId, input, options)
      if (opened.kind === 'stream') await this.#stream(request, call, opened.items)
      else {
        connection.send('call.responded', requestId, {
          requestId,
          output: opened.envelope,
          ...(opened.timing === undefined && { replayed: true }),
          timestamp: Date.now(),
        })
      }
    } catch (error) {
      this.#tell(call, requestId, error, callId)
    } finally {
      this.#calls.delete(requestId)
    }
  }

  /** The peer was told already when its key ended. */
  #tell(call: Inbound, requestId: string, error: unknown, callId: string): void {
    const { operationId: operation } = call
    logUnexpected(this.#host.logger, error, { operation, requestId: callId })
    if (call.isTold !== true)
      this.#host.connection.sendError(requestId, CallError.from(error), callId)
  }

  /** Sends items as far as the reader's credit goes. Never rejects: the end of the stream is told to the peer. */
  async #stream(request: CallRequestedEvent, call: Inbound, items: BusSubscription): Promise<void> {
    const { connection } = this.#host
    const { requestId, idleTimeout = this.#host.idleTimeoutMs } = request
    const { initialCredits } = DEFAULT_LIMITS
    const window = new CreditWindow(initialCredits, idleTimeout, call.controller.signal)
    call.window = window
    let count = 0
    try {
      for await (const { envelope: output, seq } of items) {
        const held = this.#host.live.hold(connection.identity, call.controller.signal)
        if (held !== undefined) await held
        connection.send('call.responded', requestId, {
          requestId,
          output,
          seq,
          timestamp: Date.now(),
        })
        count += 1
        await window.take()
      }
      connection.send('call.completed', requestId, { requestId, count, timestamp: Date.now() })
    } catch (error) {
      this.#tell(call, requestId, error, items.callId)
    }
  }

  /** Rights and time. A call that names a parent acts for that parent's caller, with no more than both may do. */
  #options(request: CallRequestedEvent, callId: string, signal: AbortSignal): Options {
    const { connection } = this.#host
    const { parentRequestId, idleTimeout, idempotencyKey, traceparent, metadata } = request
    const parent = parentRequestId === undefined ? undefined : this.#host.parentOf(parentRequestId)
    if (parentRequestId !== undefined && !parent)
      throw new CallError(
        'VALIDATION_ERROR',
        'parentRequestId names no call in flight on this socket.',
      )
    const timeoutMs = timeLeft(request)
    return {
      callId,
      principal: parent
        ? intersectRights(parent.header.principal, connection.identity)
        : connection.identity,
      actor: this.#host.actor(),
      signal: parent ? AbortSignal.any([signal, parent.signal]) : signal,
      ...(parent && { parentCallId: parent.header.callId }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(traceparent !== undefined && isTraceparent(traceparent) && { traceparent }),
      // After what the peer says of itself.
      metadata: {
        ...metadata,
        ...connection.from,
        [ACTING_KEYS]: parent && actingKeys(parent, connection.identity),
      },
    }
  }
}

/** Throws RATE_LIMITED when it is a refusal. */
async function admitted(admission: Admission | Promise<Admission>): Promise<void> {
  const refusal = await admission
  if (refusal) throw CallError.from(refusal)
}

/** `timeoutMs` wins; a `deadline` counts from the sender's own `timestamp`, so that clocks need not agree. */
function timeLeft(request: CallRequestedEvent): number | undefined {
  if (request.timeoutMs !== undefined) return request.timeoutMs
  if (request.deadline === undefined) return undefined
  return Math.max(0, request.deadline - (request.timestamp ?? Date.now()))
}

/** The spokes on the way from the caller to here, this one included, by their keys. */
function actingKeys({ header }: ProvidedCall, { keyId }: Identity): readonly unknown[] {
  const before = header.metadata?.[ACTING_KEYS]
  return [...(Array.isArray(before) ? before : []), ...(keyId === undefined ? [] : [keyId])]
}
