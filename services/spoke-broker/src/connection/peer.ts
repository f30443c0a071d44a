import { CLOSE_CODES, SCOPES } from '@alkdev/contracts'
import { CallError, coversScope, localEnvelope } from '@alkdev/operations'
import type { CallFrame, CallRequestedEvent } from '@alkdev/operations'
import type { BrokerContext } from '../context.ts'
import { register } from '../registration/register.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { onDisconnect } from '../spokes/on-disconnect.ts'
import type { Connection, ConnectionHandlers } from './connection.ts'
import { IncomingCalls } from './incoming-calls.ts'
import { InOrder } from './in-order.ts'

/** How long the calls of a spoke have after it unregistered. */
const GOODBYE_MS = 60_000
/** Maximum registrations that wait for an earlier one on the same socket. */
const MAX_REGISTRATIONS = 4

/** The peer of one socket: it makes calls and, after `hub.register`, executes calls. */
export class Peer implements ConnectionHandlers {
  readonly #context: BrokerContext
  readonly connection: Connection
  readonly #incoming: IncomingCalls
  #spoke: AttachedSpoke | undefined
  #ended: { readonly code: number; readonly reason: string } | undefined
  /** One registration after the other: the second needs the spoke of the first. */
  readonly #registering = new InOrder()
  readonly #registrations = new Set<string>()

