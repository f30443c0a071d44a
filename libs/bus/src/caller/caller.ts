import { CallError } from '@alkdev/operations'
import { payloadTooLarge, requestNotWritable, toFrameError } from '../call-errors.ts'
import type { Counters } from '../counters.ts'
import { seenBy } from '../directory/pool-view.ts'
import type { RegistryStore, StoredEntry } from '../directory/registry-store.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { Provider } from '../provider/provider.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'
import type { CallRecord } from '../types.ts'
import type { CheckedFrame, Frame, ResumeFrame } from '../wire/frames.ts'
import { jsonBytes, writeJson } from '../wire/write-json.ts'
import type { Attempt } from './attempt.ts'
import { CallCheck } from './call-check.ts'
import type { CallerCore } from './caller-core.ts'
import { Confirmations } from './confirmations.ts'
import type { PendingCall } from './pending-call.ts'
import { localRequest, requestFrame } from './request.ts'
import type { Router } from './router.ts'

const REDIS_AWAY = { code: 'UNAVAILABLE', message: 'Redis is away.', retryAfterMs: 1000 }

export interface CallerOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  readonly router: Router
  readonly store: RegistryStore
  readonly provider: Provider
  refresh(registry: boolean): Promise<unknown>
  now(): number
  record(record: CallRecord): Promise<void>
}

/** How long a row waits for the receipt of an abort. */
const RECEIPT_WAIT_MS = 2500

type Told = Extract<Frame, { readonly n: number }>

/** The caller's side: the calls whose clock runs here. */
export class Caller implements CallerCore {
  readonly #options: CallerOptions
  readonly #pending = new Map<string, PendingCall>()
  /** Calls that have ended here and whose receipt may still come. */
  readonly #stopping = new Map<string, { readonly call: PendingCall; readonly n: number }>()
  readonly #children = new Map<string, Set<PendingCall>>()
  readonly #check: CallCheck
  readonly #confirmations: Confirmations
  readonly #recording = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined

