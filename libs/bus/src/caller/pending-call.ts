import type { AbortReceipt, CallHeader, TraceSpan } from '@alkdev/contracts'
import type { CallError, ResponseEnvelope } from '@alkdev/operations'
import { withUnknownOutcome } from '@alkdev/operations'
import { overrunError } from '@alkdev/operations/stream'
import type { RunningCall } from '../call.ts'
import { endCallSpan } from '../call-spans.ts'
import {
  abortError,
  answerNotWritable,
  fromFrameError,
  providerLost,
  timedOut,
} from '../call-errors.ts'
import type { FrameError } from '../wire/frames.ts'
import { ReceiptWait } from './abort-receipt.ts'
import { isRemote } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { CallAttempts } from './call-attempts.ts'
import { CallClock } from './call-clock.ts'
import { finishCall } from './call-ending.ts'
import type { Ending } from './call-record.ts'
import type { CallRequest } from './call-request.ts'
import { CallSearch } from './call-search.ts'
import type { CallTools } from './call-tools.ts'
import type { Consumer } from './consumer.ts'
import { withDeclaredStatus } from './declared-status.ts'
import type { DispatchedCall } from './dispatcher.ts'

/** A call that this process owns. It receives the frames of its provider, passes results to its consumer, and ends exactly once. */
export class PendingCall implements DispatchedCall {
  readonly header: CallHeader
  readonly orphan: 'finish' | undefined
  readonly #tools: CallTools
  readonly #consumer: Consumer
  readonly #clock: CallClock
  readonly #search: CallSearch
  readonly #attempts: CallAttempts
  readonly #span: TraceSpan | undefined
  #kindKnown: boolean
  #ended = false
  #receiptWait: ReceiptWait | undefined

