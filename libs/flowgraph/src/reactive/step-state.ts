import type { Signal } from '@preact/signals-core'
import type { CallFailure } from '../schema/attributes.ts'
import type { NodeStatus } from '../schema/enums.ts'
import type { Guard, TemplateNodeAttrs } from '../template/attributes.ts'
import type { SlotPlace } from './slots.ts'

export interface Dependency {
  readonly step: StepState
  /** A failure of the source is for the target's condition to judge, or for one inside the target, which is a Map. */
  readonly boundary: boolean
  /** The target, with everything inside it, judges a failure of the source. */
  readonly handled: boolean
  /** The first steps of each item of the target, which is a Map, follow the source. */
  readonly followed: boolean
}

/** One call that was made for a step. */
export interface Attempt {
  readonly requestId: string
  /** From 1. */
  readonly number: number
  end: 'completed' | 'failed' | 'aborted' | undefined
  output: unknown
  error: CallFailure | undefined
  /** What its failure means, in place of the step's `retries`. */
  retry: 'always' | 'never' | undefined
  /** `seq` of the last item of a stream, and where it stands in the log. */
  seq: number
  itemAt: number
  readonly seen: Set<string>
}

/** The steps of one item; `exits` are those that nothing of the item waits for. */
export interface MapItem {
  readonly steps: readonly StepState[]
  readonly exits: readonly StepState[]
}

/** The steps that a Map made. */
export interface MapRun {
  readonly items: readonly MapItem[]
  /** Steps that are not over. */
  open: number
  failed: number
  aborted: number
}

export interface Flags {
  readonly preconditions: Signal<boolean>
  readonly blockedByFailure: Signal<boolean>
}

/** A step of a run. */
export interface StepState {
  readonly key: string
  readonly attributes: TemplateNodeAttrs
  readonly scope: string
  readonly predecessors: Dependency[]
  readonly successors: Dependency[]
  /** Predecessors that are not over. */
  pending: number
  /** Predecessors whose failure stands in the way. */
  blockers: number
  status: NodeStatus
  /** It is over, with everything that it made: a Map may have failed while items of it continue. */
  settled: boolean
  /** Steps that wait for this one to be settled although it is not before them: conditions around them name it. */
  readonly watchers: Set<StepState>
  /** A condition around it can't be judged yet. */
  undecided: boolean
  readonly signal: Signal<NodeStatus>
  guards: readonly Guard[]
  readonly places: readonly SlotPlace[]
  /** The Map whose item it belongs to. */
  readonly owner: StepState | undefined
  readonly attempts: Attempt[]
  current: Attempt | undefined
  abortedByHand: boolean
  /** Why it failed or was aborted without a call. */
  failure: CallFailure | undefined
  run: MapRun | undefined
  queued: boolean
  flags: Flags | undefined
}

/** Has every step behind it taken its failure on itself? */
export function isTaken(step: StepState): boolean {
  return step.successors.length > 0 && step.successors.every((each) => each.handled)
}

/** A failure that no condition has taken on itself. */
export function isUnhandled(step: StepState): boolean {
  return (step.status === 'failed' || step.status === 'aborted') && !isTaken(step)
}
