import type { UElement } from '@alkdev/ujsx'
import type { OperationNodeAttrs, TemplateEdgeAttrs } from '../schema/attributes.ts'
import type { MapSource, Test } from './components.ts'

/** A branch that a step stands in. */
export interface Guard {
  /** The same for both branches of a Conditional. */
  readonly id: string
  readonly condition: Test
  readonly negated: boolean
  /** Where names of the condition are looked up; absent outside of Maps. */
  readonly scope?: string
  /** Of a function: the steps that its Conditional follows. It gets their results and those of all steps before them. */
  readonly after?: readonly string[]
  /** It was read from an edge of a graph that no template was compiled to. */
  readonly byHand?: boolean
}

/** A place among siblings of which only `max` may be under way. */
export interface Slot {
  readonly group: string
  readonly max: number
  readonly child: number
}

/** The item of a Map that a step belongs to. */
export interface ItemBinding {
  readonly as: string
  readonly index: number
  readonly value: unknown
}

/** What a Map needs to make its steps when it is reached. */
export interface MapPlan {
  readonly over: MapSource
  readonly as: string
  readonly template: UElement
  readonly maxConcurrency?: number
}

/** A step of a workflow: an operation to call, and when. Plain JSON unless the template holds functions or signals. */
export interface TemplateNodeAttrs extends OperationNodeAttrs {
  readonly operationId?: string
  readonly input?: unknown
  readonly retries?: number
  readonly timeoutMs?: number
  readonly backoffMs?: number
  /** From the outside in. */
  readonly guards?: readonly Guard[]
  readonly slots?: readonly Slot[]
  readonly items?: readonly ItemBinding[]
  /** Prefix of the keys of the steps that were made for the same item. */
  readonly scope?: string
  readonly map?: MapPlan
  readonly [name: string]: unknown
}

/**
 * `boundary`: what a failure of the source means is for the target's condition to say, or for one inside the target, which is a Map. `unhandled`: other steps inside that Map
 * do not judge the failure. `followed`: the first steps of each item follow the source.
 */
export interface TemplateEdge extends TemplateEdgeAttrs {
  readonly boundary?: boolean
  readonly unhandled?: boolean
  readonly followed?: boolean
  readonly [name: string]: unknown
}
