import { CallError } from '@alkdev/operations'
import type { CallHeader, TraceSpan } from '@alkdev/contracts'
import { providerLost, timedOut, toFrameError } from '../call-errors.ts'
import { endRunSpan, startCallSpan } from '../call-spans.ts'
import { instanceTopic } from '../transport/transport.ts'
import type {
  AbortFrame,
  CheckFrame,
  CreditFrame,
  Frame,
  LargeFrame,
  Replies,
  RequestFrame,
  StreamPosition,
} from '../wire/frames.ts'
import { ActiveRuns } from './active-runs.ts'
import { goesOn, refusalOf } from './admission.ts'
import { AttemptLog } from './attempt-log.ts'
import type { AttemptRecord } from './attempt-log.ts'
import { checkAttempts } from './check-attempts.ts'
import { Handlers } from './handlers.ts'
import { keepingSink } from './keeping-sink.ts'
import type { ProviderOptions, RunRequest } from './provider-options.ts'
import { RemoteSink } from './remote-sink.ts'
import type { ResponseSink } from './response-sink.ts'
import { Run } from './run.ts'

const SWEEP_MS = 100
const PRUNE_MS = 30_000

/** The provider's side: starts each attempt at most once, and ends it. */
export class Provider {
  readonly active = new ActiveRuns()
  readonly handlers = new Handlers()
  readonly #options: ProviderOptions
  readonly #log: AttemptLog
  #sweeper: NodeJS.Timeout | undefined
  #pruner: NodeJS.Timeout | undefined

  constructor(options: ProviderOptions) {
    this.#options = options
    this.#log = new AttemptLog(options.limits, options.counters)
  }

  /** Attempts in the log. */
  get remembered(): number {
    return this.#log.size
  }

  start(): void {
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweeper.unref()
    this.#pruner = setInterval(() => this.#log.prune(), PRUNE_MS)
    this.#pruner.unref()
  }

