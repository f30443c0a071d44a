import { batch, signal } from '@preact/signals-core'
import { StepNames } from '../template/step-names.ts'
import { isFinalNode } from '../schema/enums.ts'
import { Decisions, firstOpen } from './decisions.ts'
import { Slots } from './slots.ts'
import { isTaken } from './step-state.ts'
import { expandMap } from './expand-map.ts'
import { statusOfRun } from './map-run.ts'
import { StepResults } from './step-results.ts'
import { stepsBefore } from './steps-before.ts'
import type { Signal } from '@preact/signals-core'
import type { CallRequested } from '../schema/call-event.ts'
import type { NodeStatus } from '../schema/enums.ts'
import type { ReadSteps } from './read-steps.ts'
import type { Decision } from './decisions.ts'
import type { Attempt, StepState } from './step-state.ts'

/**
 * What a failure does to the steps that depend on it. `continue-running` (default): started steps continue, the others are
 * aborted. `abort-dependents`: started steps are aborted as well. Independent steps continue in either case.
 */
export const FailurePolicy = {
  CONTINUE_RUNNING: 'continue-running',
  ABORT_DEPENDENTS: 'abort-dependents',
} as const
export type FailurePolicy = (typeof FailurePolicy)[keyof typeof FailurePolicy]

/** A step went from one status to another. */
export interface Transition {
  readonly nodeKey: string
  readonly from: NodeStatus
  readonly to: NodeStatus
  /** The newest call made for it. */
  readonly requestId?: string
}

export interface MachineHooks {
  readonly policy: FailurePolicy
  readonly unwrap: (output: unknown) => unknown
  readonly statusSignals: Map<string, Signal<NodeStatus>>
  /** Steps of the run at most, those that Maps make included. */
  readonly maxSteps: number
  /** The items of a Map, recorded or made now. Throws when they cannot be made. */
  items(step: StepState): readonly unknown[]
  moved(transition: Transition): void
}

/**
 * The state of a run. A step's status follows from its calls, its predecessors, its branch and its slots; whenever one of
 * these changes, the status is computed again. Work is queued: no depth of a graph overflows the stack, and the cost of a
 * change is proportional to the number of steps that it affects.
 */
export class Machine {
  readonly steps = new Map<string, StepState>()
  readonly names = new StepNames()
  readonly results: StepResults
  readonly ready = new Set<string>()
  readonly #hooks: MachineHooks
  readonly #slots = new Slots()
  readonly #decisions: Decisions
  readonly #byOperation = new Map<string, StepState[]>()
  readonly #queue: StepState[] = []
  /** Number of steps that are not settled. */
  open = 0
  started = false

  constructor(hooks: MachineHooks) {
    this.#hooks = hooks
    this.results = new StepResults(this.steps, this.names, hooks.unwrap)
    this.#decisions = new Decisions(this.results)
  }

