import type { CallError, Identity, ResponseEnvelope } from '@alkdev/operations'
import { retryClassOf } from '@alkdev/operations'
import {
  abortError,
  fromFrameError,
  notFound,
  overloaded,
  providerLost,
  providerUnavailable,
  timedOut,
  toFrameError,
  wrongKind,
} from '../call-errors.ts'
import type { StoredEntry } from '../directory/registry-store.ts'
import type { Outlet } from '../provider/outlet.ts'
import type { Actor, CallRecord, RunningCall } from '../types.ts'
import type { AbortReceipt, FrameError } from '../wire/frames.ts'
import { movedAttempt } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { ReceiptWait } from './abort-receipt.ts'
import { deliver, notRecorded } from './call-ending.ts'
import type { Ending } from './call-ending.ts'
import { callRecord } from './call-record.ts'
import type { CallerCore } from './caller-core.ts'
import type { Consumer } from './consumer.ts'
import { withDeclaredStatus } from './declared-status.ts'
import type { Candidate } from './router.ts'
import { isCandidate } from './router.ts'

export interface PendingCallInit {
  readonly callId: string
  readonly operationId: string
  readonly input: unknown
  readonly principal: Identity
  readonly actor: Actor
  readonly depth: number
  readonly consumer: Consumer
  readonly parentCallId?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly idempotencyKey?: string | undefined
  readonly traceparent?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
}

const NONE: ReadonlySet<string> = new Set()

/** A call whose clock runs here: finds a provider, tries the next one, and ends exactly once. */
export class PendingCall implements Outlet {
  readonly init: PendingCallInit
  readonly #core: CallerCore
  readonly #startedAtMs: number
  readonly #startedAt = performance.now()
  #tried: Set<string> | undefined
  #entry: StoredEntry | undefined
  #attempt: Attempt | undefined
  #attempts = 0
  #refreshed = false
  /** An attempt was given to a provider that never said that it did not start it. */
  #mayHaveRun = false
  /** Attempts whose spoke or process was lost; refusals and undelivered messages do not count. */
  #losses = 0
  #refusal: FrameError | undefined
  #ended = false
  #routedAt = 0
  #timer: NodeJS.Timeout | undefined
  #waiting: NodeJS.Timeout | undefined
  #route = ''
  #received = 0
  #last: Candidate | undefined
  #receiptWait: ReceiptWait | undefined
  #onAbort: (() => void) | undefined

