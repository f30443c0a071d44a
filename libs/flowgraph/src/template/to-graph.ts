import { compact } from '@alkdev/std'
import {
  ConstructionError,
  CycleError,
  DuplicateNodeError,
  InvalidInputError,
  NodeNotFoundError,
} from '../errors.ts'
import { FlowGraph } from '../graph/flow-graph.ts'
import { elementOf } from './part.ts'
import type { OperationSpec } from '../schema/attributes.ts'
import type { MapPlan, TemplateEdge, TemplateNodeAttrs } from './attributes.ts'
import type { MapSource, OperationProps } from './components.ts'
import type { Step, StepGraph, TemplateProblem } from './steps.ts'

/** Where the schemas of operations are looked up: an OperationRegistry, a Map, or anything like them. */
export interface OperationLookup {
  get(operationId: string): OperationSpec | undefined
}

export type TemplateGraph = FlowGraph<TemplateNodeAttrs, TemplateEdge>

/** The error for what is wrong with a template. */
export function errorOf(problem: TemplateProblem): ConstructionError {
  const { kind, message, key = '', cycle = [] } = problem
  switch (kind) {
    case 'duplicate-key':
      return new DuplicateNodeError(key)
    case 'unknown-step':
      return new NodeNotFoundError(key)
    case 'cycle':
      return new CycleError([cycle])
    case 'too-deep':
      return new ConstructionError('VALIDATION_ERROR', message)
    case 'not-a-step':
    case 'malformed':
      return new InvalidInputError([{ path: '', message }])
    default:
      return kind satisfies never
  }
}

/** Attributes of a step. An operation that the lookup does not know has unknown schemas. */
export function attributesOfStep(
  step: Step,
  lookup: OperationLookup | undefined,
): TemplateNodeAttrs {
  const { guards, slots, items, scope, part } = step
  const place = {
    ...(guards.length > 0 && { guards }),
    ...(slots.length > 0 && { slots }),
    ...(items.length > 0 && { items }),
    ...(scope !== '' && { scope }),
  }
  const unknown = { type: 'mutation', inputSchema: {}, outputSchema: {} } as const
  if (step.kind === 'map')
    return { name: 'map', namespace: '', ...unknown, map: planOf(step), ...place }
  const { name, input, retries, timeoutMs, backoffMs } = part.props as unknown as OperationProps
  const spec = lookup?.get(name)
  const dot = name.lastIndexOf('.')
  return {
    name: spec?.name ?? name.slice(dot + 1),
    namespace: spec?.namespace ?? name.slice(0, Math.max(0, dot)),
    type: spec?.type ?? unknown.type,
    ...compact({ version: spec?.version }),
    inputSchema: spec?.inputSchema ?? unknown.inputSchema,
    outputSchema: spec?.outputSchema ?? unknown.outputSchema,
    operationId: name,
    ...compact({ input, retries, timeoutMs, backoffMs }),
    ...place,
  }
}

function planOf(step: Step): MapPlan {
  const { over, as, maxConcurrency } = step.part.props as unknown as {
    over: MapSource
    as: string
    maxConcurrency?: number
  }
  const [child] = step.part.children
  const template = elementOf(child ?? { tag: 'sequential', props: {}, children: [] })
  return { over, as, template, ...(maxConcurrency !== undefined && { maxConcurrency }) }
}

/** Writes a compiled template into an empty graph. Throws the error of its first problem. */
export function writeTemplate(
  compiled: StepGraph,
  lookup: OperationLookup | undefined,
  into: TemplateGraph = new FlowGraph(),
): TemplateGraph {
  const [problem] = compiled.problems
  if (problem !== undefined) throw errorOf(problem)
  for (const step of compiled.steps.values()) into.addNode(step.key, attributesOfStep(step, lookup))
  into.addEdges(compiled.edges())
  return into
}
