import type { OperationRegistry, OperationSpec } from '@alkdev/operations'
import { CallError } from '@alkdev/operations'
import { providerLost, timedOut, toFrameError } from '../call-errors.ts'
import type { Counters } from '../counters.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import { instanceTopic } from '../transport/transport.ts'
import type { Transport } from '../transport/transport.ts'
import type { CallProvider, CallTarget } from '../types.ts'
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
import { providedRequest } from './provided-request.ts'
import type { ProvidedRequest } from './provided-request.ts'
import { RemoteOutlet } from './remote-outlet.ts'
import { Run } from './run.ts'
import { runService } from './run-service.ts'

const SWEEP_MS = 100
const PRUNE_MS = 30_000

export interface LocalRunOptions {
  readonly depth: number
  readonly outlet: Outlet
  /** The call goes on here: items that its reader has. */
  readonly resumed?: number
  /** With `resumed`: the `seq` up to which its reader takes items. */
  readonly upTo?: number
  /** Told of the run before it starts. */
  onRun(run: Run): void
}

export interface ProviderOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  /** The description of what is to be run; undefined when this process does not know it. */
  specOf(operationId: string, target: CallTarget): OperationSpec | undefined
  /** A run is aborted: so are the calls that were made below it. */
  onAborted(callId: string, error: CallError): void
  /** A call that its spoke kept goes on here. */
  onResumed(run: Run): void
  /** A caller's lease is over: nobody else writes the row of this call. */
  onOrphaned(run: Run): void
}