  constructor(tools: CallTools, request: CallRequest, consumer: Consumer) {
    this.#tools = tools
    this.header = request.header
    this.orphan = request.orphan
    this.#span = request.span
    this.#consumer = consumer
    this.#kindKnown = consumer.takes !== 'either'
    this.#clock = new CallClock(request, tools.now())
    this.#search = new CallSearch(request, consumer.takes, tools)
    this.#attempts = new CallAttempts({
      call: this,
      search: this.#search,
      tools,
      onFound: () => this.#noteKind(),
      onFailed: (error) => this.end({ error }),
    })
  }

  /** The attempt in flight. */
  get attempt(): Attempt | undefined {
    return this.#attempts.current
  }

  get isStream(): boolean {
    return this.#search.isStream === true
  }

  get remainingMs(): number | undefined {
    return this.#clock.remainingMs
  }

  get idleTimeoutMs(): number | undefined {
    return this.isStream ? this.#clock.idleMs : undefined
  }

  /** The part that other instances may see. */
  get running(): RunningCall {
    const { callId, operationId, principal } = this.header
    const { startedAtMs } = this.#clock
    const { attempts } = this.#search
    return { callId, operationId, accountId: principal.id, startedAtMs, attempts }
  }

  /** The receipt of this call's abort. */
  get receiptWait(): ReceiptWait {
    return (this.#receiptWait ??= new ReceiptWait())
  }

  /** Starts the timers and routes the first attempt. */
  begin(): void {
    this.#clock.start(this.isStream, () => this.#onTimeout())
    this.#clock.watchSignal((reason) => this.abort(reason))
    this.#attempts.begin()
  }

  /** Ends the call for its caller now, and sends an abort to the provider. */
  abort(reason: unknown): void {
    if (this.#ended) return
    const error = abortError(reason)
    this.#stop(this.#search.attempts === 0 ? error : withUnknownOutcome(error))
  }

  /**
   * Ends the call for its caller only: its provider, in another process, finishes it, keeps the answer and writes the record when this process
   * is gone. False when it can't be left.
   */
  leave(): boolean {
    if (this.#ended || this.orphan === undefined || this.isStream || !isRemote(this.attempt))
      return false
    this.#ended = true
    this.#clock.stop()
    this.#attempts.stop()
    this.#tools.onEnded(this.header)
    this.#span?.end('PROVIDER_LOST')
    this.#consumer.fail(providerLost('the process of the caller is stopping'))
    return true
  }

  respond(output: ResponseEnvelope, queueMs: number, executeMs: number, load?: number): void {
    if (this.#ended) return
    const envelope = withCallId(output, this.header.callId)
    if (envelope === undefined) return this.#fail(answerNotWritable('output'))
    const timing = this.#clock.timing(queueMs, executeMs, this.attempt?.sentAt)
    this.#attempts.settle(load)
    this.end({ output: envelope, timing })
  }

  item(seq: number, output: ResponseEnvelope): void {
    const arrival = this.#ended ? undefined : this.attempt?.window.accept(seq)
    if (arrival === 'next') this.#consumer.item(seq, output)
    else if (arrival === 'gap') this.gap(seq)
    else if (arrival === 'overrun') {
      this.#tools.counters.streamOverflows++
      this.#stop(overrunError(this.#attempts.received))
    }
  }

  complete(count: number): void {
    if (this.#ended) return
    if (this.#attempts.received !== count) return this.gap(count)
    this.#attempts.settle()
    this.end({})
  }

  fail(error: FrameError): void {
    if (!this.#ended) this.#fail(fromFrameError(error))
  }

  refuse(error: FrameError): void {
    if (this.#ended) return
    this.#tools.counters.refusals++
    this.#attempts.onOutcome(error.code === 'OVERLOADED' ? 'full' : 'refused', { refusal: error })
  }

  lost(reason: string): void {
    // A parked attempt is known to be lost; its provider may report the loss again.
    if (this.#ended || this.attempt === undefined || this.attempt.parked === true) return
    this.#attempts.onOutcome('lost', { reason })
  }

  receipt(receipt: AbortReceipt): void {
    this.receiptWait.onReceipt(receipt)
  }

  onUndelivered(refusal?: FrameError): void {
    if (!this.#ended) this.#attempts.onOutcome('undelivered', { refusal })
  }

  /** Items of the stream are missing, so the rest can't be trusted. `seq`: the number that came, or was expected. */
  gap(seq: number): void {
    if (this.#ended) return
    this.#tools.counters.streamGaps++
    const { received } = this.#attempts
    this.#stop(this.#attempts.lostError(`item ${seq} came after ${received}`))
  }

  /** The reader of the stream has consumed one more item. */
  onRead(): void {
    const { attempt } = this
    const credit = attempt?.window.read()
    if (attempt === undefined || credit === undefined) return
    this.#tools.dispatcher.credit(this.header, attempt, credit.upTo)
  }

  /** See `CallAttempts.resume`. */
  resume(number: number, spokeId: string, instanceId: string, epoch: number): void {
    if (!this.#ended) this.#attempts.resume(number, spokeId, instanceId, epoch)
  }

  /** Ends the call, once. */
  end(ending: Ending): void {
    if (this.#ended) return
    this.#ended = true
    this.#clock.stop()
    this.#attempts.stop()
    const aborted = this.attempt
    this.#attempts.settle()
    this.#tools.onEnded(this.header)
    const { attempts, route, entry } = this.#search
    const candidate = this.#attempts.latest?.candidate
    const { operationId } = this.header
    const called = entry?.spec ?? this.#tools.specOf(operationId)
    const offered = candidate && this.#tools.specOf(operationId, candidate.target)
    const call = {
      header: this.header,
      specs: distinct(called, offered),
      consumer: this.#consumer,
      ending,
      startedAtMs: this.#clock.startedAtMs,
      endedAtMs: this.#clock.nowMs,
      attempts,
      route,
      local: entry?.service === 'local',
      items: this.isStream ? this.#attempts.received : undefined,
      candidate,
      aborted: aborted && { attempt: aborted.number, receiptWait: this.receiptWait },
      recordFirst: entry?.spec.record === 'before-reply',
    }
    if (this.#span !== undefined) endCallSpan(this.#span, call)
    finishCall(call, this.#tools.records)
  }

  /** The consumer gets the kind of its call when the operation is first known. A stream has another time limit than an answer. */
  #noteKind(): void {
    if (this.#kindKnown || this.#search.isStream === undefined) return
    this.#kindKnown = true
    if (this.isStream) this.#clock.start(true, () => this.#onTimeout())
    this.#consumer.onKind?.(this.isStream ? 'stream' : 'answer')
  }

  #onTimeout(): void {
    const step = this.#search.onOutcome('late', this.attempt)
    if (step === 'end-late') this.abort(timedOut(this.#clock.limitMs ?? 0))
  }

  #stop(error: CallError): void {
    this.#attempts.abort(error)
    this.end({ error })
  }

  #fail(error: CallError): void {
    this.#attempts.settle()
    this.end({ error: withDeclaredStatus(error, this.#search.entry?.spec) })
  }
}

/** The envelope with the hub's id of the call. Undefined when reading it throws, as an object of a local handler may. */
function withCallId(output: ResponseEnvelope, callId: string): ResponseEnvelope | undefined {
  try {
    return { ...output, meta: { ...output.meta, callId } }
  } catch {
    return undefined
  }
}

function distinct<T>(first: T | undefined, second: T | undefined): readonly T[] {
  if (first === undefined) return second === undefined ? [] : [second]
  return second === undefined || second === first ? [first] : [first, second]
}
