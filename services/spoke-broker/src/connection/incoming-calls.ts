import type { Bus, BusCallOptions, ProvidedCall } from '@alkdev/bus'
import type { Actor, Tracer, TraceSpan } from '@alkdev/contracts'
import {
  HUB_ATTRIBUTES,
  isTraceparent,
  TRACE_ATTRIBUTES,
  WORKFLOW_RUN,
  workflowRunOf,
} from '@alkdev/contracts'
import {
  ACTING_KEYS,
  confirmedPrincipal,
  intersectRights,
  logUnexpected,
  mayGoOn,
  openOnce,
  STORED_GRANT,
  storedGrantOf,
} from '@alkdev/service'
import type { KeyAuthenticator } from '@alkdev/service'
import type { Admission, CallOnceContext, IdentityWatcher } from '@alkdev/service'
import { CallError, withUnknownOutcome } from '@alkdev/operations'
import type { CallCreditEvent, CallRequestedEvent, Identity } from '@alkdev/operations'
import { uuidv7 } from '@alkdev/std'
import type { Connection } from './connection.ts'
import { IncomingStream } from './incoming-stream.ts'
import { tooLarge } from './payload-size.ts'

interface IncomingCall {
  readonly controller: AbortController
  readonly callId: string
  readonly operationId: string
  /** Whose rights it uses, once it is admitted. */
  principal: Identity | undefined
  stream: IncomingStream | undefined
  /** Where traces are on. */
  readonly span: TraceSpan | undefined
  /** The peer has received its end. */
  isEndSent?: boolean
}

export interface IncomingCallsHost extends CallOnceContext {
  readonly bus: Bus
  readonly connection: Connection
  /** Where traces are on. */
  readonly tracer?: Tracer | undefined
  readonly maxInFlight: number
  readonly maxPayloadBytes: number
  /** For streams without an idle time of their own, in milliseconds. */
  readonly idleTimeoutMs: number
  /** The actor of the calls of this socket: the spoke once it is registered, else the client. */
  actor(): Actor
  readonly authenticator: KeyAuthenticator
  /** Checks whether the key of the peer is still valid. */
  readonly live: Pick<IdentityWatcher, 'confirm' | 'hold'>
  /** May the peer make one more call? Synchronous where that is known. */
  admit(): Admission | Promise<Admission>
  /** A call in flight to the spoke on this socket. */
  parentOf(requestId: string): ProvidedCall | undefined
}

type Options = BusCallOptions & { readonly principal: Identity }

/** The calls that the peer of one socket makes, at most `maxInFlight` at a time. They end with the socket. */
export class IncomingCalls {
  readonly #calls = new Map<string, IncomingCall>()
  readonly #host: IncomingCallsHost

  constructor(host: IncomingCallsHost) {
    this.#host = host
  }

  get size(): number {
    return this.#calls.size
  }

  has(requestId: string): boolean {
    return this.#calls.has(requestId)
  }

  /** Starts a call; an error is sent to the peer as `call.error`. `bytes` is the length of its frame. */
  start(request: CallRequestedEvent, bytes: number): void {
    const { requestId } = request
    const refusal = this.#refusal(request, bytes)
    if (refusal) {
      this.#host.connection.sendError(requestId, refusal)
      return
    }
    const callId = uuidv7()
    const call: IncomingCall = {
      controller: new AbortController(),
      callId,
      operationId: request.operationId,
      principal: undefined,
      stream: undefined,
      span: this.#startSpan(request, callId),
    }
    this.#calls.set(requestId, call)
    void this.#run(request, call)
  }

  /** The peer aborts one of its calls. False when it has no call of that id. */
  abort(requestId: string, reason: string | undefined): boolean {
    const call = this.#calls.get(requestId)
    call?.controller.abort(new CallError('ABORTED', reason ?? 'The caller aborted it.'))
    return call !== undefined
  }

  credit({ requestId, ...credit }: CallCreditEvent): boolean {
    const call = this.#calls.get(requestId)
    call?.stream?.onCredit(credit)
    return call !== undefined
  }

