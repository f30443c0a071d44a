import { toCallError, providerLost } from '../call-errors.ts'
import type { CallError } from '@alkdev/operations'
import type { FrameError } from '../wire/frames.ts'
import { movedAttempt, newAttempt } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import type { CallSearch, Found } from './call-search.ts'
import type { CallTools } from './call-tools.ts'
import type { DispatchedCall } from './dispatcher.ts'
import { REROUTE_NOTES } from './routing-policy.ts'
import type { AttemptOutcome } from './routing-policy.ts'

/** How often a keyed call checks whether its spoke is back. */
const LOOK_MS = 50

export interface CallAttemptsOptions {
  readonly call: DispatchedCall
  readonly search: CallSearch
  readonly tools: Pick<CallTools, 'counters' | 'dispatcher' | 'limits' | 'refresh' | 'router'>
  /** Called when the operation, and with it the kind of the call, may have become known. */
  onFound(): void
  /** No attempt is left that could succeed. */
  onFailed(error: CallError): void
}

/** The attempts of one call, one after another: dispatches them and takes the step that the routing policy returns after a failure. */
export class CallAttempts {
  readonly #options: CallAttemptsOptions
  #current: Attempt | undefined
  /** The last attempt that has ended. */
  #settled: Attempt | undefined
  #waiting: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: CallAttemptsOptions) {
    this.#options = options
  }

  get current(): Attempt | undefined {
    return this.#current
  }

  /** The attempt in flight, or the last one. */
  get latest(): Attempt | undefined {
    return this.#current ?? this.#settled
  }

  /** Stream items received. */
  get received(): number {
    return this.latest?.window.received ?? 0
  }

  /** Routes the first attempt. */
  begin(): void {
    this.#guard(() => this.#take(this.#options.search.next()))
  }

  /** The attempt in flight failed. `refusal`: the error of the call if no provider is left; `reason`: why it was lost. */
  onOutcome(
    outcome: Exclude<AttemptOutcome, 'late'>,
    more: { readonly refusal?: FrameError | undefined; readonly reason?: string } = {},
  ): void {
    const { search, tools, call } = this.#options
    const attempt = this.#current
    const step = search.onOutcome(outcome, attempt, more.refusal)
    if (step === 'await-resume' && attempt !== undefined) {
      attempt.parked = true
      this.#wait(tools.limits.suspendedMs, () => this.onOutcome(outcome, more))
      return
    }
    const error = this.lostError(more.reason ?? 'its spoke could not continue with it')
    if (outcome === 'lost' && attempt !== undefined) {
      tools.dispatcher.abort(call.header, attempt, error)
    }
    this.settle()
    const spokeId = attempt?.candidate.spokeId
    if (step === 'reroute') this.#take(search.next(REROUTE_NOTES[outcome]))
    else if (step === 'same-spoke' && spokeId !== undefined) this.#awaitSpoke(spokeId, error)
    else this.#options.onFailed(error)
  }

  /** The spoke of this attempt is attached at `instanceId` now and has kept the call: the attempt continues there. */
  resume(number: number, spokeId: string, instanceId: string, epoch: number): void {
    const attempt = this.#current
    if (attempt?.number !== number || attempt.candidate.spokeId !== spokeId) return
    clearTimeout(this.#waiting)
    const { search, tools } = this.#options
    const moved = movedAttempt(attempt, { instanceId, epoch, own: tools.dispatcher.instanceId })
    search.route = `${search.route}, resumed`
    // The same instance gets no end of the attempt: it has just started it again.
    if (instanceId === attempt.candidate.instanceId) tools.router.onSettled(attempt.candidate)
    else this.settle()
    this.#dispatch(moved)
  }

  /** Tells the provider of the attempt in flight to stop. */
  abort(error: CallError): void {
    const { tools, call } = this.#options
    if (this.#current !== undefined) tools.dispatcher.abort(call.header, this.#current, error)
  }

  /** The attempt in flight has ended for this side. `load`: calls that its spoke runs, if reported. */
  settle(load?: number): void {
    const attempt = this.#current
    if (attempt === undefined) return
    const { search, tools, call } = this.#options
    this.#current = undefined
    this.#settled = attempt
    search.onSettled(attempt)
    tools.router.onSettled(attempt.candidate, load)
    tools.dispatcher.confirm(call.header, attempt)
  }

  /** The call has ended: no further attempt is made. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#waiting)
  }

  lostError(reason: string): CallError {
    const { isStream } = this.#options.search
    return providerLost(reason, isStream === true ? { received: this.received } : {})
  }

  /** Acts on the result of the search. */
  #take(found: Found): void {
    const { search, tools } = this.#options
    this.#options.onFound()
    if (found.kind === 'none') this.#options.onFailed(found.error)
    else if (found.kind === 'provider') {
      search.onDispatched(found.route)
      const { attempts } = search
      tools.counters.attempts++
      if (attempts > 1) tools.counters.attemptsReRouted++
      const { instanceId } = tools.dispatcher
      const { initialCredits } = tools.limits
      this.#dispatch(newAttempt(attempts, found.candidate, instanceId, initialCredits))
    } else {
      const again = (): void => this.#guard(() => this.#take(search.next()))
      tools.refresh(found.registry).then(again, again)
    }
  }

  #dispatch(attempt: Attempt): void {
    const { tools, call } = this.#options
    this.#current = attempt
    tools.router.onDispatched(attempt.candidate)
    this.#guard(() => tools.dispatcher.dispatch(call, attempt))
  }

  /** A keyed call is dispatched once more to the same spoke, if that returns in time. */
  #awaitSpoke(spokeId: string, lost: CallError): void {
    const found = this.#options.search.sameSpoke(spokeId, lost)
    if (found === undefined) this.#wait(LOOK_MS, () => this.#awaitSpoke(spokeId, lost))
    else this.#take(found)
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#waiting)
    this.#waiting = setTimeout(() => this.#guard(then), ms)
  }

  /** Runs a step of a call that has not ended. An exception ends the call, so that every call gets an end. */
  #guard(step: () => void): void {
    if (this.#stopped) return
    try {
      step()
    } catch (error) {
      this.settle()
      this.#options.onFailed(toCallError(error))
    }
  }
}
