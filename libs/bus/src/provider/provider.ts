import type { OperationRegistry, OperationSpec } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { providerLost, timedOut, toFrameError } from '../call-errors.ts'
import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'
import type { CallProvider, CallTarget, ProvidedCall } from '../types.ts'
import type {
  AbortFrame,
  CheckFrame,
  CreditFrame,
  Frame,
  LargeFrame,
  RequestFrame,
} from '../wire/frames.ts'
import { ActiveRuns } from './active-runs.ts'
import { Memory } from './memory.ts'
import type { Remembered } from './memory.ts'
import type { Outlet } from './outlet.ts'
import { RemoteOutlet } from './remote-outlet.ts'
import { Run } from './run.ts'
import { runService } from './run-service.ts'

const SWEEP_MS = 100

/** A call before it has a signal of its own. */
export type ProvidedRequest = Omit<ProvidedCall, 'signal'>

export interface ProviderOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  /** The description of what is to be run; undefined when this process does not know it. */
  specOf(operationId: string, target: CallTarget): OperationSpec | undefined
  /** A run is aborted: so are the calls that were made below it. */
  onAborted(callId: string, error: CallError): void
  /** A caller's lease is over: nobody else writes the row of this call. */
  onOrphaned(run: Run): void
}

/** The provider's side: starts each attempt at most once, and ends it. */
export class Provider {
  readonly active = new ActiveRuns()
  readonly #options: ProviderOptions
  readonly #memory: Memory
  #service: OperationRegistry | undefined
  #local: OperationRegistry | undefined
  #spokes: CallProvider | undefined
  #sweeper: NodeJS.Timeout | undefined

  constructor(options: ProviderOptions) {
    this.#options = options
    this.#memory = new Memory(options.limits, options.counters)
  }

  set service(registry: OperationRegistry) {
    this.#service = registry
  }

  set local(registry: OperationRegistry) {
    this.#local = registry
  }

  set spokes(provider: CallProvider) {
    this.#spokes = provider
  }

  get servesOwnService(): boolean {
    return this.#service !== undefined
  }

  get servesSpokes(): boolean {
    return this.#spokes !== undefined
  }

  get remembered(): number {
    return this.#memory.size
  }