  /** The socket has closed, or its key is no longer valid: no caller waits for the answers. */
  abortAll(reason: string): void {
    for (const { controller } of this.#calls.values())
      controller.abort(new CallError('ABORTED', reason))
  }

  /** Ends all calls with the error, which is sent to the peer while its socket is open. */
  failAll(reason: CallError): void {
    const error = withUnknownOutcome(reason)
    for (const [requestId, call] of this.#calls) {
      call.isEndSent = true
      this.#host.connection.sendError(requestId, error)
      call.controller.abort(error)
    }
  }

  /** Ends the calls that the peer's key may no longer make with its current rights. */
  review(): void {
    const { bus, connection } = this.#host
    const { identity } = connection
    for (const { controller, callId, operationId, principal } of this.#calls.values()) {
      // A call on behalf of another caller ends with that caller's.
      if (principal?.keyId !== identity.keyId || principal === undefined) continue
      if (mayGoOn(bus, { callId, operationId }, principal, identity)) continue
      controller.abort(
        new CallError('ACCESS_DENIED', 'The key no longer has the rights for this call.'),
      )
    }
  }

  #refusal(request: CallRequestedEvent, bytes: number): CallError | undefined {
    const { requestId, input, metadata } = request
    const { maxInFlight, maxPayloadBytes } = this.#host
    if (this.#calls.has(requestId))
      return new CallError('VALIDATION_ERROR', `The id ${requestId} is in use.`)
    if (this.#calls.size >= maxInFlight) {
      const message = `${maxInFlight} calls of this socket are in flight, the maximum (spokes.maxInFlightPerSocket).`
      return new CallError('OVERLOADED', message, undefined, { retryAfterMs: 1000 })
    }
    return (
      tooLarge('The input', input, bytes, maxPayloadBytes) ??
      tooLarge('The metadata', metadata, bytes, maxPayloadBytes)
    )
  }

  async #run(request: CallRequestedEvent, call: IncomingCall): Promise<void> {
    const { connection } = this.#host
    const { requestId, operationId, input } = request
    let { callId } = call
    try {
      const confirmation = this.#host.live.confirm(connection.identity)
      if (confirmation !== undefined) await confirmation
      const admission = this.#host.admit()
      if (admission !== undefined) await admitted(admission)
      const options = await this.#confirmed(this.#options(request, call))
      call.principal = options.principal
      const opened = await openOnce(this.#host, operationId, input, options)
      if (opened.kind === 'stream') {
        callId = opened.items.callId
        const { idleTimeout: idleTimeoutMs = this.#host.idleTimeoutMs } = request
        const { signal } = call.controller
        const { live } = this.#host
        call.stream = new IncomingStream({ connection, live, requestId, idleTimeoutMs, signal })
        await call.stream.send(opened.items)
      } else {
        connection.send('call.responded', requestId, {
          requestId,
          output: opened.envelope,
          ...(opened.timing === undefined && { replayed: true }),
          timestamp: Date.now(),
        })
      }
    } catch (error) {
      this.#sendFailure(call, requestId, error, callId)
    } finally {
      this.#calls.delete(requestId)
      call.span?.end()
    }
  }

  /** Checks the key of the caller on whose behalf the peer calls, or takes the one that has replaced it. */
  async #confirmed(options: Options): Promise<Options> {
    const { principal, metadata } = options
    if (principal.keyId === this.#host.connection.identity.keyId) return options
    const confirmed = await confirmedPrincipal(this.#host, principal, storedGrantOf(metadata))
    return { ...options, principal: confirmed }
  }

  /** A call enters the hub here. One that a spoke makes below another call is in the trace of that one. */
  #startSpan(
    { operationId, parentRequestId, traceparent }: CallRequestedEvent,
    callId: string,
  ): TraceSpan | undefined {
    const { tracer } = this.#host
    if (tracer === undefined || parentRequestId !== undefined) return undefined
    const given = traceparent !== undefined && isTraceparent(traceparent) ? traceparent : undefined
    const span = tracer.begin(`call.requested ${operationId}`, 'server', given, callId)
    span.set(TRACE_ATTRIBUTES.RPC_SYSTEM, 'alkhub.websocket')
    span.set(TRACE_ATTRIBUTES.RPC_METHOD, operationId)
    span.set(HUB_ATTRIBUTES.CALL_ID, callId)
    return span
  }

  /** When its key became invalid the peer has already received the error. */
  #sendFailure(call: IncomingCall, requestId: string, error: unknown, callId: string): void {
    const { operationId: operation } = call
    call.span?.end(CallError.from(error).code)
    logUnexpected(this.#host.logger, error, { operation, requestId: callId })
    if (call.isEndSent !== true)
      this.#host.connection.sendError(requestId, CallError.from(error), callId)
  }

  /** Determines rights and time. A call that names a parent uses the rights that both the parent's caller and the peer have. */
  #options(request: CallRequestedEvent, { callId, controller, span }: IncomingCall): Options {
    const { connection } = this.#host
    const { parentRequestId, idleTimeout, idempotencyKey, metadata } = request
    const { signal } = controller
    const traceparent = span?.traceparent ?? request.traceparent
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
      // After the peer's own metadata.
      metadata: {
        ...metadata,
        ...connection.from,
        [ACTING_KEYS]: parent && actingKeys(parent, connection.identity),
        [WORKFLOW_RUN]: workflowRunOf(parent?.header.metadata),
        [STORED_GRANT]: storedGrantOf(parent?.header.metadata),
      },
    }
  }
}

/** Throws RATE_LIMITED for a refusal. */
async function admitted(admission: Admission | Promise<Admission>): Promise<void> {
  const refusal = await admission
  if (refusal) throw CallError.from(refusal)
}

/** `timeoutMs` takes precedence; a `deadline` is relative to the sender's own `timestamp`, so that clocks need not agree. */
function timeLeft(request: CallRequestedEvent): number | undefined {
  if (request.timeoutMs !== undefined) return request.timeoutMs
  if (request.deadline === undefined) return undefined
  return Math.max(0, request.deadline - (request.timestamp ?? Date.now()))
}

/** The spokes between the caller and this broker, this one included, by their keys. */
function actingKeys({ header }: ProvidedCall, { keyId }: Identity): readonly unknown[] {
  const before = header.metadata?.[ACTING_KEYS]
  return [...(Array.isArray(before) ? before : []), ...(keyId === undefined ? [] : [keyId])]
}