  constructor(core: CallerCore, init: PendingCallInit) {
    this.#core = core
    this.init = init
    this.#startedAtMs = core.now()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** What others may be told of it. */
  get running(): RunningCall {
    const { callId, operationId, principal } = this.init
    const startedAtMs = this.#startedAtMs
    return { callId, operationId, accountId: principal.id, startedAtMs, attempts: this.#attempts }
  }

  get attempt(): Attempt | undefined {
    return this.#attempt
  }

  /** What became of the abort of this call. */
  get receiptWait(): ReceiptWait {
    return (this.#receiptWait ??= new ReceiptWait())
  }

  /** Milliseconds left; undefined without a total time. */
  get leftMs(): number | undefined {
    const { timeoutMs } = this.init
    return timeoutMs === undefined ? undefined : this.#startedAt + timeoutMs - performance.now()
  }

  /** Starts the clock and finds the first provider. */
  begin(): void {
    const { signal, timeoutMs } = this.init
    if (signal?.aborted === true) return this.abort(signal.reason)
    if (signal !== undefined) {
      this.#onAbort = (): void => this.abort(signal.reason)
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
    if (timeoutMs !== undefined) {
      this.#timer = setTimeout(() => this.abort(timedOut(timeoutMs)), Math.max(0, timeoutMs))
    }
    this.#guard(() => this.#find())
  }

  /** Ends the call before it was given to anybody. */
  reject(error: CallError): void {
    this.#end({ error })
  }

  /** Ends the call for its caller now, and tells the provider to stop. */
  abort(reason: unknown): void {
    if (this.#ended) return
    const error = abortError(reason)
    if (this.#attempt !== undefined) this.#core.sendAbort(this, this.#attempt, error)
    this.#end({ error })
  }

  respond(output: ResponseEnvelope, queueMs: number, executeMs: number, load?: number): void {
    if (this.#ended) return
    const totalMs = performance.now() - this.#startedAt
    const timing = { routeMs: this.#routedAt - this.#startedAt, queueMs, executeMs, totalMs }
    this.#leave(load)
    this.#end({ output, timing })
  }

  item(seq: number, output: ResponseEnvelope): void {
    const { attempt } = this
    if (this.#ended || attempt === undefined || seq <= attempt.received) return
    if (seq !== attempt.received + 1) return this.gap(seq)
    attempt.received = seq
    if (seq > attempt.upTo + this.#core.limits.initialCredits) {
      this.#core.counters.streamOverflows++
      return this.abort(overloaded('The stream was sent faster than it was asked for.'))
    }
    this.init.consumer.item(seq, output)
  }

  complete(count: number): void {
    if (this.#ended) return
    if ((this.#attempt?.received ?? 0) !== count) return this.gap(count)
    this.#leave()
    this.#end({})
  }

  fail(error: FrameError): void {
    if (this.#ended) return
    this.#leave()
    this.#end({ error: withDeclaredStatus(fromFrameError(error), this.#entry?.spec) })
  }

  refuse(error: FrameError): void {
    if (this.#ended) return
    this.#core.counters.refusals++
    this.#refusal = error
    this.#elsewhere('')
  }

  /** The provider has gone after it was given the call. */
  lost(reason: string): void {
    if (this.#ended || this.#attempt === undefined) return
    const attempt = this.#attempt
    const { received } = attempt
    const { spokeId } = attempt.candidate
    if (this.#entry?.spec.resumable === true && spokeId !== undefined && attempt.parked !== true) {
      return this.#park(attempt, reason)
    }
    this.#mayHaveRun = true
    this.#losses++
    const retry = this.#entry === undefined ? 'never' : retryClassOf(this.#entry.spec)
    this.#core.sendAbort(this, attempt, providerLost(reason))
    this.#leave()
    if (retry === 'safe' && received === 0) return this.#find('retry after PROVIDER_LOST')
    const keyed = retry === 'keyed' && this.init.idempotencyKey !== undefined
    if (keyed && spokeId !== undefined && this.#losses === 1) {
      return this.#waitFor(spokeId, reason)
    }
    this.#end({ error: this.#lostError(reason, received) })
  }

  /** The provider never got it and never will: somebody else may. `refusal` is what the call ends with if nobody does. */
  notDelivered(refusal?: FrameError): void {
    if (this.#ended) return
    if (refusal !== undefined) this.#refusal = refusal
    this.#elsewhere('never arrived')
  }

  /** The attempt was not started where it was given: it is free to go elsewhere, unless an earlier provider had started it. */
  #elsewhere(why: string): void {
    const resumed = this.#attempt?.resumed === true
    const received = this.#attempt?.received ?? 0
    this.#leave()
    if (resumed)
      this.#end({ error: this.#lostError('its spoke could not go on with it', received) })
    else this.#find(why)
  }

  receipt(receipt: AbortReceipt): void {
    this.receiptWait.told(receipt)
  }

  /** Items are missing: what follows can't be trusted. */
  gap(seq: number): void {
    if (this.#ended) return
    this.#core.counters.streamGaps++
    const { attempt } = this
    const error = this.#lostError(
      `item ${seq} came after ${attempt?.received ?? 0}`,
      attempt?.received ?? 0,
    )
    if (attempt !== undefined) this.#core.sendAbort(this, attempt, error)
    this.#end({ error })
  }

  /** Its spoke is attached at `instanceId` now and still has the call. False when that is not this attempt. */
  resume(n: number, spokeId: string, instanceId: string, epoch: number): boolean {
    const attempt = this.#attempt
    if (this.#ended || attempt?.n !== n || attempt.candidate.spokeId !== spokeId) return false
    clearTimeout(this.#waiting)
    const { instanceId: own, router } = this.#core
    const moved = movedAttempt(attempt, { instanceId, epoch, own })
    this.#route = `${this.#route}, resumed`
    // The same instance is not told that the attempt has ended: it has just begun again there.
    if (instanceId === attempt.candidate.instanceId) router.ended(attempt.candidate)
    else this.#leave()
    this.#attempt = moved
    router.given(moved.candidate)
    this.#guard(() => this.#core.give(this, moved))
    return true
  }

  /** A resumable call waits for its spoke to come back with it. */
  #park(attempt: Attempt, reason: string): void {
    attempt.parked = true
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => {
      this.#leave()
      this.#end({ error: this.#lostError(reason, attempt.received) })
    }, this.#core.limits.suspendedMs)
  }

  /** The next provider, once the directory is known to be new where that matters. */
  #find(why = ''): void {
    this.#entry = this.#core.lookup(this.init.operationId, this.init.principal)
    if (this.#entry === undefined) return this.#refreshOr(() => notFound(this.init.operationId))
    if ((this.#entry.spec.type === 'subscription') !== this.init.consumer.stream) {
      return this.#end({ error: wrongKind(this.#entry) })
    }
    if (this.#attempts >= this.#core.limits.maxAttempts) return this.#end({ error: this.#nobody() })
    if (this.#mayHaveRun && retryClassOf(this.#entry.spec) !== 'safe') {
      return this.#end({ error: this.#nobody() })
    }
    const picked = this.#core.router.pick(this.#entry, this.init.principal, this.#tried ?? NONE)
    if (isCandidate(picked))
      return this.#give(picked, why === '' ? picked.why : `${picked.why}, ${why}`)
    const { message, retryAfterMs } = picked
    this.#refreshOr(() => this.#nobody(message, retryAfterMs))
  }

  /** One look at the leases and into Postgres, after the last attempt, before the call fails for want of a provider. */
  #refreshOr(failure: () => CallError): void {
    // Who is full was reached, and what a process answers itself is nowhere else.
    const hopeless = this.#refusal?.code === 'OVERLOADED' || this.#entry?.service === 'local'
    if (this.#refreshed || hopeless) return this.#end({ error: failure() })
    this.#refreshed = true
    const again = (): void => {
      if (!this.#ended) this.#guard(() => this.#find())
    }
    this.#core.refresh(this.#entry?.kind !== 'service').then(again, again)
  }

  #give(candidate: Candidate, why: string): void {
    this.#attempts++
    this.#refreshed = false
    this.#core.counters.attempts++
    if (this.#attempts > 1) this.#core.counters.attemptsReRouted++
    this.#route = why
    this.#routedAt = performance.now()
    const attempt: Attempt = {
      n: this.#attempts,
      candidate,
      from: this.#core.instanceId,
      sentAt: this.#routedAt,
      received: 0,
      upTo: this.#core.limits.initialCredits,
    }
    this.#attempt = attempt
    this.#core.router.given(candidate)
    this.#guard(() => this.#core.give(this, attempt))
  }

  /** A `keyed` call goes once more to the same spoke, if that is back in time. */
  #waitFor(spokeId: string, reason: string): void {
    const until = performance.now() + this.#core.limits.suspendedMs
    const look = (): void => {
      if (!this.#ended) this.#guard(lookNow)
    }
    const lookNow = (): void => {
      const picked =
        this.#entry && this.#core.router.pickSpoke(this.#entry, spokeId, this.#tried ?? NONE)
      if (picked !== undefined) return this.#give(picked, 'same spoke after PROVIDER_LOST')
      if (performance.now() >= until) return this.#end({ error: this.#lostError(reason, 0) })
      this.#entry = this.#core.lookup(this.init.operationId, this.init.principal) ?? this.#entry
      this.#waiting = setTimeout(look, 50)
    }
    look()
  }

  /** Runs a step of the call. Whatever it throws ends the call, so that no call stays behind without an end. */
  #guard(step: () => void): void {
    try {
      step()
    } catch (error) {
      this.fail(toFrameError(error))
    }
  }

  #leave(load?: number): void {
    const { attempt } = this
    if (attempt === undefined) return
    this.#attempt = undefined
    this.#received = attempt.received
    this.#last = attempt.candidate
    if (!this.#ended) (this.#tried ??= new Set()).add(attempt.candidate.key)
    this.#core.left(this, attempt, load)
  }

  #lostError(reason: string, received: number): CallError {
    return providerLost(reason, this.init.consumer.stream ? { received } : {})
  }

  #nobody(message = 'Nobody takes the call.', retryAfterMs = 1000): CallError {
    if (this.#mayHaveRun) return this.#lostError('no other provider was found', 0)
    const refusal = this.#refusal
    if (refusal === undefined) return providerUnavailable(message, retryAfterMs)
    return fromFrameError({ ...refusal, retryAfterMs: refusal.retryAfterMs ?? retryAfterMs })
  }

  #end(ending: Ending): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    clearTimeout(this.#waiting)
    if (this.#onAbort !== undefined) this.init.signal?.removeEventListener('abort', this.#onAbort)
    const stopped = this.#attempt
    if (stopped !== undefined) this.#leave()
    this.#core.ended(this)
    const record = this.#record(ending)
    const tell = (end: Ending): void => deliver(this.init, end, this.#attempts, this.#received)
    if (stopped !== undefined) {
      // The caller is told now; the row says what became of the abort.
      tell(ending)
      this.#core.recordWith(record, this, stopped)
    } else if (this.#entry?.spec.record === 'before-reply') {
      this.#core.record(record).then(
        () => tell(ending),
        (error: unknown) => tell(notRecorded(error)),
      )
    } else {
      tell(ending)
      this.#core.record(record).catch(() => undefined)
    }
  }

  #record({ error, output, timing }: Ending): CallRecord {
    return callRecord({
      init: this.init,
      startedAtMs: this.#startedAtMs,
      endedAtMs: this.#core.now(),
      attempts: this.#attempts,
      route: this.#route,
      local: this.#entry?.service === 'local',
      items: this.#received,
      candidate: this.#last,
      error,
      output,
      timing,
    })
  }
}