  constructor(context: BrokerContext, connection: Connection) {
    this.#context = context
    this.connection = connection
    const { bus, config, db, logger } = context.runtime
    this.#incoming = new IncomingCalls({
      bus,
      db,
      inputHash: context.runtime.inputHash,
      logger,
      connection,
      tracer: context.runtime.tracer,
      maxInFlight: config.spokes.maxInFlightPerSocket,
      maxPayloadBytes: config.limits.maxPayloadBytes,
      idleTimeoutMs: config.limits.subscriptionIdleTimeoutMs,
      actor: () => ({
        kind: this.#spoke ? 'spoke' : 'client',
        name: this.#spoke?.info.name ?? connection.identity.id,
        instanceId: bus.instanceId,
      }),
      authenticator: context.runtime.authenticator,
      live: context.runtime.live,
      admit: () => context.limits.admit(connection.authenticated),
      parentOf: (requestId) => this.#spoke?.callOf(requestId),
    })
    context.peers.add(this)
    connection.start(this)
  }

  get spoke(): AttachedSpoke | undefined {
    return this.#spoke
  }

  /** This is the current attachment of its spoke. */
  get isNewest(): boolean {
    const spoke = this.#spoke
    return spoke !== undefined && this.#context.spokes.get(spoke.info.spokeId) === spoke
  }

  get idle(): boolean {
    return this.#incoming.size + this.#registrations.size === 0 && (this.#spoke?.idle ?? true)
  }

  onFrame(frame: CallFrame, bytes: number): void {
    const { requestId } = frame.payload
    switch (frame.type) {
      case 'call.requested':
        return this.#requested(frame.payload, bytes)
      case 'call.credit':
        if (!this.#incoming.credit(frame.payload)) this.#context.events.strayFrame(frame.type)
        return
      case 'call.aborted':
        // Either side may abort: a call of its own, or one that it executes.
        if (this.#incoming.abort(requestId, frame.payload.reason)) return
        break
      default:
    }
    if (this.#spoke?.receive(frame, bytes)) return
    if (this.#spoke && frame.type !== 'call.aborted') this.#spoke.late(requestId)
    else this.#context.events.strayFrame(frame.type)
  }

  /** The key is no longer valid: the calls in flight end with the reason. The socket is closed next. */
  keyEnded(reason: CallError): void {
    this.#incoming.failAll(reason)
  }

  /** The key has other rights now: calls that it may no longer make end. */
  rightsChanged(): void {
    this.#incoming.review()
  }

  onClosed(code: number, reason: string): void {
    this.#ended = { code, reason }
    this.#incoming.abortAll('The connection of the caller ended.')
    this.#context.peers.delete(this)
    this.#context.closeWhenIdle.delete(this.connection)
    // A registration in progress finds the socket closed when it completes, and cleans up itself.
    if (this.#spoke) onDisconnect(this.#context, this.#spoke, code, reason)
  }

  #requested(request: CallRequestedEvent, bytes: number): void {
    const { requestId, operationId } = request
    const registers = operationId === 'hub.register'
    if (!registers && operationId !== 'hub.unregister') {
      if (!this.#registrations.has(requestId)) return this.#incoming.start(request, bytes)
    }
    if (this.#registrations.has(requestId) || this.#incoming.has(requestId)) {
      const error = new CallError('VALIDATION_ERROR', `The id ${requestId} is in use.`)
      this.connection.sendError(requestId, error)
      return
    }
    if (this.#registrations.size >= MAX_REGISTRATIONS) {
      const error = new CallError(
        'OVERLOADED',
        `${MAX_REGISTRATIONS} registrations of this socket are in progress, the maximum.`,
        undefined,
        { retryAfterMs: 1000 },
      )
      this.connection.sendError(requestId, error)
      return
    }
    this.#registrations.add(requestId)
    this.#registering.add(
      async () => {
        if (registers) await this.#register(request, bytes)
        else this.#unregister(request)
      },
      (error) => {
        this.#registrations.delete(requestId)
        if (error === undefined) return
        this.#context.runtime.logger.error({ err: error, operationId }, 'a registration failed')
        this.connection.sendError(requestId, CallError.from(error))
      },
    )
  }

  async #register(request: CallRequestedEvent, bytes: number): Promise<void> {
    const { requestId } = request
    const { events, runtime } = this.#context
    try {
      await runtime.live.confirm(this.connection.identity)
      this.#mayRegister(bytes)
      const registered = await register(this.#context, this.connection, {
        input: request.input,
        current: this.#spoke,
      })
      const { spoke, welcome } = registered
      this.#spoke = spoke
      // The socket closed during the registration, so the end of the spoke is recorded here.
      if (this.#ended)
        return onDisconnect(this.#context, spoke, this.#ended.code, this.#ended.reason)
      // The key may have lost the scope meanwhile.
      if (!this.#mayAttach()) {
        this.connection.cut(CLOSE_CODES.KEY_NO_LONGER_VALID, 'the key may not attach spokes now')
        return undefined
      }
      this.#respond(requestId, 'hub.register', welcome)
      spoke.open()
      return undefined
    } catch (error) {
      const failure = CallError.from(error)
      if (failure.code === 'UNKNOWN_ERROR')
        runtime.logger.error({ err: error }, 'hub.register failed')
      events.refused(failure.code)
      this.connection.sendError(requestId, failure)
      return undefined
    }
  }

  #mayAttach(): boolean {
    return coversScope(this.connection.identity.scopes, SCOPES.SPOKES_ATTACH)
  }

  #mayRegister(bytes: number): void {
    const { config, draining } = this.#context.runtime
    if (!this.#mayAttach())
      throw new CallError('ACCESS_DENIED', `hub.register needs the scope ${SCOPES.SPOKES_ATTACH}.`)
    const { maxRegisterBytes } = config.spokes
    if (bytes > maxRegisterBytes)
      throw new CallError(
        'PAYLOAD_TOO_LARGE',
        `hub.register may have at most ${maxRegisterBytes} bytes.`,
      )
    if (this.#spoke?.isClosed)
      throw new CallError(
        'CONFLICT',
        'The spoke has unregistered, or is attached on another socket.',
      )
    if (draining.aborted && !this.#spoke)
      throw new CallError('UNAVAILABLE', 'This instance is draining.', undefined, {
        retryAfterMs: 1000,
      })
  }

  /** The spoke drains: it gets no new calls, those in flight end, then the socket is closed with 1000. */
  #unregister({ requestId }: CallRequestedEvent): void {
    const spoke = this.#spoke
    if (!spoke) {
      const error = new CallError('CONFLICT', 'No spoke is registered on this socket.')
      this.connection.sendError(requestId, error)
      return
    }
    if (!spoke.isClosed) {
      spoke.permanent = true
      spoke.close(`The spoke ${spoke.info.name} has unregistered.`)
      if (this.isNewest)
        void this.#context.statusWriter.add(spoke.info, 'disconnected', 'it unregistered')
    }
    this.#respond(requestId, 'hub.unregister', {})
    this.#context.closeWhenIdle.add(this.connection, {
      code: CLOSE_CODES.DONE,
      reason: 'done',
      withinMs: GOODBYE_MS,
      idle: () => this.idle,
    })
  }

  #respond(requestId: string, operationId: string, data: unknown): void {
    const output = localEnvelope(data, operationId)
    this.connection.send('call.responded', requestId, { requestId, output, timestamp: Date.now() })
  }
}
