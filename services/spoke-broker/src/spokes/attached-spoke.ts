import type { CallSink, ProvidedCall, ResumedCall, SpokeLoad } from '@alkdev/bus'
import type { CallFrame } from '@alkdev/operations'
import type { Tracer } from '@alkdev/contracts'
import type { Connection } from '../connection/connection.ts'
import type { BrokerEvents, SpokeInfo } from '../events.ts'
import type { OfferedSet } from '../registration/offered-set.ts'
import type { SchemaChecks } from '../schemas/schema-checks.ts'
import type { AttachedSpokeOptions, SpokeLimits } from './attached-spoke-options.ts'
import { checkCall, schemaFits } from './check-call.ts'
import { OutgoingCall } from './outgoing-call.ts'
import { ServiceTime } from './service-time.ts'
import { leftOf, WaitingCalls } from './waiting-calls.ts'

/** When a caller may retry a call that was refused because the key of the spoke could not be checked. */
const RETRY_AFTER_MS = 1000

/**
 * One attachment of a spoke on this instance: dispatches calls to it as its capacity allows, and receives its answers. Calls that arrive
 * before `open` wait, so that the spoke receives its registration first; after `close` they are refused.
 */
export class AttachedSpoke {
  readonly info: SpokeInfo
  readonly connection: Connection
  readonly sessionToken: string
  readonly projectId: string | undefined
  /** Its current operations. */
  offered: OfferedSet
  /** It will not return for its calls: they are not kept when its socket ends. */
  permanent = false
  /** The registry has it as taking no calls. */
  recordedBlocked = false
  readonly #schemas: SchemaChecks
  readonly #limits: SpokeLimits
  readonly #tracer: Tracer | undefined
  readonly #events: BrokerEvents
  readonly #confirm: () => Promise<void> | undefined
  readonly #calls = new Map<string, OutgoingCall>()
  readonly #queue = new WaitingCalls()
  readonly #times = new ServiceTime()
  #capacity = 0
  #state: 'opening' | 'open' | 'closed' = 'opening'

  constructor(options: AttachedSpokeOptions) {
    this.info = options.info
    this.connection = options.connection
    this.sessionToken = options.sessionToken
    this.projectId = options.projectId
    this.offered = options.offered
    this.#schemas = options.schemas
    this.#limits = options.limits
    this.#tracer = options.tracer
    this.#events = options.events
    this.#confirm = () => options.confirm?.()
    this.capacity = options.capacity
  }

  /** Maximum concurrent calls; undefined for the limit of the socket. */
  set capacity(calls: number | undefined) {
    const { maxInFlight } = this.#limits
    this.#capacity = Math.min(calls ?? maxInFlight, maxInFlight)
  }

  get idle(): boolean {
    return this.#calls.size === 0 && this.#queue.size === 0
  }

