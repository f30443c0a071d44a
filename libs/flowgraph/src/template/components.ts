import { normalizeChildren } from '@alkdev/ujsx'
import type { UChild, UElement, UNode } from '@alkdev/ujsx'
import type { Signal } from '@preact/signals-core'
import type { CallResult } from '../schema/attributes.ts'
import type { Condition, ResultRef } from '../schema/condition.ts'

/** What earlier steps gave, by key (and by operation, where only one step calls it). */
export type Results = Readonly<Record<string, CallResult>>

/** Can't be stored as JSON; gets what every step before it gave, and must not depend on anything else. */
export type ResultsFunction<T> = (results: Results) => T

export type Test = Condition | ResultsFunction<boolean>
export type MapSource =
  | readonly unknown[]
  | ResultRef
  | Signal<readonly unknown[]>
  | ResultsFunction<readonly unknown[]>

interface Keyed {
  readonly key?: string | number
  readonly children?: UChild
}

export interface OperationProps extends Keyed {
  /** `namespace.op`, as registered. It is the step's key, unless the element has a key. */
  readonly name: string
  /** Its input: a value in which `{$result: step, path?}` and `{$item: name, path?}` are filled in, or a function. */
  readonly input?: unknown
  /** Number of failures that are not final: after each, the step becomes ready again. Default 0. */
  readonly retries?: number
  /** Milliseconds for the call, and before the first repetition. Kept with the step for the code that makes the call. */
  readonly timeoutMs?: number
  readonly backoffMs?: number
}

export interface ParallelProps extends Keyed {
  /** Children that are under way at the same time, at most. */
  readonly maxConcurrency?: number
}

export interface ConditionalProps extends Keyed {
  readonly test: Test
  /** Taken when the test is false. */
  readonly else?: UNode
}

export interface MapProps extends Keyed {
  readonly over: MapSource
  /** The name by which inputs below refer to the item. */
  readonly as: string
  readonly maxConcurrency?: number
}

function element(type: string, given: Keyed, more: readonly UChild[]): UElement {
  const { key, children, ...props } = given
  return {
    type,
    props,
    children: normalizeChildren(more.length > 0 ? more : children),
    ...(key !== undefined && { key: String(key) }),
  }
}

/** One call of an operation. */
export function Operation(props: OperationProps): UElement {
  return element('operation', { ...props, children: [] }, [])
}

/** Children one after the other. */
export function Sequential(props: Keyed = {}, ...children: readonly UChild[]): UElement {
  return element('sequential', props, children)
}

/** Children independent of each other; what follows waits for all. */
export function Parallel(props: ParallelProps = {}, ...children: readonly UChild[]): UElement {
  return element('parallel', props, children)
}

/** Children, one after the other, when the test is true; `else` when it is not. What is not taken is skipped. */
export function Conditional(props: ConditionalProps, ...children: readonly UChild[]): UElement {
  return element('conditional', props, children)
}

/** Its one child once for each item, independent of each other; what follows waits for all. */
export function Map(props: MapProps, ...children: readonly UChild[]): UElement {
  return element('map', props, children)
}
