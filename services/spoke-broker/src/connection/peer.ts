import { CLOSE_CODES, SCOPES } from '@alkdev/contracts'
import { CallError, coversScope, localEnvelope } from '@alkdev/operations'
import type { CallFrame, CallRequestedEvent } from '@alkdev/operations'
import { sleep } from '@alkdev/std'
import type { BrokerContext } from '../context.ts'
import { register } from '../registration/register.ts'
import type { AttachedSpoke } from '../spokes/attached-spoke.ts'
import { leave } from '../spokes/leave.ts'
import type { Connection, ConnectionHandlers } from './connection.ts'
import { InboundCalls } from './inbound-calls.ts'

const goodbyeMs = 60_000

/** What the peer of one socket does: call, and after `hub.register` be called. */
export class Peer implements ConnectionHandlers {
  readonly #context: BrokerContext
  readonly #connection: Connection
  readonly #inbound: InboundCalls
  #spoke: AttachedSpoke | undefined
  /** One registration after the other: the second must know the spoke of the first. */
  #registering: Promise<void> = Promise.resolve()

  constructor(context: BrokerContext, connection: Connection) {
    this.#context = context
    this.#connection = connection
    const { bus, config } = context.runtime
    this.#inbound = new InboundCalls({
      bus,
      connection,
      maxInFlight: config.spokes.maxInFlightPerSocket,
      actor: () => ({
        kind: this.#spoke ? 'spoke' : 'client',
        name: this.#spoke?.facts.name ?? connection.identity.id,
        instanceId: bus.instanceId,
      }),
      parentOf: (requestId) => this.#spoke?.callOf(requestId),
    })
  }

  get isSpoke(): boolean {
    return this.#spoke !== undefined
  }

  get idle(): boolean {
    return this.#inbound.size === 0 && (this.#spoke?.idle ?? true)
  }

  onFrame(frame: CallFrame, bytes: number): void {
    const { requestId } = frame.payload
    switch (frame.type) {
      case 'call.requested':
        return this.#requested(frame.payload, bytes)
      case 'call.credit':
        if (!this.#inbound.credit(requestId, frame.payload.credits))
          this.#context.events.strayFrame(frame.type)
        return
      case 'call.aborted':
        // Either side may abort: a call of its own, or one that it was given.
        if (this.#inbound.abort(requestId, frame.payload.reason)) return
        break
      default:
    }
    if (this.#spoke?.receive(frame, bytes)) return
    if (this.#spoke && frame.type !== 'call.aborted') this.#spoke.late(requestId)
    else this.#context.events.strayFrame(frame.type)
  }

  onClosed(code: number, reason: string): void {
    this.#inbound.abortAll('The connection of the caller ended.')
    this.#context.connections.delete(this.#connection)
    // A registration in flight finds the socket closed when it is done, and leaves by itself.
    if (this.#spoke) leave(this.#context, this.#spoke, code, reason)
  }

  #requested(request: CallRequestedEvent, bytes: number): void {
    if (request.operationId === 'hub.register') {
      this.#registering = this.#registering.then(() => this.#register(request, bytes))
    } else if (request.operationId === 'hub.unregister') {
      this.#registering = this.#registering.then(() => this.#unregister(request))
    } else this.#inbound.start(request)
  }

  async #register(request: CallRequestedEvent, bytes: number): Promise<void> {
    const { requestId } = request
    const { events, runtime } = this.#context
    try {
      if (!coversScope(this.#connection.identity.scopes, SCOPES.SPOKES_ATTACH))
        throw new CallError(
          'ACCESS_DENIED',
          `hub.register needs the scope ${SCOPES.SPOKES_ATTACH}.`,
        )
      const { maxRegisterBytes } = runtime.config.spokes
      if (bytes > maxRegisterBytes)
        throw new CallError('PAYLOAD_TOO_LARGE', `hub.register may have ${maxRegisterBytes} bytes.`)
      const { spoke, welcome } = await register(
        this.#context,
        this.#connection,
        request.input,
        this.#spoke,
      )
      this.#spoke = spoke
      this.#respond(requestId, 'hub.register', welcome)
      if (!this.#connection.open) leave(this.#context, spoke, 1006, 'closed while it registered')
    } catch (error) {
      const failure = CallError.from(error)
      if (failure.code === 'UNKNOWN_ERROR')
        runtime.logger.error({ err: error }, 'hub.register failed')
      else events.strayFrame('refused-register')
      this.#connection.sendError(requestId, failure)
    }
  }

  /** The spoke drains itself: no new calls, those in flight end, then the socket is closed with 1000. */
  async #unregister(request: CallRequestedEvent): Promise<void> {
    const spoke = this.#spoke
    if (!spoke) {
      const error = new CallError('CONFLICT', 'No spoke is registered on this socket.')
      this.#connection.sendError(request.requestId, error)
      return
    }
    spoke.unregister()
    this.#respond(request.requestId, 'hub.unregister', {})
    const deadline = performance.now() + goodbyeMs
    while (this.#connection.open && !spoke.idle && performance.now() < deadline) await sleep(10)
    this.#connection.close(CLOSE_CODES.DONE, 'done')
  }

  #respond(requestId: string, operationId: string, data: unknown): void {
    const output = localEnvelope(data, operationId)
    this.#connection.send('call.responded', requestId, { requestId, output, timestamp: Date.now() })
  }
}
