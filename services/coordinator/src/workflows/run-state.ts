import { WORKFLOW_LIMITS } from '@alkdev/contracts'
import { WorkflowReactiveRoot } from '@alkdev/flowgraph'
import type { FailurePolicy, TemplateGraph, WorkflowEvent } from '@alkdev/flowgraph'
import type { NewRunEvent, StoredRunEvent } from '@alkdev/storage/workflows'
import { CallFacts } from './step-facts.ts'
import { loadedEvent, storedEvent } from './run-log.ts'
import type { CallNotes } from './run-log.ts'

export interface RunStateInput {
  readonly graph: TemplateGraph
  readonly failurePolicy: FailurePolicy
  /** Of the run. */
  readonly input: unknown
  readonly events: readonly StoredRunEvent[]
  /** Milliseconds by the monotonic clock. */
  readonly now: () => number
}

/**
 * The state of a run, made from its log: the statuses of its steps, the facts of their calls, and the events that are not stored yet. The same
 * template, input and log give the same state in every process.
 */
export class RunState {
  readonly root: WorkflowReactiveRoot
  readonly facts = new CallFacts()
  readonly #now: () => number
  readonly #notes = new Map<string, CallNotes>()
  #unsaved: NewRunEvent[] = []
  #savedBytes: number

  constructor({ graph, failurePolicy, input, events, now }: RunStateInput) {
    this.#now = now
    const loaded = events.map((event) => loadedEvent(event, input))
    const at = now()
    for (const [index, event] of loaded.entries())
      this.facts.add(event, at - (events[index]?.ageMs ?? 0))
    this.#savedBytes = events.reduce((sum, { data }) => sum + data.length, 0)
    this.root = new WorkflowReactiveRoot(graph, {
      failurePolicy,
      maxSteps: WORKFLOW_LIMITS.steps,
      events: loaded,
      onEvent: (event) => this.#onEvent(event),
    })
  }

  /** Bytes of the log, with what is not stored yet. */
  get bytes(): number {
    return this.#savedBytes + this.#unsaved.reduce((sum, { data }) => sum + data.length, 0)
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.length > 0
  }

  /** Starts a ready step. Throws as `WorkflowReactiveRoot.start`. */
  start(nodeKey: string, callId: string, notes: CallNotes): unknown {
    this.#notes.set(callId, notes)
    return this.root.start(nodeKey, callId).input
  }

  /** Takes in how a call ended; false when that is known. */
  append(event: WorkflowEvent, notes: CallNotes = {}): boolean {
    if ('requestId' in event) this.#notes.set(event.requestId, notes)
    return this.root.append(event)
  }

  /** The events that are to be stored now. */
  takeUnsaved(): readonly NewRunEvent[] {
    const events = this.#unsaved
    this.#unsaved = []
    this.#savedBytes += events.reduce((sum, { data }) => sum + data.length, 0)
    return events
  }

  #onEvent(event: WorkflowEvent): void {
    const notes = 'requestId' in event ? this.#notes.get(event.requestId) : undefined
    if ('requestId' in event) this.#notes.delete(event.requestId)
    const noted = { ...event, ...notes }
    this.facts.add(noted, this.#now())
    this.#unsaved.push(storedEvent(noted, this.facts.nodeOf(noted)))
  }
}