  start(): void {
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS)
    this.#sweeper.unref()
  }

  /** Ends what still runs: its callers are told that the provider was lost. */
  stop(reason: string): void {
    clearInterval(this.#sweeper)
    for (const run of [...this.active]) run.lost(reason)
  }

  /** A call of this very process, past the registry of names: no wire, no copy. */
  runLocal(
    request: ProvidedRequest,
    depth: number,
    outlet: Outlet,
    onRun: (run: Run) => void,
  ): void {
    const run = this.#run(request, depth, outlet)
    onRun(run)
    this.#dispatch(run)
  }

  /** `viaFormer`: the frame was sent to an id that this process no longer has. */
  request(frame: RequestFrame, viaFormer: boolean): void {
    const { counters, leases, limits } = this.#options
    const known = this.#memory.get(frame.call, frame.n)
    if (known !== undefined) {
      counters.duplicateRequests++
      this.#answerAgain(known)
      return
    }
    if (this.#memory.full) {
      // Nothing can be remembered of it, so it is not started; the caller's question finds it unknown.
      counters.providedRefused++
      return
    }
    const entry: Remembered = { call: frame.call, n: frame.n, from: frame.from, ended: false }
    this.#memory.add(entry)
    const refuse = (code: string, message: string): void => this.#refuse(entry, code, message)
    if (viaFormer || !leases.sure)
      return refuse('PROVIDER_UNAVAILABLE', 'This instance has changed its id.')
    if (leases.draining && frame.target.kind === 'service') {
      return refuse('PROVIDER_UNAVAILABLE', 'This instance is draining.')
    }
    if (this.active.size >= limits.maxProvided) {
      return refuse('OVERLOADED', 'This instance runs as many calls as it may.')
    }
    const spec = this.#options.specOf(frame.op, frame.target)
    if (spec === undefined)
      return refuse('PROVIDER_UNAVAILABLE', 'This instance does not know the operation.')
    counters.provided++
    const outlet = this.#outlet(entry)
    const run = this.#run(providedCall(frame, spec), frame.depth, outlet, entry)
    entry.run = run
    this.#dispatch(run)
  }

  /** A request whose text could not be fetched: certainly not started. */
  missing(stub: LargeFrame): void {
    if (this.#memory.get(stub.call, stub.n) !== undefined || this.#memory.full) return
    const entry: Remembered = { call: stub.call, n: stub.n, from: stub.from, ended: false }
    this.#memory.add(entry)
    this.#refuse(entry, 'PROVIDER_UNAVAILABLE', 'The input did not arrive.')
  }

  abort(frame: AbortFrame): void {
    const entry = this.#memory.get(frame.call, frame.n)
    const error = new CallError(frame.code, frame.reason)
    if (entry?.run !== undefined) entry.run.abort(error)
    else {
      // It may still arrive, so it is remembered as one that is not to be started.
      if (entry === undefined && !this.#memory.full) {
        this.#memory.add({ call: frame.call, n: frame.n, from: frame.from, ended: true })
      }
      this.#publish(frame.from, {
        ...this.#head(frame),
        k: 'receipt',
        receipt: entry === undefined ? 'honoured' : 'too-late',
      })
    }
  }

  credit(frame: CreditFrame): void {
    this.#memory.get(frame.call, frame.n)?.run?.credit(frame.upTo)
  }

  /** Answers again what was answered, and says what was never heard of: that will be refused for good. */
  check(frame: CheckFrame): void {
    this.#memory.confirm(frame.done)
    if (frame.waiting.length === 0) return
    const unknown: (readonly [string, number])[] = []
    const forgotten: (readonly [string, number])[] = []
    const streams: (readonly [string, number, number])[] = []
    for (const [call, n, received, upTo] of frame.waiting) {
      const entry = this.#memory.get(call, n)
      if (entry === undefined) {
        // What can't be remembered as refused is not called unknown either: the question comes again.
        if (this.#memory.full) continue
        unknown.push([call, n])
        this.#memory.add({ call, n, from: frame.from, ended: true })
      } else if (!entry.ended) {
        if (upTo !== undefined) entry.run?.credit(upTo)
        const sent = entry.run?.sent ?? 0
        if (received !== undefined && sent > received) streams.push([call, n, sent])
      } else if (entry.answer !== undefined) this.#answerAgain(entry)
      else if (entry.run === undefined) unknown.push([call, n])
      else forgotten.push([call, n])
    }
    if (unknown.length + forgotten.length + streams.length === 0) return
    const instanceId = this.#options.leases.instanceId
    this.#publish(frame.from, { k: 'checked', from: instanceId, unknown, forgotten, streams })
  }

  /** Ends the calls that were given to a spoke: started ones are lost, the others refused. */
  spokeLost(spokeId: string, epoch: number, reason: string): void {
    for (const run of this.active.ofSpoke(spokeId)) {
      const { target } = run.call
      if (target.kind === 'spoke' && target.epoch <= epoch) run.lost(reason)
    }
  }

  /** Forgets callers whose lease is over and aborts what runs for them. */
  reviewCallers(): void {
    for (const caller of this.#memory.callers) {
      if (!this.#options.leases.isLost(caller)) continue
      for (const entry of this.#memory.takeCaller(caller)) {
        const { run } = entry
        if (run === undefined) continue
        const orphaned = run.receipt === undefined
        if (!run.ended) run.abort(providerLost('the instance of the caller is gone'))
        if (orphaned) this.#options.onOrphaned(run)
      }
    }
  }

  #run(request: ProvidedRequest, depth: number, outlet: Outlet, entry?: Remembered): Run {
    const controller = new AbortController()
    const run = new Run({
      call: { ...request, signal: controller.signal },
      controller,
      outlet,
      depth,
      credits: this.#options.limits.initialCredits,
      onEnd: (ended) => {
        this.active.delete(ended)
        if (entry !== undefined) this.#memory.end(entry)
      },
      onAbort: (error) => this.#options.onAborted(request.callId, error),
    })
    this.active.add(run)
    return run
  }

  #dispatch(run: Run): void {
    const { call } = run
    if (call.target.kind === 'spoke') {
      if (this.#spokes === undefined)
        run.refuse('PROVIDER_UNAVAILABLE', 'No spokes are attached here.')
      else this.#spokes(call, run)
      return
    }
    const registry =
      this.#local?.getSpec(call.operationId) === undefined ? this.#service : this.#local
    if (registry === undefined)
      run.refuse('PROVIDER_UNAVAILABLE', 'This instance does not answer that.')
    else runService(registry, call, run)
  }

  #outlet(entry: Remembered): RemoteOutlet {
    const { transport, leases, limits } = this.#options
    return new RemoteOutlet({
      transport,
      memory: this.#memory,
      entry,
      instanceId: () => leases.instanceId,
      load: () => {
        const target = entry.run?.call.target
        return target?.kind === 'spoke' ? this.active.atSpoke(target.spokeId) : undefined
      },
      maxPayloadBytes: limits.maxPayloadBytes,
    })
  }

  #refuse(entry: Remembered, code: string, message: string): void {
    this.#options.counters.providedRefused++
    const error = toFrameError(new CallError(code, message, undefined, { retryAfterMs: 1000 }))
    this.#outlet(entry).refuse(error)
  }

  #answerAgain(entry: Remembered): void {
    if (entry.answer === undefined) return
    const { frame, text } = entry.answer
    this.#options.transport.publish(instanceTopic(entry.from), frame, text).catch(() => undefined)
  }

  /** Time is counted here too, in case the caller's word does not arrive. */
  #sweep(): void {
    for (const run of this.active) {
      if (run.leftMs < -SWEEP_MS) run.abort(timedOut(run.call.timeoutMs ?? 0))
    }
  }

  #head(frame: AbortFrame): { readonly call: string; readonly n: number; readonly from: string } {
    return { call: frame.call, n: frame.n, from: this.#options.leases.instanceId }
  }

  #publish(instanceId: string, frame: Frame): void {
    this.#options.transport.publish(instanceTopic(instanceId), frame).catch(() => undefined)
  }
}

function providedCall(frame: RequestFrame, spec: OperationSpec): ProvidedRequest {
  const { parent, timeoutMs, idleTimeoutMs, idempotencyKey, traceparent, metadata } = frame
  return {
    callId: frame.call,
    attempt: frame.n,
    operationId: frame.op,
    spec,
    target: frame.target,
    input: frame.input,
    principal: frame.principal,
    actor: frame.actor,
    ...(parent === undefined ? {} : { parentCallId: parent }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(metadata === undefined ? {} : { metadata }),
  }
}