  /** Steps that Maps may still make. */
  get room(): number {
    return Math.max(0, this.#hooks.maxSteps - this.steps.size)
  }

  /** Adds steps, all of them idle; `settle` computes their statuses. */
  add(read: ReadSteps, owner: StepState | undefined): StepState[] {
    const added = read.steps.map(({ key, attributes }) => {
      const status = this.#hooks.statusSignals.get(key) ?? signal<NodeStatus>('idle')
      status.value = 'idle'
      this.#hooks.statusSignals.set(key, status)
      const scope = attributes.scope ?? ''
      const step: StepState = {
        key,
        attributes,
        scope,
        predecessors: [],
        successors: [],
        pending: 0,
        blockers: 0,
        status: 'idle',
        settled: false,
        watchers: new Set(),
        undecided: false,
        signal: status,
        guards: attributes.guards ?? [],
        places: this.#slots.placesOf(attributes.slots, owner?.places),
        owner,
        attempts: [],
        current: undefined,
        abortedByHand: false,
        failure: undefined,
        run: undefined,
        queued: false,
        flags: undefined,
      }
      this.steps.set(key, step)
      const operation = attributes.operationId ?? key
      const callers = this.#byOperation.get(operation)
      if (callers === undefined) this.#byOperation.set(operation, [step])
      else callers.push(step)
      this.names.add(key, scope, attributes.operationId)
      return step
    })
    for (const { source, target, boundary, handled, followed, guard } of read.edges) {
      const [from, to] = [this.steps.get(source), this.steps.get(target)]
      if (from === undefined || to === undefined) continue
      from.successors.push({ step: to, boundary, handled, followed })
      to.predecessors.push({ step: from, boundary, handled, followed })
      if (!from.settled) to.pending += 1
      if (!boundary && blocks(from.status)) to.blockers += 1
      if (guard !== undefined) to.guards = [...to.guards, guard]
    }
    this.open += added.length
    for (const step of added) this.look(step)
    return added
  }

  /**
   * The step that a request is for: the one it names; else, of the steps that call the operation, the first that is ready,
   * that was never started, or whose key is the operation.
   */
  stepFor(event: CallRequested): StepState | undefined {
    if (event.nodeKey !== undefined) return this.steps.get(event.nodeKey)
    const callers = this.#byOperation.get(event.operationId) ?? []
    return (
      callers.find((step) => step.status === 'ready') ??
      callers.find((step) => step.current === undefined && !isFinalNode(step.status)) ??
      this.steps.get(event.operationId) ??
      callers[0]
    )
  }

  /** Marks a step as aborted by the caller, with the steps that a Map made for it. False when it has ended or is unknown. */
  abort(key: string, reason: string | undefined): boolean {
    const step = this.steps.get(key)
    if (step === undefined || step.abortedByHand || isFinalNode(step.status)) return false
    step.abortedByHand = true
    if (reason !== undefined) step.failure = { code: 'ABORTED', message: reason }
    this.look(step)
    for (const item of step.run?.items ?? []) {
      for (const each of item.steps) this.abort(each.key, reason)
    }
    return true
  }

  /** Makes a step that failed ready again: no failure so far counts any more. False when it has not failed by a call, or was aborted by the caller. */
  retry(key: string): boolean {
    const step = this.steps.get(key)
    const { current } = step ?? {}
    if (step === undefined || current?.end !== 'failed' || step.status !== 'failed') return false
    for (const each of step.attempts) if (each.end === 'failed') each.retry = 'always'
    this.look(step)
    return true
  }

  /** Queues the step: `settle` computes its status again. */
  look(step: StepState): void {
    if (step.queued) return
    step.queued = true
    this.#queue.push(step)
  }

  /** Computes the statuses of all queued steps, until nothing changes any more. */
  settle(): void {
    batch(() => {
      for (;;) {
        for (let at = 0; at < this.#queue.length; at += 1) {
          const step = this.#queue[at]
          if (step === undefined) continue
          step.queued = false
          this.#move(step, this.#statusOf(step))
          showFlags(step)
        }
        this.#queue.length = 0
        const next = this.#slots.nextWaiting()
        if (next === undefined) return
        this.look(next)
      }
    })
  }

  #statusOf(step: StepState): NodeStatus {
    if (step.abortedByHand) return 'aborted'
    const { current } = step
    if (current !== undefined) {
      if (current.end === undefined) {
        const stop = this.#hooks.policy === 'abort-dependents' && step.blockers > 0
        return stop ? 'aborted' : 'running'
      }
      if (current.end !== 'failed') return current.end
      if (isFinalFailure(step, current)) return 'failed'
    }
    if (step.run !== undefined) return statusOfRun(step.run)
    step.undecided = false
    if (step.blockers > 0) return 'aborted'
    if (step.pending > 0) return step.pending < step.predecessors.length ? 'waiting' : 'idle'
    const decision = this.#decide(step)
    if ('missing' in decision) {
      step.undecided = true
      decision.missing.watchers.add(step)
      return 'waiting'
    }
    if ('failure' in decision) {
      step.failure = decision.failure
      return 'aborted'
    }
    if (!decision.taken) return 'skipped'
    if (step.failure !== undefined && step.attributes.map !== undefined) return 'failed'
    if (!this.#slots.take(step)) return 'waiting'
    return step.attributes.map === undefined ? 'ready' : this.#expand(step)
  }

  /** Whether the step's branch is taken, or which step that its own functions read has to settle before that. */
  #decide(step: StepState): Decision {
    const decision = this.#decisions.decide(step)
    const { input, map } = step.attributes
    const reads = typeof input === 'function' || typeof map?.over === 'function'
    if (!('taken' in decision) || !decision.taken || !reads) return decision
    const missing = firstOpen(stepsBefore(step))
    return missing === undefined ? decision : { missing }
  }

