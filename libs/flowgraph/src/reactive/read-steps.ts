import { GraphBase } from '../graph/graph-base.ts'
import { attributesOfStep } from '../template/to-graph.ts'
import { conditionSteps } from '../template/refs.ts'
import type { DirectedGraph } from 'graphology'
import type { FlowGraph } from '../graph/flow-graph.ts'
import type { Guard, TemplateEdge, TemplateNodeAttrs } from '../template/attributes.ts'
import type { StepGraph } from '../template/steps.ts'

export interface ReadStep {
  readonly key: string
  readonly attributes: TemplateNodeAttrs
}

export interface ReadEdge {
  readonly source: string
  readonly target: string
  readonly boundary: boolean
  readonly handled: boolean
  readonly followed: boolean
  /** Of an edge into a branch whose steps do not say themselves which branch they stand in. */
  readonly guard: Guard | undefined
}

/** The steps and edges of a run, from whatever holds them. */
export interface ReadSteps {
  readonly steps: readonly ReadStep[]
  readonly edges: readonly ReadEdge[]
}

/** Graphs whose edges say what waits for what. Typed edges do not. */
export type StepSource =
  | FlowGraph<TemplateNodeAttrs, TemplateEdge>
  | FlowGraph
  | DirectedGraph<TemplateNodeAttrs, TemplateEdge>
  | DirectedGraph

interface AnyEdge {
  readonly source: string
  readonly target: string
  readonly attributes: Readonly<Record<string, unknown>>
}

function readEdges(graph: StepSource): readonly AnyEdge[] {
  if (graph instanceof GraphBase) return graph.edgeEntries()
  const edges: AnyEdge[] = []
  graph.forEachEdge((_edge, attributes, source, target) => {
    edges.push({ source, target, attributes })
  })
  return edges
}

export function readSteps(graph: StepSource): ReadSteps {
  const steps = graph.nodes().map((key) => ({
    key,
    attributes: graph.getNodeAttributes(key) as TemplateNodeAttrs,
  }))
  const guarded = new Set(
    steps.filter(({ attributes }) => attributes.guards !== undefined).map(({ key }) => key),
  )
  const edges = readEdges(graph)
    .filter(({ attributes }) => attributes['edgeType'] !== 'typed')
    .map(({ source, target, attributes }) => {
      const edge = attributes as unknown as TemplateEdge
      if (guarded.has(target) || edge.condition === undefined) {
        return { source, target, ...judgementOf(edge), guard: undefined }
      }
      const condition = edge.condition as Guard['condition']
      const names = conditionSteps(condition)
      const boundary = typeof condition === 'function' || names.includes(source)
      return {
        source,
        target,
        boundary,
        handled: boundary,
        followed: false,
        guard: {
          id: `${source}->${target}`,
          condition,
          negated: edge.negated === true,
          byHand: true,
        },
      }
    })
  return { steps, edges }
}

/** Those of a compiled template. */
export function readCompiled(compiled: StepGraph): ReadSteps {
  const steps = [...compiled.steps.values()].map((step) => ({
    key: step.key,
    attributes: attributesOfStep(step, undefined),
  }))
  const inside = [...compiled.edges()]
  const outside = [...compiled.outside].flatMap(([target, sources]) =>
    [...sources].map(([source, edge]) => [source, target, edge] as const),
  )
  const edges = [...inside, ...outside].map(([source, target, edge]) => ({
    source,
    target,
    ...judgementOf(edge),
    guard: undefined,
  }))
  return { steps, edges }
}

function judgementOf(edge: TemplateEdge): Pick<ReadEdge, 'boundary' | 'handled' | 'followed'> {
  const boundary = edge.boundary === true
  return {
    boundary,
    handled: boundary && edge.unhandled !== true,
    followed: edge.followed === true,
  }
}
