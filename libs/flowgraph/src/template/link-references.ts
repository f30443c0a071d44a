import { closingCycle } from '@alkdev/graph'
import { branchOf } from './steps.ts'
import { conditionSteps, isResultRef, resultUses } from './refs.ts'
import type { Guard, TemplateEdge } from './attributes.ts'
import type { Part } from './part.ts'
import type { CompileOptions, Outside, Step, StepGraph } from './steps.ts'

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
 * Adds an edge wherever a condition, an input or a Map names a step, because the named step must have settled. Reports names without
 * a step, conditions on steps of their own branch, and cyclic references.
 */
export function linkReferences(
  graph: StepGraph,
  branches: readonly Branch[],
  compile: (parts: readonly Part[], options: CompileOptions) => StepGraph,
  outside: Outside | undefined,
): void {
  const linker = new Linker(graph, outside)
  for (const branch of branches) linker.branch(branch)
  for (const step of graph.steps.values()) {
    const { input, over } = step.part.props
    if (step.kind === 'operation') {
      for (const use of resultUses(input)) linker.data(step, use.step)
      continue
    }
    if (isResultRef(over)) linker.data(step, over.$result)
    const inside = compile(step.part.children, {
      scope: `${step.key}[0]/`,
      outside: {
        follows: graph.followed.get(step.key) ?? [],
        resolve: (name) => linker.find(name, step.scope),
      },
    })
    for (const problem of inside.problems) graph.report(problem)
    const edges = [...inside.outside.values()].flatMap((sources) => [...sources])
    linker.inside(step, edges)
  }
}

class Linker {
  readonly #graph: StepGraph
  readonly #outside: Outside | undefined
  readonly #index: Map<string, number>
  /** An edge leads from a later step to an earlier one, so order alone no longer rules out cycles. */
  #hasBackward = false
  readonly #reported = new Set<string>()

  constructor(graph: StepGraph, outside: Outside | undefined) {
    this.#graph = graph
    this.#outside = outside
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

  /**
   * A Map waits for what its steps name. A failure that a condition inside judges is no failure of the Map, unless its items come from that step; steps inside that do not
   * judge it are aborted by it one by one.
   */
  inside(map: Step, edges: readonly (readonly [source: string, edge: TemplateEdge])[]): void {
    const { over } = map.part.props
    const source = isResultRef(over) ? this.find(over.$result, map.scope) : undefined
    const followed = new Set(this.#graph.followed.get(map.key))
    for (const [key, inner] of edgesBySource(edges)) {
      const reads = inner.some((edge) => edge.dataFlow === true)
      if (reads) this.#link(key, map.key, { edgeType: 'sequential', dataFlow: true })
      const judged = inner.some((edge) => edge.boundary === true)
      // The Map's own condition may judge it as well, and without the step that gives the items there are none.
      if (!judged || key === source || this.#edge(key, map.key)?.boundary === true) continue
      const all = inner.every((edge) => edge.boundary === true && edge.unhandled !== true)
      this.#link(key, map.key, {
        edgeType: 'sequential',
        boundary: true,
        ...(!all && { unhandled: true }),
        ...(followed.has(key) && { followed: true }),
      })
    }
  }

  /** The step that a name stands for, here or outside; a Map over a list becomes one. */
  find(name: string, scope: string): string | undefined {
    const key = this.#graph.names.resolve(name, scope)
    if (key === undefined) return this.#outside?.resolve(name)
    if (this.#graph.steps.has(key)) return key
    this.#graph.namedMaps.add(key)
    return undefined
  }

  #edge(source: string, target: string): TemplateEdge | undefined {
    return this.#graph.edge(source, target) ?? this.#graph.outside.get(target)?.get(source)
  }

  /** Both branches of a Conditional name the same steps: what is reported under an id is reported once. */
  #resolve(name: string, scope: string, id?: string): string | undefined {
    const key = this.find(name, scope)
    if (key === undefined && (id === undefined || !this.#reported.has(id))) {
      if (id !== undefined) this.#reported.add(id)
      this.#graph.report({ kind: 'unknown-step', message: `there is no step "${name}"`, key: name })
    }
    return key
  }

  #link(source: string, target: string, attributes: TemplateEdge): void {
    if (!this.#index.has(source)) {
      this.#graph.linkOutside(source, target, attributes)
      return
    }
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

function edgesBySource(
  edges: readonly (readonly [source: string, edge: TemplateEdge])[],
): Map<string, TemplateEdge[]> {
  const bySource = new Map<string, TemplateEdge[]>()
  for (const [source, edge] of edges) {
    const known = bySource.get(source)
    if (known === undefined) bySource.set(source, [edge])
    else known.push(edge)
  }
  return bySource
}
