import type { CallHeader, CallRecord } from '@alkdev/contracts'
import { CallError } from '@alkdev/operations'
import type { Identity, OperationSpec } from '@alkdev/operations'
import type { RunningCall } from '../call.ts'
import type { Counters } from '../counters.ts'
import { visibleTo } from '../directory/pool-view.ts'
import type { RegistryStore } from '../directory/registry-store.ts'
import type { Leases } from '../leases/leases.ts'
import type { BusLimits } from '../options.ts'
import type { CallTarget } from '../provided-call.ts'
import type { Provider } from '../provider/provider.ts'
import type { Transport } from '../transport/transport.ts'
import type { AttemptId, CheckedFrame, ProviderFrame } from '../wire/frames.ts'
import type { Attempt } from './attempt.ts'
import { AttemptCheck } from './attempt-check.ts'
import { CallRecords } from './call-records.ts'
import type { CallRequest } from './call-request.ts'
import type { CallTools } from './call-tools.ts'
import type { Consumer } from './consumer.ts'
import { mayContinue } from './may-continue.ts'
import { Dispatcher } from './dispatcher.ts'
import { PendingCall } from './pending-call.ts'
import type { Router } from './router.ts'

export interface CallerOptions {
  readonly transport: Transport
  readonly leases: Leases
  readonly limits: BusLimits
  readonly counters: Counters
  readonly router: Router
  readonly store: RegistryStore
  readonly provider: Provider
  /** The description of an operation to be run in this process. */
  specOf(operationId: string, target: CallTarget): OperationSpec | undefined
  refresh(registry: boolean): Promise<unknown>
  now(): number
  record(record: CallRecord): Promise<void>
}

/** The caller's side: the calls that this process owns. */
export class Caller {
  readonly #options: CallerOptions
  readonly #pending = new Map<string, PendingCall>()
  readonly #children = new Map<string, Set<string>>()
  readonly #dispatcher: Dispatcher
  readonly #records: CallRecords
  readonly #tools: CallTools
  readonly #check: AttemptCheck
  #timer: NodeJS.Timeout | undefined

