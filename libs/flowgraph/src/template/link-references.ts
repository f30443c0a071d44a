import { closingCycle } from '../graph/closing-cycle.ts'
import { branchOf } from './steps.ts'
import { conditionSteps, isResultRef, resultUses } from './refs.ts'
import type { Guard, TemplateEdge } from './attributes.ts'
import type { Part } from './part.ts'
import type { CompileOptions, Step, StepGraph } from './steps.ts'

/** A branch as it was compiled: the steps `entries` at its start wait for what its condition names. */
export interface Branch {
  readonly guard: Guard
  readonly scope: string
  readonly entries: readonly string[]
  /** The steps of the branch are those that were added from this one ... */
  readonly from: number
  /** ... up to, but not including, this one. */
  readonly to: number
}

/**
 * Adds an edge wherever a condition, an input or a Map names a step: what is named has to have settled. Reports names that
 * stand for no step, conditions on steps of their own branch, and references that go round in a circle.
 */
export function linkReferences(
  graph: StepGraph,
  branches: readonly Branch[],
  compile: (parts: readonly Part[], options: CompileOptions) => StepGraph,
): void {
  const linker = new Linker(graph)
  for (const branch of branches) linker.branch(branch)
  for (const step of graph.steps.values()) {
    const { input, over } = step.part.props
    const uses =
      step.kind === 'map'
        ? isResultRef(over)
          ? [over.$result]
          : []
        : resultUses(input).map((use) => use.step)
    for (const name of uses) linker.data(step, name)
    if (step.kind !== 'map') continue
    // Names that mean nothing among the steps of one item may stand for steps outside.
    const inside = compile(step.part.children, { scope: `${step.key}[0]/` })
    for (const problem of inside.problems) {
      if (problem.kind === 'unknown-step' && problem.key !== undefined)
        linker.data(step, problem.key)
      else graph.report(problem)
    }
  }
}

class Linker {
  readonly #graph: StepGraph
  readonly #index: Map<string, number>
  /** An edge leads from a later step to an earlier one, so order alone no longer rules out cycles. */
  #hasBackward = false
  readonly #reported = new Set<string>()

  constructor(graph: StepGraph) {
    this.#graph = graph
    this.#index = new Map([...graph.steps.keys()].map((key, at) => [key, at]))
  }

  branch(branch: Branch): void {
    const { guard, scope, entries, from, to } = branch
    for (const name of conditionSteps(guard.condition)) {
      const key = this.#resolve(name, scope, `${guard.id} ${name}`)
      if (key === undefined) continue
      const index = this.#index.get(key) ?? -1
      if (index >= from && index < to) {
        const message = `a condition refers to "${name}", which stands inside its own branch`
        this.#graph.report({ kind: 'cycle', message, key, cycle: [key] })
        continue
      }
      for (const entry of entries) {
        this.#link(key, entry, { edgeType: 'conditional', ...branchOf(guard), boundary: true })
      }
    }
  }

  data(step: Step, name: string): void {
    const key = this.#resolve(name, step.scope)
    if (key !== undefined) this.#link(key, step.key, { edgeType: 'sequential', dataFlow: true })
  }

  /** Both branches of a Conditional name the same steps: what is reported under an id is reported once. */
  #resolve(name: string, scope: string, id?: string): string | undefined {
    const key = this.#graph.names.resolve(name, scope)
    if (key === undefined && (id === undefined || !this.#reported.has(id))) {
      if (id !== undefined) this.#reported.add(id)
      this.#graph.report({ kind: 'unknown-step', message: `there is no step "${name}"`, key: name })
    }
    return key
  }

  #link(source: string, target: string, attributes: TemplateEdge): void {
    const backward = (this.#index.get(source) ?? 0) >= (this.#index.get(target) ?? 0)
    if ((backward || this.#hasBackward) && this.#graph.edge(source, target) === undefined) {
      const cycle = closingCycle(
        source,
        target,
        (key) => this.#graph.successors(key),
        (key) => this.#graph.predecessors(key),
      )
      if (cycle !== undefined) {
        const message = `"${target}" refers to "${source}", which waits for it`
        this.#graph.report({ kind: 'cycle', message, key: target, cycle })
        return
      }
      this.#hasBackward ||= backward
    }
    this.#graph.link(source, target, attributes)
  }
}