interface RunStart {
  readonly entry?: Remembered
  readonly resumed?: number | undefined
  readonly upTo?: number | undefined
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
  #pruner: NodeJS.Timeout | undefined

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
    this.#pruner = setInterval(() => this.#memory.prune(), PRUNE_MS)
    this.#pruner.unref()
  }

  /** Ends what still runs: its callers are told that the provider was lost. */
  stop(reason: string): void {
    clearInterval(this.#sweeper)
    clearInterval(this.#pruner)
    for (const run of [...this.active]) run.lost(reason)
  }

  /** A call of this very process, past the registry of names: no wire, no copy. */
  runLocal(request: ProvidedRequest, options: LocalRunOptions): void {
    const { depth, outlet, resumed, upTo } = options
    const run = this.#run(request, depth, outlet, { resumed, upTo })
    options.onRun(run)
    if (resumed === undefined) this.#dispatch(run)
    else this.#options.onResumed(run)
  }

  /** `viaFormer`: the frame was sent to an id that this process no longer has. `bytes`: its size. */
  request(frame: RequestFrame, viaFormer: boolean, bytes: number): void {
    const { counters } = this.#options
    const { call, n, from, resumed, upTo } = frame
    const known = this.#memory.get(call, n)
    if (known !== undefined && !this.#goesOn(frame, known)) {
      counters.duplicateRequests++
      this.#answerAgain(known)
      return
    }
    if (this.#memory.full) {
      // Nothing can be remembered of it, so it is not started; the caller's question finds it unknown.
      counters.providedRefused++
      return
    }
    const entry: Remembered = { call, n, from, bytes, ended: false }
    this.#memory.add(entry)
    const refusal = this.#refusal(frame, viaFormer, bytes)
    if (refusal !== undefined) return this.#refuse(entry, ...refusal)
    const spec = this.#options.specOf(frame.op, frame.target)
    if (spec === undefined) {
      return this.#refuse(
        entry,
        'PROVIDER_UNAVAILABLE',
        'This instance does not know the operation.',
      )
    }
    counters.provided++
    const outlet = this.#outlet(entry)
    const more = { entry, resumed, upTo }
    const run = this.#run(providedRequest(frame, spec), frame.depth, outlet, more)
    entry.run = run
    if (resumed === undefined) this.#dispatch(run)
    else this.#options.onResumed(run)
  }

  /** Code and message when the attempt can't be taken. */
  #refusal(
    frame: RequestFrame,
    viaFormer: boolean,
    bytes: number,
  ): readonly [string, string] | undefined {
    const { leases, limits } = this.#options
    if (viaFormer || !leases.sure)
      return ['PROVIDER_UNAVAILABLE', 'This instance has changed its id.']
    if (leases.draining && frame.target.kind === 'service') {
      return ['PROVIDER_UNAVAILABLE', 'This instance is draining.']
    }
    const { size, bytes: held } = this.active
    if (
      size >= limits.maxProvided ||
      held + bytes > limits.maxProvidedBytes ||
      this.#memory.crowded
    ) {
      return ['OVERLOADED', 'This instance runs as many calls as it may.']
    }
    return undefined
  }

  /** An attempt whose spoke has attached here again with it: room is made, whether its loss was noticed or not. */
  #goesOn({ resumed, target }: RequestFrame, known: Remembered): boolean {
    if (resumed === undefined || target.kind !== 'spoke') return false
    const { run } = known
    const before = run?.call.target
    const older = before?.kind === 'spoke' && before.epoch < target.epoch
    if (known.answer?.frame.k !== 'lost' && (!older || run?.ended === true)) return false
    run?.discard()
    this.#memory.forget(known)
    return true
  }

  /** A request whose text could not be fetched: certainly not started. */
  missing(stub: LargeFrame): void {
    if (this.#memory.get(stub.call, stub.n) !== undefined || this.#memory.full) return
    const { call, n, from } = stub
    const entry: Remembered = { call, n, from, bytes: 0, ended: false }
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
        const { call, n, from } = frame
        this.#memory.add({ call, n, from, bytes: 0, ended: true, endedAt: performance.now() })
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
        this.#memory.add({
          call,
          n,
          from: frame.from,
          bytes: 0,
          ended: true,
          endedAt: performance.now(),
        })
      } else if (!entry.ended) {
        if (upTo !== undefined) entry.run?.credit(upTo)
        const sent = entry.run?.sent ?? 0
        if (received !== undefined && sent > received) streams.push([call, n, sent])
      } else if (entry.answer !== undefined) this.#answerAgain(entry)
      else if (entry.run === undefined && entry.forgotten !== true) unknown.push([call, n])
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
    for (const [caller, heardAt] of this.#memory.callers) {
      if (!this.#options.leases.isLost(caller, heardAt)) continue
      for (const entry of this.#memory.takeCaller(caller)) {
        const { run } = entry
        if (run === undefined) continue
        const orphaned = run.receipt === undefined
        if (!run.ended) run.abort(providerLost('the instance of the caller is gone'))
        if (orphaned) this.#options.onOrphaned(run)
      }
    }
  }

  #run(
    request: ProvidedRequest,
    depth: number,
    outlet: Outlet,
    { entry, resumed, upTo }: RunStart = {},
  ): Run {
    const controller = new AbortController()
    const run = new Run({
      call: { ...request, signal: controller.signal },
      controller,
      outlet,
      depth,
      credits: this.#options.limits.initialCredits,
      bytes: entry?.bytes ?? 0,
      ...(resumed === undefined ? {} : { resumed }),
      ...(upTo === undefined ? {} : { upTo }),
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
    try {
      this.#give(run)
    } catch (error) {
      // Providers should not throw; if one does, the call must end all the same.
      run.fail(error)
    }
  }

  #give(run: Run): void {
    const { call } = run
    if (call.target.kind === 'spoke') {
      if (this.#spokes === undefined) run.refuse('PROVIDER_UNAVAILABLE', 'No spokes attach here.')
      else this.#spokes(call, run)
      return
    }
    const isLocal = this.#local?.getSpec(call.operationId) !== undefined
    const registry = isLocal ? this.#local : this.#service
    if (registry === undefined) run.refuse('PROVIDER_UNAVAILABLE', 'That is not answered here.')
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