  constructor(options: CallerOptions) {
    this.#options = options
    const { transport, leases, limits, counters, router, store, provider } = options
    this.#dispatcher = new Dispatcher({
      transport,
      leases,
      limits,
      counters,
      provider,
      specOf: (operationId, target) => options.specOf(operationId, target),
    })
    this.#records = new CallRecords((record) => options.record(record), counters)
    this.#tools = {
      limits,
      counters,
      router,
      dispatcher: this.#dispatcher,
      records: this.#records,
      lookup(operationId, principal) {
        const entry = store.get(operationId)
        return entry === undefined ? undefined : visibleTo(entry, principal)
      },
      specOf: (operationId, target) =>
        target === undefined ? store.get(operationId)?.spec : options.specOf(operationId, target),
      refresh: (registry) => options.refresh(registry),
      now: () => options.now(),
      onEnded: (header) => this.#onEnded(header),
    }
    this.#check = new AttemptCheck({
      pending: this.#pending,
      leases,
      limits,
      counters,
      send: (instanceId, frame) => this.#dispatcher.send(instanceId, frame),
    })
  }

  /** The calls that this process owns. */
  get size(): number {
    return this.#pending.size
  }

  /** Starts the periodic check of attempts at their providers. */
  startChecks(): void {
    this.#timer = setInterval(() => this.check(), this.#options.limits.checkMs)
    this.#timer.unref()
  }

  /** Fails all pending calls, and waits for their records to be written. Calls that may be left to their providers go on. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const call of [...this.#pending.values()]) {
      if (!call.leave())
        call.abort(new CallError('ABORTED', 'The process that made the call is stopping.'))
    }
    this.#dispatcher.flushConfirmations()
    await this.#records.stop()
  }

  /** Starts a call; the consumer receives its results. */
  start(request: CallRequest, consumer: Consumer): PendingCall {
    const { counters } = this.#options
    counters.calls++
    const call = new PendingCall(this.#tools, request, consumer)
    const { header, refused } = request
    if (refused !== undefined) {
      call.end({ error: refused })
      return call
    }
    const { callId, parentCallId } = header
    this.#pending.set(callId, call)
    if (parentCallId !== undefined) {
      const siblings = this.#children.get(parentCallId)
      if (siblings === undefined) this.#children.set(parentCallId, new Set([callId]))
      else siblings.add(callId)
    }
    call.begin()
    return call
  }

  find(callId: string): PendingCall | undefined {
    return this.#pending.get(callId)
  }

  /** The running calls directly below one. */
  childrenOf(callId: string): readonly RunningCall[] {
    const ids = [...(this.#children.get(callId) ?? [])]
    return ids.flatMap((id) => this.find(id)?.running ?? [])
  }

  /** The calls made below an aborted call are aborted too. */
  abortChildren(callId: string, error: CallError): void {
    for (const child of [...(this.#children.get(callId) ?? [])]) this.find(child)?.abort(error)
  }

  /** A frame of a provider about one attempt. */
  onProviderFrame(frame: ProviderFrame): void {
    const { callId, attempt } = frame
    if (frame.type === 'receipt') {
      this.#records.onReceipt(callId, attempt, frame.receipt)
      return
    }
    const call = this.#pending.get(callId)
    const current = call?.attempt
    const late = call === undefined || current?.number !== attempt
    if (late || (givesUp(frame) && !this.#isAt(current, frame.from))) {
      this.#options.counters.lateAnswers++
      return
    }
    switch (frame.type) {
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

  onChecked(frame: CheckedFrame): void {
    this.#check.onChecked(frame)
  }

  /** A spoke is attached at `instanceId` now and has kept these attempts: the pending ones continue there. */
  resume(attempts: readonly AttemptId[], spokeId: string, instanceId: string, epoch: number): void {
    for (const [callId, attempt] of attempts) {
      this.#pending.get(callId)?.resume(attempt, spokeId, instanceId, epoch)
    }
  }

  /** Asks every provider about its pending attempts (`all`: also those sent just now), and confirms those that have ended. */
  check(all = false): void {
    this.#dispatcher.flushConfirmations()
    this.#options.router.prune()
    this.#check.ask(all)
  }

  /** Treats attempts as lost whose provider's lease has ended. */
  reviewProviders(): void {
    this.#check.review()
  }

  /** True unless the call is on a spoke whose operation the identity may not call. */
  mayContinue(callId: string, identity: Identity): boolean {
    const call = this.find(callId)
    return call === undefined || mayContinue(this.#options.store, call, identity)
  }

  /** The spoke serves others than before: its calls end whose callers it no longer serves. */
  reviewAccess(spokeId: string): void {
    const { store } = this.#options
    for (const call of [...this.#pending.values()]) {
      const target = call.attempt?.candidate.target
      if (target?.kind !== 'spoke' || target.spokeId !== spokeId) continue
      if (!mayContinue(store, call, call.header.principal))
        call.abort(new CallError('ACCESS_DENIED', 'The spoke no longer serves the caller.'))
    }
  }

  #onEnded({ callId, parentCallId }: CallHeader): void {
    this.#options.counters.callsEnded++
    this.#pending.delete(callId)
    if (parentCallId === undefined) return
    const siblings = this.#children.get(parentCallId)
    siblings?.delete(callId)
    if (siblings?.size === 0) this.#children.delete(parentCallId)
  }

  #isAt(attempt: Attempt | undefined, instanceId: string): boolean {
    return (
      attempt !== undefined && this.#options.leases.isSame(attempt.candidate.instanceId, instanceId)
    )
  }
}

/** Frames by which a provider gives up an attempt: accepted only from the provider that has it now. */
function givesUp({ type }: ProviderFrame): boolean {
  return type === 'lost' || type === 'refuse'
}
