import { FlowgraphError, NodeNotFoundError } from '../errors.ts'
import { readCallEvent } from '../schema/call-event.ts'
import { isFinalNode } from '../schema/enums.ts'
import { Attempts, newest } from './attempts.ts'
import { FlagView } from './flag-view.ts'
import { inputOf } from './inputs.ts'
import { FailurePolicy, Machine } from './machine.ts'
import { readSteps } from './read-steps.ts'
import { Announcer } from './announcer.ts'
import { Expansions } from './expansions.ts'
import { aggregateStatus } from './aggregate-status.ts'
import { isUnhandled } from './step-state.ts'
import { stepsAfter } from './steps-after.ts'
import type { ReadonlySignal, Signal } from '@preact/signals-core'
import type { CallEventEnvelope, CallRequested, EventTime } from '../schema/call-event.ts'
import type { CallResult } from '../schema/attributes.ts'
import type { NodeStatus } from '../schema/enums.ts'
import type { Results } from '../template/components.ts'
import type { MapExpanded, NodesAborted, NodesRetried, WorkflowEvent } from './events.ts'
import type { TemplateNodeAttrs } from '../template/attributes.ts'
import type { Transition } from './machine.ts'
import type { StepSource } from './read-steps.ts'
import type { StepState } from './step-state.ts'

/** What a run looks like from its events. */
export interface EventLogProjection {
  append(event: WorkflowEvent | CallEventEnvelope): boolean
  getStatus(nodeId: string): NodeStatus
  getResult(nodeId: string): CallResult | undefined
  getEvents(nodeId: string): readonly WorkflowEvent[]
}

export interface WorkflowRootOptions {
  readonly failurePolicy?: FailurePolicy
  /** The log of a run that is to be resumed. */
  readonly events?: Iterable<WorkflowEvent>
  /** Called with each event that enters the log, including those that the root makes itself: what to store. */
  readonly onEvent?: (event: WorkflowEvent) => void
  /** From the output of an event to the output that conditions, inputs and results see; for instance `unwrap` of an envelope. */
  readonly unwrap?: (output: unknown) => unknown
  /** Steps of the run at most: a Map whose items would need more fails. Default: no limit but that of its items. */
  readonly maxSteps?: number
  /** Milliseconds since the epoch, for events that the root makes. Default: the clock. */
  readonly now?: () => number
  /** Signals to use for statuses, by key; missing ones are made. */
  readonly statusSignals?: Map<string, Signal<NodeStatus>>
}

/**
 * A run of a workflow: takes in what happened to its calls and says which steps are ready. It executes nothing: start what is
 * ready, append what happens. The log in order is the whole state; the same graph, options and log give the same run again.
 * Functions in the template have to be pure for that.
 */
export class WorkflowReactiveRoot implements EventLogProjection {
  readonly statusMap: ReadonlyMap<string, ReadonlySignal<NodeStatus>>
  /** Has everything settled that the step waits for, and nothing failed? */
  readonly preconditions: ReadonlyMap<string, ReadonlySignal<boolean>>
  readonly blockedByFailure: ReadonlyMap<string, ReadonlySignal<boolean>>
  readonly #machine: Machine
  readonly #attempts = new Attempts()
  readonly #log: WorkflowEvent[] = []
  readonly #expansions = new Expansions()
  readonly #announcer: Announcer
  readonly #now: () => number
  #resuming = true
  #disposed = false

