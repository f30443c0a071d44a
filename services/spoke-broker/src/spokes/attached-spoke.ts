import type { CallSink, ProvidedCall } from '@alkdev/bus'
import { compileSchema, enforceAccess, validationError } from '@alkdev/operations'
import type { CallFrame } from '@alkdev/operations'
import type { Connection } from '../connection/connection.ts'
import type { BrokerEvents, SpokeFacts } from '../events.ts'
import { FairQueue } from './fair-queue.ts'
import { OutboundCall } from './outbound-call.ts'
import { ServiceTime } from './service-time.ts'

interface Waiting {
  readonly call: ProvidedCall
  readonly sink: CallSink
  readonly name: string
  readonly arrivedAt: number
  readonly onAbort: () => void
}

export interface SpokeLimits {
  readonly maxInFlight: number
  readonly maxQueued: number
  readonly maxPayloadBytes: number
  /** Bytes waiting on the socket beyond which a call is refused. */
  readonly maxBufferedBytes: number
}

/** A spoke whose newest socket is here: gives calls to it as its capacity allows, and takes its answers. */
export class AttachedSpoke {
  readonly facts: SpokeFacts
  readonly connection: Connection
  readonly capacity: number
  readonly #limits: SpokeLimits
  readonly #events: BrokerEvents
  readonly #calls = new Map<string, OutboundCall>()
  readonly #queue = new FairQueue<Waiting>()
  readonly #times = new ServiceTime()
  #unregistered = false

  constructor(options: {
    readonly facts: SpokeFacts
    readonly connection: Connection
    readonly capacity: number | undefined
    readonly limits: SpokeLimits
    readonly events: BrokerEvents
  }) {
    this.facts = options.facts
    this.connection = options.connection
    this.#limits = options.limits
    this.#events = options.events
    this.capacity = Math.min(
      options.capacity ?? options.limits.maxInFlight,
      options.limits.maxInFlight,
    )
  }

  get inFlight(): number {
    return this.#calls.size
  }

  get idle(): boolean {
    return this.#calls.size === 0 && this.#queue.size === 0
  }

  /** A call in flight here: for nested calls that name it as their parent. */
  callOf(requestId: string): ProvidedCall | undefined {
    return this.#calls.get(requestId)?.call
  }

  /** No new calls from now on: the spoke said goodbye. Those in flight go on, those that wait are refused. */
  unregister(): void {
    this.#unregistered = true
    this.#refuseWaiting('The spoke is leaving.')
  }

  /** Access and input are checked here, once, for every way that a call can come. */
  provide(call: ProvidedCall, sink: CallSink, name: string): void {
    try {
      enforceAccess(call.spec.accessControl, call.principal, call.operationId, call.input)
      const schema = compileSchema(call.spec.inputSchema)
      if (!schema.check(call.input))
        throw validationError(`The input of ${call.operationId}`, schema.errors(call.input))
    } catch (error) {
      return sink.fail(error)
    }
    if (this.#unregistered || !this.connection.open)
      return sink.refuse(
        'PROVIDER_UNAVAILABLE',
        `The spoke ${this.facts.name} is not attached now.`,
      )
    if (this.connection.bufferedBytes > this.#limits.maxBufferedBytes)
      return sink.refuse('OVERLOADED', 'The spoke does not read fast enough.', this.#retryAfterMs())
    if (this.#calls.size < this.capacity) return this.#give(call, sink, name, call.timeoutMs)
    if (this.#queue.size >= this.#limits.maxQueued)
      return sink.refuse(
        'OVERLOADED',
        `The spoke ${this.facts.name} has its hands full.`,
        this.#retryAfterMs(),
      )
    this.#wait(call, sink, name)
  }

  /** A frame about a call that this spoke was given. False when there is no such call. */
  receive(frame: CallFrame, bytes: number): boolean {
    const call = this.#calls.get(frame.payload.requestId)
    if (!call) return false
    switch (frame.type) {
      case 'call.responded':
        call.responded(frame.payload, bytes)
        return true
      case 'call.completed':
        call.completed(frame.payload.count)
        return true
      case 'call.error':
        call.failed(frame.payload)
        return true
      case 'call.aborted':
        call.aborted(frame.payload.reason)
        return true
      default:
        return false
    }
  }

  /** The socket broke off. What can't be resumed is lost at once; what can is returned, to be taken over or lost later. */
  socketLost(reason: string): OutboundCall[] {
    this.#refuseWaiting('The spoke lost its connection.')
    const resumable: OutboundCall[] = []
    for (const call of [...this.#calls.values()]) {
      if (call.resumable) resumable.push(call)
      else call.lost(reason)
    }
    return resumable
  }

  /** Takes over a call that was given to an earlier socket of this spoke. */
  adopt(call: OutboundCall, connection: Connection): void {
    call.connection = connection
    call.onEnd = this.#ended
    this.#calls.set(call.requestId, call)
  }

  /** Everything here is lost, resumable or not. */
  loseAll(reason: string): void {
    this.#refuseWaiting(reason)
    for (const call of [...this.#calls.values()]) call.lost(reason)
  }

  #wait(call: ProvidedCall, sink: CallSink, name: string): void {
    const waiting: Waiting = {
      call,
      sink,
      name,
      arrivedAt: performance.now(),
      // The bus ends the call; here only its place in the queue is given up.
      onAbort: () => this.#queue.remove(call.principal.id, waiting),
    }
    this.#queue.push(call.principal.id, waiting)
    call.signal.addEventListener('abort', waiting.onAbort, { once: true })
  }

  #next(): void {
    while (this.#calls.size < this.capacity && this.connection.open) {
      const waiting = this.#queue.shift()
      if (!waiting) return
      const { call, sink, name, arrivedAt, onAbort } = waiting
      call.signal.removeEventListener('abort', onAbort)
      const waitedMs = performance.now() - arrivedAt
      const left = call.timeoutMs === undefined ? undefined : Math.max(1, call.timeoutMs - waitedMs)
      this.#give(call, sink, name, left)
    }
  }

  #give(call: ProvidedCall, sink: CallSink, name: string, leftMs: number | undefined): void {
    const { maxPayloadBytes } = this.#limits
    const outbound = new OutboundCall(call, sink, this.connection, maxPayloadBytes, this.#ended)
    this.#calls.set(outbound.requestId, outbound)
    if (outbound.give(name, leftMs)) return
    this.#calls.delete(outbound.requestId)
    sink.refuse('PROVIDER_UNAVAILABLE', `The spoke ${this.facts.name} is not attached now.`)
  }

  readonly #ended = (call: OutboundCall): void => {
    this.#times.add(performance.now() - call.givenAt)
    this.#calls.delete(call.requestId)
    if (this.#queue.size > 0) this.#next()
  }

  #refuseWaiting(message: string): void {
    for (const { call, sink, onAbort } of this.#queue.drain()) {
      call.signal.removeEventListener('abort', onAbort)
      sink.refuse('PROVIDER_UNAVAILABLE', message)
    }
  }

  /** Median service time x queue length, shared among the places. */
  #retryAfterMs(): number {
    const waiting = this.#queue.size + 1
    return Math.ceil(Math.max(100, (this.#times.medianMs * waiting) / this.capacity))
  }

  late(requestId: string): void {
    this.#events.lateAnswer(this.facts, requestId)
  }
}
