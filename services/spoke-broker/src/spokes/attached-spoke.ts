import type { CallSink, ProvidedCall, ResumedCall } from '@alkdev/bus'
import { compileSchema, enforceAccess, validationError } from '@alkdev/operations'
import type { CallFrame } from '@alkdev/operations'
import type { Connection } from '../connection/connection.ts'
import type { BrokerEvents, SpokeFacts } from '../events.ts'
import type { OfferedSet } from '../registration/offered-set.ts'
import type { SchemaChecks } from '../schemas/schema-checks.ts'
import { isHeavy } from '../schemas/weight.ts'
import { FairQueue } from './fair-queue.ts'
import { OutboundCall } from './outbound-call.ts'
import type { FitsSchema } from './spoke-error.ts'
import { ServiceTime } from './service-time.ts'

/** When a caller may ask again whose call was refused because the key of the spoke could not be checked. */
const RETRY_AFTER_MS = 1000

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

export interface AttachedSpokeOptions {
  readonly facts: SpokeFacts
  readonly connection: Connection
  /** Proves a later attach to be a reconnect of this one. */
  readonly sessionToken: string
  readonly projectId: string | undefined
  readonly capacity: number | undefined
  readonly offered: OfferedSet
  readonly schemas: SchemaChecks
  readonly limits: SpokeLimits
  readonly events: BrokerEvents
  /** Is the key of the spoke still good? Undefined when that is known; rejects when it is not, or nobody can say. */
  confirm?(): Promise<void> | undefined
}

/**
 * One attachment of a spoke whose socket is here: gives calls to it as its capacity allows, and takes its answers. Calls that come
 * before `open` wait, so that the spoke hears of its registration first; after `close` they are refused.
 */
export class AttachedSpoke {
  readonly facts: SpokeFacts
  readonly connection: Connection
  readonly sessionToken: string
  readonly projectId: string | undefined
  /** What it offers now. */
  offered: OfferedSet
  /** It won't come back for its calls: they are not kept for it when its socket ends. */
  forGood = false
  /** The registry says that it takes no calls. */
  recordedBlocked = false
  readonly #schemas: SchemaChecks
  readonly #limits: SpokeLimits
  readonly #events: BrokerEvents
  readonly #confirm: () => Promise<void> | undefined
  readonly #calls = new Map<string, OutboundCall>()
  readonly #queue = new FairQueue<Waiting>()
  readonly #times = new ServiceTime()
  #capacity = 0
  #state: 'opening' | 'open' | 'closed' = 'opening'

  constructor(options: AttachedSpokeOptions) {
    this.facts = options.facts
    this.connection = options.connection
    this.sessionToken = options.sessionToken
    this.projectId = options.projectId
    this.offered = options.offered
    this.#schemas = options.schemas
    this.#limits = options.limits
    this.#events = options.events
    this.#confirm = () => options.confirm?.()
    this.capacity = options.capacity
  }

  /** Calls at a time; undefined = as many as a socket may have. */
  set capacity(calls: number | undefined) {
    const { maxInFlight } = this.#limits
    this.#capacity = Math.min(calls ?? maxInFlight, maxInFlight)
  }

  get idle(): boolean {
    return this.#calls.size === 0 && this.#queue.size === 0
  }

  /** It takes no more calls: it said goodbye, or its socket is not the one for new calls any more. */
  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** A call in flight here: for nested calls that name it as their parent. */
  callOf(requestId: string): ProvidedCall | undefined {
    return this.#calls.get(requestId)?.call
  }

  /** The spoke knows that it is registered: calls may come. */
  open(): void {
    if (this.#state !== 'opening') return
    this.#state = 'open'
    for (const call of this.#calls.values()) call.goOn()
    this.#next()
  }

  /** No new calls from now on. Those in flight go on, those that wait are refused: another provider may take them. `retryAfterMs`: when the spoke may be back. */
  close(reason: string, retryAfterMs?: number): void {
    this.#state = 'closed'
    for (const { call, sink, onAbort } of this.#queue.drain()) {
      call.signal.removeEventListener('abort', onAbort)
      sink.refuse('PROVIDER_UNAVAILABLE', reason, retryAfterMs)
    }
  }

  /** Access and input are checked here, once, for every way that a call can come. A spoke whose key may be revoked gets none. */
  provide(call: ProvidedCall, sink: CallSink, name: string): void {
    const confirmation = this.#confirm()
    if (confirmation === undefined) return this.#check(call, sink, name)
    const arrivedAt = performance.now()
    confirmation.then(
      () => this.#check({ ...call, remainingMs: leftOf(call, arrivedAt) }, sink, name),
      () =>
        sink.refuse(
          'PROVIDER_UNAVAILABLE',
          `The key of ${this.#name} could not be checked.`,
          RETRY_AFTER_MS,
        ),
    )
  }

  #check(call: ProvidedCall, sink: CallSink, name: string): void {
    if (call.signal.aborted) return sink.fail(call.signal.reason)
    if (this.isClosed || !this.connection.open) return this.#notAttached(sink)
    const { spec, header } = call
    try {
      enforceAccess(spec.accessControl, header.principal, header.operationId, header.input)
      if (isHeavy(spec.inputSchema)) {
        void this.#admitChecked(call, sink, name)
        return undefined
      }
      const schema = compileSchema(spec.inputSchema)
      if (!schema.check(header.input))
        throw validationError(`The input of ${header.operationId}`, schema.errors(header.input))
    } catch (error) {
      return sink.fail(error)
    }
    return this.#admit(call, sink, name, call.remainingMs)
  }

  /** The input is checked beside the event loop first. */
  async #admitChecked(call: ProvidedCall, sink: CallSink, name: string): Promise<void> {
    const arrivedAt = performance.now()
    const { spec, header } = call
    try {
      const { ownerId } = this.facts
      const failures = await this.#schemas.value(ownerId, spec.inputSchema, header.input)
      if (failures.length > 0) throw validationError(`The input of ${header.operationId}`, failures)
      call.signal.throwIfAborted()
    } catch (error) {
      return sink.fail(error)
    }
    if (this.isClosed || !this.connection.open) return this.#notAttached(sink)
    return this.#admit(call, sink, name, leftOf(call, arrivedAt))
  }