  /** Ends all running calls: their callers see the provider as lost. */
  stop(reason: string): void {
    clearInterval(this.#sweeper)
    clearInterval(this.#pruner)
    for (const run of [...this.active]) run.lost(reason)
  }

  /** Runs a call of this process: no frame, no copy. `onRun` is called before it starts. */
  runLocal(request: RunRequest, sink: ResponseSink, onRun: (run: Run) => void): void {
    const run = this.#createRun(request, this.#keeping(request, sink))
    onRun(run)
    this.#begin(run, request.resume)
  }

  /** `viaFormer`: the frame was sent to a former id of this process. `bytes`: its size. */
  onRequest(frame: RequestFrame, viaFormer: boolean, bytes: number): void {
    const { counters } = this.#options
    const { header, attempt, from, target, remainingMs, idleTimeoutMs, resume, orphan } = frame
    const { callId } = header
    const known = this.#log.get(callId, attempt)
    if (known !== undefined) {
      if (!goesOn(frame, known)) {
        counters.duplicateRequests++
        this.#answerAgain(known)
        return
      }
      known.run?.discard()
      this.#log.forget(known)
    }
    if (this.#log.full) {
      // It can't be recorded, so it is not started; the caller's next check reports it as unknown.
      counters.providedRefused++
      return
    }
    const keeps = orphan === 'finish'
    const record: AttemptRecord = { callId, attempt, from, bytes, ended: false, keeps }
    this.#log.add(record)
    const { leases, limits } = this.#options
    const refusal = refusalOf({ leases, limits, active: this.active, log: this.#log }, frame, {
      viaFormer,
      bytes,
    })
    if (refusal !== undefined) return this.#refuse(record, ...refusal)
    const spec = this.#options.specOf(header.operationId, target)
    if (spec === undefined) {
      const message = 'This instance does not know the operation.'
      return this.#refuse(record, 'PROVIDER_UNAVAILABLE', message)
    }
    counters.provided++
    const request = { header, attempt, spec, target, remainingMs, idleTimeoutMs, resume, orphan }
    const run = this.#createRun(request, this.#sink(record), record)
    record.run = run
    this.#begin(run, resume)
  }

  /** The text of a request could not be fetched: it was not started. */
  onRequestMissing({ callId, attempt, from }: LargeFrame): void {
    if (this.#log.get(callId, attempt) !== undefined || this.#log.full) return
    const record: AttemptRecord = { callId, attempt, from, bytes: 0, ended: false }
    this.#log.add(record)
    this.#refuse(record, 'PROVIDER_UNAVAILABLE', 'The input did not arrive.')
  }

  onAbort(frame: AbortFrame): void {
    const { callId, attempt, from } = frame
    const record = this.#log.get(callId, attempt)
    if (record?.run !== undefined) {
      record.run.abort(new CallError(frame.code, frame.reason))
      return
    }
    // It may still arrive, so it is recorded as one that must not start.
    if (record === undefined && !this.#log.full) this.#log.addEnded(frame)
    const receipt = record === undefined ? 'honoured' : 'too-late'
    const { instanceId } = this.#options.leases
    this.#publish(from, { type: 'receipt', callId, attempt, from: instanceId, receipt })
  }

  onCredit({ callId, attempt, upTo }: CreditFrame): void {
    this.#log.get(callId, attempt)?.run?.window.grant(upTo)
  }

  /** Sends answers again, and reports which attempts are unknown: those will be refused if they arrive. */
  onCheck(frame: CheckFrame): void {
    this.#log.confirm(frame.done)
    const result = checkAttempts(this.#log, frame, (record) => this.#answerAgain(record))
    if (result === undefined) return
    const from = this.#options.leases.instanceId
    this.#publish(frame.from, { type: 'checked', from, ...result })
  }

  /** Ends the calls that were dispatched to a spoke: started ones are lost, the others refused. */
  spokeLost(spokeId: string, epoch: number, reason: string): void {
    for (const run of this.active.ofSpoke(spokeId)) {
      const { target } = run.call
      if (target.kind === 'spoke' && target.epoch <= epoch) run.lost(reason)
    }
  }

  /** The end of a call whose answer is kept here; waits up to `waitMs` for one that runs. */
  async collect(callId: string, waitMs: number): Promise<Replies['collect']> {
    const run = this.active.of(callId)
    if (run?.finishes === true) {
      await this.active.whenEnded(run, waitMs)
      if (!run.ended) return { running: true }
    }
    return { kept: this.#log.keptOf(callId, this.#options.limits.maxAttempts) }
  }

  /** Aborts a run whose caller is gone; false when there is none. */
  abortOrphan(callId: string, error: CallError): boolean {
    const run = this.active.of(callId)
    if (run?.orphaned !== true) return false
    run.cutOff(error)
    return true
  }

  /** Evicts callers whose lease has ended, and aborts their runs that are not to be finished. */
  reviewCallers(): void {
    const { counters } = this.#options
    for (const [caller, heardAt] of this.#log.callers) {
      if (!this.#options.leases.isLost(caller, heardAt)) continue
      for (const { run } of this.#log.takeCaller(caller)) {
        if (run === undefined) continue
        if (run.finishes && !run.ended) {
          counters.orphansFinished++
          run.orphan()
          continue
        }
        const orphaned = run.receipt === undefined
        if (!run.ended) run.abort(providerLost('the instance of the caller is gone'))
        if (orphaned) this.#options.onOrphaned(run)
      }
    }
  }

  #createRun(request: RunRequest, sink: ResponseSink, record?: AttemptRecord): Run {
    const controller = new AbortController()
    const { attempt, spec, target, remainingMs, idleTimeoutMs, resume, orphan } = request
    // Within a process the span of the call is enough.
    const span = record && this.#startSpan(request.header)
    const header =
      span === undefined ? request.header : { ...request.header, traceparent: span.traceparent }
    const { traceparent } = header
    const { tracer } = this.#options
    const scope = traceparent === undefined ? undefined : tracer?.scope(traceparent)
    const { signal } = controller
    const run = new Run({
      call: { header, attempt, spec, target, remainingMs, idleTimeoutMs, signal },
      controller,
      sink,
      scope,
      windowSize: this.#options.limits.initialCredits,
      bytes: record?.bytes ?? 0,
      resume,
      finishes: orphan === 'finish' && spec.type !== 'subscription',
      expectedInMs: () => this.#options.expectedInMs(target),
      onEnd: (ended) => {
        this.active.delete(ended)
        if (record !== undefined) this.#log.end(record)
        if (ended.orphaned) this.#options.onOrphaned(ended)
        scope?.end()
        if (span !== undefined) endRunSpan(span, ended)
      },
      onAbort: (error) => this.#options.onAborted(header.callId, error),
    })
    this.active.add(run)
    return run
  }

  #begin(run: Run, resume: StreamPosition | undefined): void {
    if (resume !== undefined) this.#options.onResumed(run)
    else if (run.scope === undefined) this.handlers.dispatch(run)
    else run.scope.run(() => this.handlers.dispatch(run))
  }

  #startSpan(header: CallHeader): TraceSpan | undefined {
    const { tracer } = this.#options
    return tracer && startCallSpan(tracer, 'server', header)
  }

  #sink(record: AttemptRecord): RemoteSink {
    const { transport, leases, limits } = this.#options
    return new RemoteSink({
      transport,
      log: this.#log,
      record,
      instanceId: () => leases.instanceId,
      load: () => {
        const target = record.run?.call.target
        return target?.kind === 'spoke' ? this.active.atSpoke(target.spokeId) : undefined
      },
      maxPayloadBytes: limits.maxPayloadBytes,
    })
  }

  /** Also keeps the answer of a run for a caller of this process, when it can be collected. */
  #keeping({ orphan, header, attempt }: RunRequest, sink: ResponseSink): ResponseSink {
    if (orphan === undefined) return sink
    const from = this.#options.leases.instanceId
    return keepingSink(sink, { callId: header.callId, attempt, from }, (frame, text) =>
      this.#log.keep({ ...frame, bytes: 0, ended: true, keeps: true, answer: { frame, text } }),
    )
  }

  #refuse(record: AttemptRecord, code: string, message: string): void {
    this.#options.counters.providedRefused++
    const error = toFrameError(new CallError(code, message, undefined, { retryAfterMs: 1000 }))
    this.#sink(record).refuse(error)
  }

  #answerAgain({ answer, from }: AttemptRecord): void {
    if (answer !== undefined) this.#publish(from, answer.frame, answer.text)
  }

  /** Also enforces the deadline here, in case the caller's abort is lost. */
  #sweep(): void {
    for (const run of this.active) {
      if (run.leftMs >= -SWEEP_MS) continue
      const error = timedOut(run.call.remainingMs ?? 0)
      if (run.finishes) run.cutOff(error)
      else run.abort(error)
    }
  }

  #publish(instanceId: string, frame: Frame, text?: string): void {
    this.#options.transport.publish(instanceTopic(instanceId), frame, text).catch(() => undefined)
  }
}