  /** Throws what a template throws that can't be, and TypeError for events that are none. */
  constructor(graph: StepSource, options: WorkflowRootOptions = {}) {
    const statusSignals = options.statusSignals ?? new Map<string, Signal<NodeStatus>>()
    const events = [...(options.events ?? [])]
    for (const event of events) {
      if (event.type === 'map.expanded') this.#expansions.know(event)
    }
    this.#now = options.now ?? Date.now
    this.#announcer = new Announcer(options.onEvent)
    this.#machine = new Machine({
      policy: options.failurePolicy ?? FailurePolicy.CONTINUE_RUNNING,
      unwrap: options.unwrap ?? ((output) => output),
      statusSignals,
      maxSteps: options.maxSteps ?? Infinity,
      items: (step) => this.#itemsOf(step),
      moved: (transition) => this.#announcer.transition(transition),
    })
    this.statusMap = statusSignals
    this.preconditions = new FlagView(this.#machine.steps, 'preconditions')
    this.blockedByFailure = new FlagView(this.#machine.steps, 'blockedByFailure')
    this.#machine.add(readSteps(graph), undefined)
    this.#machine.settle()
    for (const event of events) if (this.#take(event)) this.#machine.settle()
    this.#announcer.forgetTransitions()
    this.#resuming = false
    this.#announcer.notify()
  }

  /** Of each step the request id of its newest call. */
  get nodeKeyToRequestId(): ReadonlyMap<string, string> {
    return this.#attempts.nodeKeyToRequestId
  }

  get requestIdToNodeKey(): ReadonlyMap<string, string> {
    return this.#attempts.requestIdToNodeKey
  }

  /** Everything that counts, in the order in which it came: what to store and to resume from. */
  get log(): readonly WorkflowEvent[] {
    return [...this.#log]
  }

  /** Keys of all steps, those that Maps made included. */
  nodes(): string[] {
    return [...this.#machine.steps.keys()]
  }

  /** Steps that may be started now, in the order in which they became ready. */
  readyNodes(): string[] {
    return [...this.#machine.ready]
  }

  /**
   * Takes in what happened. True when it is new; the same event again changes nothing. What comes before its request is held
   * back until that is there. Of a stream the log keeps the latest item. Throws FlowgraphError after `dispose`.
   */
  append(event: WorkflowEvent | CallEventEnvelope): boolean {
    if (this.#disposed) throw new FlowgraphError('CONFLICT', 'The run is disposed')
    const isNew = this.#take(event)
    if (isNew) this.#machine.settle()
    this.#announcer.notify()
    return isNew
  }

  /**
   * Notes that a ready step is started under a request id, and gives the event, which has the step's input. Throws
   * NodeNotFoundError and, for a step that is not ready or an id that was used, FlowgraphError; and what a function throws that
   * makes the input.
   */
  start(nodeId: string, requestId: string, timestamp: EventTime = this.#now()): CallRequested {
    const step = this.#step(nodeId)
    if (step.status !== 'ready') {
      throw new FlowgraphError('CONFLICT', `Step "${nodeId}" is ${step.status}, not ready`)
    }
    if (this.#attempts.has(requestId)) {
      throw new FlowgraphError('CONFLICT', `The request id "${requestId}" was used before`)
    }
    const event: CallRequested = {
      type: 'call.requested',
      requestId,
      nodeKey: nodeId,
      operationId: operationOf(step),
      input: inputOf(step, this.#machine.results),
      attempt: newest(step) + 1,
      timestamp,
    }
    this.append(event)
    return event
  }

  /** Throws NodeNotFoundError. */
  getStatus(nodeId: string): NodeStatus {
    return this.#step(nodeId).status
  }

  /** What became of a step, or what a stream gave last; `undefined` before. Throws NodeNotFoundError. */
  getResult(nodeId: string): CallResult | undefined {
    const step = this.#step(nodeId)
    const result = this.#machine.results.result(step)
    return isFinalNode(step.status) || result.output !== undefined ? result : undefined
  }

  /** What happened to a step, also to one that the template no longer has. */
  getEvents(nodeId: string): readonly WorkflowEvent[] {
    return this.#log.filter((event) => {
      if ('nodeKeys' in event) return event.nodeKeys.includes(nodeId)
      if (event.type === 'map.expanded') return event.nodeKey === nodeId
      return this.#attempts.requestIdToNodeKey.get(event.requestId) === nodeId
    })
  }

  /** Results of all steps that are over. */
  results(): Results {
    const results = Object.create(null) as Record<string, CallResult>
    for (const step of this.#machine.steps.values()) {
      if (isFinalNode(step.status)) results[step.key] = this.#machine.results.result(step)
    }
    return results
  }

  /** The step's input with everything filled in that it refers to. Throws NodeNotFoundError. */
  getInput(nodeId: string): unknown {
    return inputOf(this.#step(nodeId), this.#machine.results)
  }

  /** The operation that a step calls. Throws NodeNotFoundError. */
  getOperation(nodeId: string): string {
    return operationOf(this.#step(nodeId))
  }

  /** Aborts a step that is not over, permanently; one that is over stays as it is. The caller aborts its call. */
  abortNode(nodeId: string, reason?: string): void {
    this.#step(nodeId)
    this.#abort([nodeId], reason)
  }

  /** Aborts every step that is not over. Skipped ones stay skipped. */
  abortAll(reason?: string): void {
    const open = [...this.#machine.steps.values()].filter((step) => !isFinalNode(step.status))
    this.#abort(
      open.map((step) => step.key),
      reason,
    )
  }

  /** Makes steps whose calls failed ready again, with what follows them. Gives those; others stay as they are. Throws NodeNotFoundError. */
  retryNodes(nodeIds: readonly string[]): readonly string[] {
    const failed = nodeIds.filter((nodeId) => {
      const { status, current } = this.#step(nodeId)
      return status === 'failed' && current?.end === 'failed'
    })
    if (failed.length > 0)
      this.append({ type: 'node.retried', nodeKeys: failed, timestamp: this.#now() })
    return failed
  }

  /** The step as the template has it. Throws NodeNotFoundError. */
  getAttributes(nodeId: string): TemplateNodeAttrs {
    return this.#step(nodeId).attributes
  }

  /** Every step that waits for this one, itself or through others, in the run as it is now. Throws NodeNotFoundError. */
  stepsAfter(nodeId: string): ReadonlySet<string> {
    return stepsAfter(this.#step(nodeId))
  }

  /** Is every step over? */
  isComplete(): boolean {
    return this.#machine.open === 0
  }

  /**
   * Of the run: `idle` or `ready` before anything was started, `running` until every step is over, then `failed`, `aborted`,
   * `skipped` (all of them) or `completed`. A failure on which a condition decided does not count.
   */
  getAggregateStatus(): NodeStatus {
    return aggregateStatus(this.#machine)
  }

  /** Has a condition taken the step's failure on itself? False for steps that have not failed. Throws NodeNotFoundError. */
  isHandled(nodeId: string): boolean {
    const step = this.#step(nodeId)
    return (step.status === 'failed' || step.status === 'aborted') && !isUnhandled(step)
  }

  /** Calls back for every change of a status, in order, after each event. Returns the function that ends it. */
  onTransition(listener: (transition: Transition) => void): () => void {
    return this.#announcer.listen(listener)
  }

  /** Ends the run for its listeners; nothing can be appended any more. */
  dispose(): void {
    this.#disposed = true
    this.#announcer.end()
  }

  #step(nodeId: string): StepState {
    const step = this.#machine.steps.get(nodeId)
    if (step === undefined) throw new NodeNotFoundError(nodeId)
    return step
  }

  #abort(nodeKeys: readonly string[], reason: string | undefined): void {
    const event: NodesAborted = {
      type: 'node.aborted',
      nodeKeys,
      ...(reason !== undefined && { reason }),
      timestamp: this.#now(),
    }
    this.append(event)
  }

  /** Takes in an event; what follows from it is left to `settle`. */
  #take(given: WorkflowEvent | CallEventEnvelope): boolean {
    if (given.type === 'node.aborted') return this.#takeAbort(given)
    if (given.type === 'map.expanded') return this.#takeExpansion(given)
    if (given.type === 'node.retried') return this.#takeRetry(given)
    const event = readCallEvent(given)
    if (event === undefined) return false
    if (event.type === 'call.requested') return this.#takeRequest(event)
    const taken = this.#attempts.follow(event, this.#log.length)
    if (taken === 'known') return false
    if (taken === 'new') this.#record(event)
    else {
      this.#log[this.#attempts.itemPlace(event.requestId)] = event
      this.#announcer.event(event)
    }
    this.#lookAt(event.requestId)
    return true
  }

  #takeRequest(event: CallRequested): boolean {
    if (this.#attempts.has(event.requestId)) return false
    const step = this.#machine.stepFor(event)
    const early = this.#attempts.request(step, event)
    this.#record(event)
    for (const each of early) {
      if (this.#attempts.follow(each, this.#log.length) === 'new') this.#record(each)
    }
    if (step !== undefined) this.#machine.look(step)
    return true
  }

  #takeAbort(event: NodesAborted): boolean {
    const open = event.nodeKeys.filter((key) => this.#machine.abort(key, event.reason))
    if (open.length > 0) this.#record(event)
    return open.length > 0
  }

  #takeRetry(event: NodesRetried): boolean {
    const retried = event.nodeKeys.filter((key) => this.#machine.retry(key))
    if (retried.length > 0) this.#record(event)
    return retried.length > 0
  }

  #takeExpansion(event: MapExpanded): boolean {
    if (!this.#expansions.enter(event)) return false
    this.#record(event)
    return true
  }

  #lookAt(requestId: string): void {
    const key = this.#attempts.requestIdToNodeKey.get(requestId)
    const step = key === undefined ? undefined : this.#machine.steps.get(key)
    if (step !== undefined) this.#machine.look(step)
  }

  /** Appends an event to the log. While resuming, only events that had to be created again are reported. */
  #record(event: WorkflowEvent, isNews = !this.#resuming): void {
    this.#log.push(event)
    if (isNews) this.#announcer.event(event)
  }

  #itemsOf(step: StepState): readonly unknown[] {
    const { items, made } = this.#expansions.itemsOf(step, this.#machine.results, this.#now)
    if (made !== undefined) this.#record(made, true)
    return items
  }
}

function operationOf(step: StepState): string {
  return step.attributes.operationId ?? step.key
}