  constructor(options: CallerOptions) {
    this.#options = options
    const { leases, limits, counters } = options
    this.#check = new CallCheck({
      pending: this.#pending,
      leases,
      limits,
      counters,
      send: (instanceId, frame) => this.#publish(instanceId, frame),
    })
    this.#confirmations = new Confirmations((instanceId, done) => {
      this.#publish(instanceId, { k: 'check', from: this.instanceId, waiting: [], done })
    })
  }

  get instanceId(): string {
    return this.#options.leases.instanceId
  }

  get limits(): BusLimits {
    return this.#options.limits
  }

  get counters(): Counters {
    return this.#options.counters
  }

  get router(): Router {
    return this.#options.router
  }

  get size(): number {
    return this.#pending.size
  }

  start(): void {
    this.#timer = setInterval(() => this.check(), this.limits.checkMs)
    this.#timer.unref()
  }

  /** Fails what is still waited for, and waits for the rows on their way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const call of [...this.#pending.values()]) {
      call.abort(new CallError('ABORTED', 'The process that made the call is stopping.'))
    }
    for (const { call } of this.#stopping.values()) call.receiptWait.giveUp()
    this.#confirmations.flush()
    await Promise.allSettled([...this.#recording])
  }

  /** `refused`: the call is not made, but it is a call, with a row of its own. */
  add(call: PendingCall, refused?: CallError): void {
    this.counters.calls++
    if (refused !== undefined) {
      call.reject(refused)
      return
    }
    this.#pending.set(call.init.callId, call)
    const { parentCallId } = call.init
    if (parentCallId !== undefined) {
      const siblings = this.#children.get(parentCallId)
      if (siblings === undefined) this.#children.set(parentCallId, new Set([call]))
      else siblings.add(call)
    }
    call.begin()
  }

  find(callId: string): PendingCall | undefined {
    return this.#pending.get(callId)
  }

  /** The calls made below one that is aborted are aborted too. */
  abortChildren(callId: string, error: CallError): void {
    for (const child of [...(this.#children.get(callId) ?? [])]) child.abort(error)
  }

  // What a pending call asks for

  now(): number {
    return this.#options.now()
  }

  lookup(
    operationId: string,
    principal: PendingCall['init']['principal'],
  ): StoredEntry | undefined {
    const entry = this.#options.store.get(operationId)
    return entry === undefined ? undefined : seenBy(entry, principal)
  }

  refresh(registry: boolean): Promise<unknown> {
    return this.#options.refresh(registry)
  }

  give(call: PendingCall, attempt: Attempt): void {
    if (attempt.candidate.local) this.#giveLocal(call, attempt)
    else if (this.#options.leases.sure) this.#send(call, attempt)
    else call.notDelivered(REDIS_AWAY)
  }

  sendAbort(call: PendingCall, attempt: Attempt, error: CallError): void {
    this.counters.abortsSent++
    if (attempt.run !== undefined) {
      if (!attempt.run.ended) attempt.run.abort(error)
      return
    }
    this.#publish(attempt.candidate.instanceId, {
      k: 'abort',
      call: call.init.callId,
      n: attempt.n,
      from: attempt.from,
      code: error.code,
      reason: error.message,
    })
  }

  left(call: PendingCall, attempt: Attempt, load?: number): void {
    this.router.ended(attempt.candidate, load)
    if (attempt.run !== undefined) return
    this.#confirmations.add(attempt.candidate.instanceId, call.init.callId, attempt.n)
  }

  ended(call: PendingCall): void {
    this.counters.callsEnded++
    const { callId, parentCallId } = call.init
    if (this.#pending.get(callId) !== call) return
    this.#pending.delete(callId)
    if (parentCallId === undefined) return
    const siblings = this.#children.get(parentCallId)
    siblings?.delete(call)
    if (siblings?.size === 0) this.#children.delete(parentCallId)
  }

  record(record: CallRecord): Promise<void> {
    if (record.status !== 'completed') this.counters.callsFailed++
    return this.#options.record(record)
  }

  recordWith(record: CallRecord, call: PendingCall, attempt: Attempt): void {
    this.#stopping.set(record.callId, { call, n: attempt.n })
    const writing = call.receiptWait.within(RECEIPT_WAIT_MS).then((told) => {
      this.#stopping.delete(record.callId)
      if (told === 'honoured') this.counters.abortsHonoured++
      else if (told === 'ignored') this.counters.abortsIgnored++
      else if (told === 'too-late') this.counters.abortsTooLate++
      return this.record(told === undefined ? record : { ...record, receipt: told })
    })
    const done = writing.catch(() => undefined).finally(() => this.#recording.delete(done))
    this.#recording.add(done)
  }

  // What comes from elsewhere

  /** A frame of a provider about one attempt. */
  told(frame: Told): void {
    const call = this.#pending.get(frame.call)
    if (frame.k === 'receipt') {
      const stopping = this.#stopping.get(frame.call)
      if (stopping?.n === frame.n) stopping.call.receipt(frame.receipt)
      return
    }
    const attempt = call?.attempt
    const late = call === undefined || attempt?.n !== frame.n
    if (late || (isFarewell(frame) && !this.#isAt(attempt, frame.from))) {
      this.counters.lateAnswers++
      return
    }
    switch (frame.k) {
      case 'respond':
        call.respond(frame.output, frame.queueMs, frame.executeMs, frame.load)
        break
      case 'item':
        call.item(frame.seq, frame.output)
        break
      case 'complete':
        call.complete(frame.count)
        break
      case 'error':
        call.fail(frame.error)
        break
      case 'refuse':
        call.refuse(frame.error)
        break
      case 'lost':
        call.lost(frame.reason)
        break
      default:
        break
    }
  }

  checked(frame: CheckedFrame): void {
    this.#check.told(frame)
  }

  /** A spoke has attached again and has kept calls: those still waited for go on there. */
  resume(frame: ResumeFrame): void {
    for (const [callId, n] of frame.calls) {
      this.#pending.get(callId)?.resume(n, frame.spokeId, frame.from, frame.epoch)
    }
    this.#publish(frame.from, { k: 'resumed', from: this.instanceId, query: frame.query })
  }

  /** Asks every provider about what is waited for, and confirms what has ended. */
  check(all = false): void {
    this.#confirmations.flush()
    this.router.prune()
    this.#check.ask(all)
  }

  /** Gives up on providers whose lease is over. */
  reviewProviders(): void {
    this.#check.review()
  }

  /** The reader of a stream has taken an item: more may be sent. */
  read(call: PendingCall, seq: number): void {
    const { attempt } = call
    if (attempt === undefined) return
    const upTo = seq + this.limits.initialCredits
    if (upTo - attempt.upTo < this.limits.initialCredits / 2) return
    attempt.upTo = upTo
    if (attempt.run !== undefined) attempt.run.credit(upTo)
    else {
      const { callId } = call.init
      this.#publish(attempt.candidate.instanceId, {
        k: 'credit',
        call: callId,
        n: attempt.n,
        from: attempt.from,
        upTo,
      })
    }
  }

  #giveLocal(call: PendingCall, attempt: Attempt): void {
    this.counters.callsLocal++
    const { init } = call
    const entry = this.#options.store.get(init.operationId)
    const { target } = attempt.candidate
    const spec =
      target.kind === 'spoke'
        ? this.#options.store.offered(target.spokeId, target.name)?.spec
        : entry?.spec
    if (spec === undefined) return call.notDelivered()
    this.#options.provider.runLocal(localRequest(call, attempt, spec), {
      depth: init.depth,
      outlet: call,
      onRun: (run) => {
        attempt.run = run
      },
      ...(attempt.resumed === true ? { resumed: attempt.received, upTo: attempt.upTo } : {}),
    })
  }

  #send(call: PendingCall, attempt: Attempt): void {
    const frame = requestFrame(call, attempt)
    const topic = instanceTopic(attempt.candidate.instanceId)
    const text = writeJson(frame)
    if (text === undefined) return call.fail(toFrameError(requestNotWritable()))
    const limit = this.limits.maxPayloadBytes
    if (text.length * 3 > limit && Buffer.byteLength(text) > limit) {
      const bytes = jsonBytes(call.init.input)
      if (bytes > limit) {
        return call.fail(toFrameError(payloadTooLarge('input', bytes, limit)))
      }
    }
    this.#options.transport.publish(topic, frame, text).then(
      (receivers) => {
        if (receivers === 0 && call.attempt === attempt) call.notDelivered()
      },
      (error: unknown) => {
        // On its way when the connection broke: the question after the reconnect clears it up.
        if (call.attempt !== attempt || !this.#options.transport.neverSent(error)) return
        call.notDelivered(REDIS_AWAY)
      },
    )
  }

  #isAt(attempt: Attempt | undefined, instanceId: string): boolean {
    return (
      attempt !== undefined && this.#options.leases.isSame(attempt.candidate.instanceId, instanceId)
    )
  }

  #publish(instanceId: string, frame: Frame): void {
    this.#options.transport.publish(instanceTopic(instanceId), frame).catch(() => undefined)
  }
}

/** Frames by which a provider gives a call up: only the one that has it now can. */
function isFarewell(frame: Told): boolean {
  return frame.k === 'lost' || frame.k === 'refuse'
}