  #expand(step: StepState): NodeStatus {
    try {
      step.run = expandMap(step, this.#hooks.items(step), this)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      step.failure = {
        code: 'MAP_ERROR',
        message: `The items of "${step.key}" cannot be made: ${message}`,
      }
      return 'failed'
    }
    return statusOfRun(step.run)
  }

  #move(step: StepState, to: NodeStatus): void {
    const from = step.status
    const wasSettled = step.settled
    step.settled = isFinalNode(to) && (step.run === undefined || step.run.open === 0)
    if (from === to && step.settled === wasSettled) return
    step.status = to
    step.signal.value = to
    if (to === 'running') this.#slots.force(step)
    if (to === 'ready') this.ready.add(step.key)
    else this.ready.delete(step.key)
    this.started ||= to === 'running'
    this.#count(step, from, wasSettled)
    this.#updateSuccessors(step, from, wasSettled)
    if (step.owner !== undefined) this.look(step.owner)
    if (from === to) return
    const requestId = step.current?.requestId
    this.#hooks.moved({
      nodeKey: step.key,
      from,
      to,
      ...(requestId !== undefined && { requestId }),
    })
  }

  #count(step: StepState, from: NodeStatus, was: boolean): void {
    const { status: to, settled: is } = step
    const run = step.owner?.run
    if (run !== undefined) {
      const counts = isTaken(step) ? 0 : 1
      run.failed += counts * (Number(to === 'failed') - Number(from === 'failed'))
      run.aborted += counts * (Number(to === 'aborted') - Number(from === 'aborted'))
    }
    if (was === is) return
    this.open += is ? -1 : 1
    if (run !== undefined) run.open += is ? -1 : 1
    this.#slots.settle(step, is)
    if (is) return
    // The step was settled before: conditions may have read its result.
    this.#decisions.forget()
    for (const each of this.steps.values()) if (each.guards.length > 0) this.look(each)
  }

  #updateSuccessors(step: StepState, from: NodeStatus, wasSettled: boolean): void {
    const settled = Number(step.settled) - Number(wasSettled)
    const blocked = Number(blocks(step.status)) - Number(blocks(from))
    if (step.settled) {
      for (const watcher of step.watchers) this.look(watcher)
      step.watchers.clear()
    }
    if (settled === 0 && blocked === 0) return
    for (const { step: successor, boundary } of step.successors) {
      successor.pending -= settled
      if (!boundary) successor.blockers += blocked
      this.look(successor)
    }
  }
}

function isFinalFailure(step: StepState, { retry }: Attempt): boolean {
  if (retry !== undefined) return retry === 'never'
  const counted = step.attempts.filter((each) => each.end === 'failed' && each.retry !== 'always')
  return counted.length > (step.attributes.retries ?? 0)
}

function blocks(status: NodeStatus): boolean {
  return status === 'failed' || status === 'aborted'
}

function showFlags(step: StepState): void {
  if (step.flags === undefined) return
  step.flags.preconditions.value = step.pending === 0 && step.blockers === 0 && !step.undecided
  step.flags.blockedByFailure.value = step.blockers > 0
}