  get load(): SpokeLoad {
    return { inFlight: this.#calls.size, waiting: this.#queue.size, capacity: this.#capacity }
  }

  /** Accepts no new calls: unregistered, or replaced by a newer connection. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** A call in flight here: for nested calls that name it as their parent. */
  callOf(requestId: string): ProvidedCall | undefined {
    return this.#calls.get(requestId)?.call
  }

  /** The spoke has received its registration: calls may be dispatched. */
  open(): void {
    if (this.#state !== 'opening') return
    this.#state = 'open'
    for (const call of this.#calls.values()) call.resume()
    this.#next()
  }

  /** Accepts no new calls. Those in flight continue, queued ones are refused, so that another provider may take them. `retryAfterMs`: when the spoke may be back. */
  close(reason: string, retryAfterMs?: number): void {
    this.#state = 'closed'
    for (const { sink } of this.#queue.drain())
      sink.refuse('PROVIDER_UNAVAILABLE', reason, retryAfterMs)
  }

  /** Checks access and input, for every way in which a call can arrive. A spoke whose key may be revoked gets no calls. */
  provide(call: ProvidedCall, sink: CallSink, name: string): void {
    const confirmation = this.#confirm()
    if (confirmation === undefined) return this.#check(call, sink, name)
    const arrivedAt = performance.now()
    confirmation.then(
      () => this.#check({ ...call, remainingMs: leftOf(call, arrivedAt) }, sink, name),
      () =>
        sink.refuse(
          'PROVIDER_UNAVAILABLE',
          `The key of the spoke ${this.info.name} could not be checked.`,
          RETRY_AFTER_MS,
        ),
    )
  }

  #check(call: ProvidedCall, sink: CallSink, name: string): void {
    if (call.signal.aborted) return sink.fail(call.signal.reason)
    if (!this.#isAttached) return this.#notAttached(sink)
    const arrivedAt = performance.now()
    let checked: Promise<void> | undefined
    try {
      checked = checkCall(call, this.#schemas, this.info.ownerId)
    } catch (error) {
      return sink.fail(error)
    }
    if (checked === undefined) return this.#admit(call, sink, name, call.remainingMs)
    checked.then(
      () => {
        if (!this.#isAttached) return this.#notAttached(sink)
        return this.#admit(call, sink, name, leftOf(call, arrivedAt))
      },
      (error: unknown) => sink.fail(error),
    )
    return undefined
  }

  get #isAttached(): boolean {
    return !this.isClosed && this.connection.open
  }

  #notAttached(sink: CallSink): void {
    sink.refuse('PROVIDER_UNAVAILABLE', `${this.#name} is not attached now.`)
  }

  /** Dispatches, queues or refuses it. */
  #admit(call: ProvidedCall, sink: CallSink, name: string, leftMs: number | undefined): void {
    const { maxBufferedBytes, maxQueued } = this.#limits
    if (this.connection.bufferedBytes > maxBufferedBytes)
      return sink.refuse(
        'OVERLOADED',
        `${this.#name} does not read its socket: ${this.connection.bufferedBytes} bytes wait to be sent, the maximum is ${maxBufferedBytes}.`,
        this.#retryAfterMs(),
      )
    if (this.#queue.size === 0 && this.#mayDispatch) return this.#dispatch(call, sink, name, leftMs)
    if (this.#queue.size >= maxQueued)
      return sink.refuse(
        'OVERLOADED',
        `${this.#name} is at capacity: ${this.#calls.size} of at most ${this.#capacity} calls run, and ${this.#queue.size} wait (spokes.maxQueuedPerSocket: ${maxQueued}).`,
        this.#retryAfterMs(),
      )
    if (call.signal.aborted) return sink.fail(call.signal.reason)
    this.#queue.push({ call, sink, name })
  }

  /** A frame about a call that was dispatched to this spoke. False when there is no such call. */
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
        call.failed(frame.payload, bytes)
        return true
      case 'call.aborted':
        call.aborted(frame.payload.reason)
        return true
      default:
        return false
    }
  }

  /** Takes over a call that was dispatched to an earlier socket of this spoke. Returns its id there. */
  adopt(resumed: ResumedCall): string {
    const { requestId } = this.#add(resumed.call, resumed.sink, resumed)
    return requestId
  }

  /**
   * The socket has ended. The bus ends its calls; calls that no spoke will resume are ended here, as the bus would keep them.
   * `retryAfterMs`: as for `close`.
   */
  end(reason: string, retryAfterMs?: number): void {
    this.close(reason, retryAfterMs)
    for (const call of [...this.#calls.values()]) {
      if (this.permanent && call.resumable) call.lostPermanently(reason)
      else call.drop()
    }
  }

  /** An answer to a call that has ended. */
  late(requestId: string): void {
    this.#events.lateAnswer(this.info, requestId)
  }

  get #mayDispatch(): boolean {
    return this.#state === 'open' && this.#calls.size < this.#capacity && this.connection.open
  }

  get #name(): string {
    return `The spoke ${this.info.name}`
  }

  #next(): void {
    while (this.#mayDispatch) {
      const waiting = this.#queue.shift()
      if (!waiting) return
      this.#dispatch(waiting.call, waiting.sink, waiting.name, waiting.leftMs)
    }
  }

  #dispatch(call: ProvidedCall, sink: CallSink, name: string, leftMs: number | undefined): void {
    const outgoing = this.#add(call, sink)
    try {
      if (outgoing.dispatch(name, leftMs)) return
    } catch (error) {
      outgoing.drop()
      return sink.fail(error)
    }
    outgoing.drop()
    this.#notAttached(sink)
  }

  #add(call: ProvidedCall, sink: CallSink, resumed?: ResumedCall): OutgoingCall {
    const outgoing = new OutgoingCall({
      call,
      sink,
      connection: this.connection,
      maxPayloadBytes: this.#limits.maxPayloadBytes,
      tracer: this.#tracer,
      ...(resumed && { resumed }),
      fits: (schema, value) => schemaFits(schema, value, this.#schemas, this.info.ownerId),
      onEnd: this.#ended,
    })
    this.#calls.set(outgoing.requestId, outgoing)
    return outgoing
  }

  readonly #ended = (call: OutgoingCall): void => {
    this.#calls.delete(call.requestId)
    // The duration of a stream does not predict how long the next call occupies a slot.
    if (!call.isStream) this.#times.add(performance.now() - call.sentAt)
    if (this.#queue.size > 0) this.#next()
  }

  /** Median service time x queue length / capacity. */
  #retryAfterMs(): number {
    const waiting = this.#queue.size + 1
    return Math.ceil(Math.max(100, (this.#times.medianMs * waiting) / this.#capacity))
  }
}