  #notAttached(sink: CallSink): void {
    sink.refuse('PROVIDER_UNAVAILABLE', `${this.#name} is not attached now.`)
  }

  /** Gives it now, lets it wait, or refuses it. */
  #admit(call: ProvidedCall, sink: CallSink, name: string, leftMs: number | undefined): void {
    const { maxBufferedBytes, maxQueued } = this.#limits
    if (this.connection.bufferedBytes > maxBufferedBytes)
      return sink.refuse('OVERLOADED', `${this.#name} does not read.`, this.#retryAfterMs())
    if (this.#queue.size === 0 && this.#mayGive) return this.#give(call, sink, name, leftMs)
    if (this.#queue.size >= maxQueued)
      return sink.refuse('OVERLOADED', `${this.#name} has its hands full.`, this.#retryAfterMs())
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
        call.failed(frame.payload, bytes)
        return true
      case 'call.aborted':
        call.aborted(frame.payload.reason)
        return true
      default:
        return false
    }
  }

  /** Takes over a call that was given to an earlier socket of this spoke. Returns the id that it has there. */
  adopt(resumed: ResumedCall): string {
    const { requestId } = this.#add(resumed.call, resumed.sink, resumed)
    return requestId
  }

  /**
   * The socket is gone. The bus ends its calls; calls that no spoke will resume are ended here, as the bus would keep them.
   * `retryAfterMs`: as for `close`.
   */
  end(reason: string, retryAfterMs?: number): void {
    this.close(reason, retryAfterMs)
    for (const call of [...this.#calls.values()]) {
      if (this.forGood && call.resumable) call.lostForGood(reason)
      else call.drop()
    }
  }

  /** An answer to a call that has ended. */
  late(requestId: string): void {
    this.#events.lateAnswer(this.facts, requestId)
  }

  get #mayGive(): boolean {
    return this.#state === 'open' && this.#calls.size < this.#capacity && this.connection.open
  }

  get #name(): string {
    return `The spoke ${this.facts.name}`
  }

  #wait(call: ProvidedCall, sink: CallSink, name: string): void {
    const waiting: Waiting = {
      call,
      sink,
      name,
      arrivedAt: performance.now(),
      // The bus ends the call; here only its place in the queue is given up.
      onAbort: () => this.#queue.remove(call.header.principal.id, waiting),
    }
    if (call.signal.aborted) return sink.fail(call.signal.reason)
    this.#queue.push(call.header.principal.id, waiting)
    call.signal.addEventListener('abort', waiting.onAbort, { once: true })
  }

  #next(): void {
    while (this.#mayGive) {
      const waiting = this.#queue.shift()
      if (!waiting) return
      const { call, sink, name, arrivedAt, onAbort } = waiting
      call.signal.removeEventListener('abort', onAbort)
      this.#give(call, sink, name, leftOf(call, arrivedAt))
    }
  }

  #give(call: ProvidedCall, sink: CallSink, name: string, leftMs: number | undefined): void {
    const outbound = this.#add(call, sink)
    try {
      if (outbound.give(name, leftMs)) return
    } catch (error) {
      outbound.drop()
      return sink.fail(error)
    }
    outbound.drop()
    this.#notAttached(sink)
  }

  #add(call: ProvidedCall, sink: CallSink, resumed?: ResumedCall): OutboundCall {
    const outbound = new OutboundCall({
      call,
      sink,
      connection: this.connection,
      maxPayloadBytes: this.#limits.maxPayloadBytes,
      ...(resumed && { resumed }),
      fits: this.#fits,
      onEnd: this.#ended,
    })
    this.#calls.set(outbound.requestId, outbound)
    return outbound
  }

  readonly #fits: FitsSchema = (schema, value) => {
    if (isHeavy(schema))
      return this.#schemas
        .value(this.facts.ownerId, schema, value)
        .then((failures) => failures.length === 0)
    try {
      return compileSchema(schema).check(value)
    } catch {
      // The check of this value takes too many steps.
      return false
    }
  }

  readonly #ended = (call: OutboundCall): void => {
    this.#calls.delete(call.requestId)
    // How long a stream lasts says nothing about how long a place is taken by the next call.
    if (!call.isStream) this.#times.add(performance.now() - call.givenAt)
    if (this.#queue.size > 0) this.#next()
  }

  /** Median service time x queue length, shared among the places. */
  #retryAfterMs(): number {
    const waiting = this.#queue.size + 1
    return Math.ceil(Math.max(100, (this.#times.medianMs * waiting) / this.#capacity))
  }
}

/** Milliseconds that a call which came at `arrivedAt` has left; undefined without a total time. */
function leftOf({ remainingMs }: ProvidedCall, arrivedAt: number): number | undefined {
  if (remainingMs === undefined) return undefined
  return Math.max(1, remainingMs - (performance.now() - arrivedAt))
}
