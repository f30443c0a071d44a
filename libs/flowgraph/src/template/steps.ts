import { StepNames } from './step-names.ts'
import type { Guard, ItemBinding, Slot, TemplateEdge } from './attributes.ts'
import type { Part } from './part.ts'

/** A step of a compiled template. */
export interface Step {
  readonly key: string
  readonly kind: 'operation' | 'map'
  readonly part: Part
  readonly scope: string
  readonly guards: readonly Guard[]
  readonly slots: readonly Slot[]
  readonly items: readonly ItemBinding[]
}

/** Where the steps stand that a part is compiled to. */
export interface CompileOptions {
  readonly scope?: string
  readonly items?: readonly ItemBinding[]
  readonly slots?: readonly Slot[]
  readonly outside?: Outside
}

/** The steps outside of a Map, as the parts of one item see them. */
export interface Outside {
  /** Keys of steps that the first steps of the item follow. */
  readonly follows: readonly string[]
  /** The key of the step outside that a name stands for. */
  resolve(name: string): string | undefined
}

/** What an edge says of the branch that it leads into. */
export function branchOf(guard: Guard): Pick<TemplateEdge, 'condition' | 'negated' | 'dataFlow'> {
  const { condition, negated } = guard
  return { condition, dataFlow: true, ...(negated && { negated }) }
}

/** Something wrong with a template. */
export interface TemplateProblem {
  readonly kind:
    | 'duplicate-key'
    | 'unknown-step'
    | 'cycle'
    | 'not-a-step'
    | 'malformed'
    | 'too-deep'
  readonly message: string
  readonly key?: string
  readonly cycle?: readonly string[]
}

/** Steps and edges of a template; edges by source and target. */
export class StepGraph {
  readonly steps = new Map<string, Step>()
  readonly problems: TemplateProblem[] = []
  readonly #out = new Map<string, Map<string, TemplateEdge>>()
  readonly #in = new Map<string, Set<string>>()
  readonly names = new StepNames()
  /** Edges from steps outside of the Map that is compiled: by target and source. */
  readonly outside = new Map<string, Map<string, TemplateEdge>>()
  /** By key of a Map that is a step: the steps that it follows and whose failures it does not judge itself. */
  readonly followed = new Map<string, string[]>()
  /** Maps over lists that a name stands for. */
  readonly namedMaps = new Set<string>()
  edgeCount = 0

  report(problem: TemplateProblem): void {
    this.problems.push(problem)
  }

  add(step: Step, operation: string | undefined): void {
    this.steps.set(step.key, step)
    this.names.add(step.key, step.scope, operation)
  }

  edge(source: string, target: string): TemplateEdge | undefined {
    return this.#out.get(source)?.get(target)
  }

  /** Adds an edge, or what it says to the one that is there. */
  link(source: string, target: string, attributes: TemplateEdge): void {
    let targets = this.#out.get(source)
    if (targets === undefined) this.#out.set(source, (targets = new Map<string, TemplateEdge>()))
    const known = targets.get(target)
    const merged = known && { ...known, ...attributes, edgeType: known.edgeType }
    targets.set(target, merged ?? attributes)
    if (known !== undefined) return
    this.edgeCount += 1
    const sources = this.#in.get(target)
    if (sources === undefined) this.#in.set(target, new Set([source]))
    else sources.add(source)
  }

  /** As `link`, from a step outside. */
  linkOutside(source: string, target: string, attributes: TemplateEdge): void {
    const sources = this.outside.get(target)
    if (sources === undefined) this.outside.set(target, new Map([[source, attributes]]))
    else sources.set(source, { ...sources.get(source), ...attributes })
  }

  successors(key: string): readonly string[] {
    return [...(this.#out.get(key)?.keys() ?? [])]
  }

  predecessors(key: string): readonly string[] {
    return [...(this.#in.get(key) ?? [])]
  }

  *edges(): Generator<readonly [source: string, target: string, attributes: TemplateEdge]> {
    for (const [source, targets] of this.#out) {
      for (const [target, attributes] of targets) yield [source, target, attributes]
    }
  }
}

/** Ends of a part, joined without copying. */
export type Ends<T> = { readonly one: T } | { readonly many: readonly Ends<T>[] }

export const none: Ends<never> = { many: [] }

export function joinEnds<T>(parts: readonly Ends<T>[]): Ends<T> {
  const full = parts.filter((each) => 'one' in each || each.many.length > 0)
  const [only] = full
  return full.length === 1 && only !== undefined ? only : { many: full }
}

export function listEnds<T>(ends: Ends<T>): T[] {
  const found: T[] = []
  const pending = [ends]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('one' in next) found.push(next.one)
    else for (const each of next.many.toReversed()) pending.push(each)
  }
  return found
}

export function isNone(ends: Ends<unknown>): boolean {
  return 'many' in ends && ends.many.length === 0
}
