import { edgeKey } from '@alkdev/graph'
import { findCyclesIn } from './order.ts'
import { asDigraph, attributesOfNode, edgesOf } from './graph-input.ts'
import { problemsOf } from '../graph/serialize.ts'
import {
  CallEdgeAttrs,
  CallNodeAttrs,
  EdgeAttrs,
  OperationNodeAttrs,
  TemplateEdgeAttrs,
  TypedEdgeAttrs,
} from '../schema/attributes.ts'
import { isFinalCall } from '../schema/enums.ts'
import type { TSchema } from '@alkdev/typebox'
import type { AnyGraph } from './graph-input.ts'
import type { Digraph } from '../graph/digraph.ts'
import type { CallStatus } from '../schema/enums.ts'
import type {
  AnyValidationError,
  GraphProblem,
  GraphValidationError,
  ValidationError,
} from '../validation-results.ts'

type Attributes = Readonly<Record<string, unknown>>

function isCall(attributes: Attributes): boolean {
  return 'requestId' in attributes
}

function valueOf(attributes: Attributes, pointer: string): unknown {
  const [, first] = pointer.split('/')
  return first === undefined ? attributes : attributes[first]
}

/** Attributes of nodes and edges that do not have the shape of their kind; never throws. `nodeKey` of an edge is its key. */
export function validateSchema(graph: AnyGraph): ValidationError[] {
  const errors: ValidationError[] = []
  const check = (schema: TSchema, nodeKey: string, attributes: Attributes): void => {
    for (const { path, message } of problemsOf(schema, attributes)) {
      errors.push({
        type: 'schema',
        nodeKey,
        field: path,
        message,
        value: valueOf(attributes, path),
      })
    }
  }
  for (const key of graph.nodes()) {
    const attributes = attributesOfNode(graph, key)
    check(isCall(attributes) ? CallNodeAttrs : OperationNodeAttrs, key, attributes)
  }
  for (const { source, target, attributes } of edgesOf(graph)) {
    check(edgeSchema(attributes['edgeType']), edgeKey(source, target), attributes)
  }
  return errors
}

function edgeSchema(edgeType: unknown): TSchema {
  switch (edgeType) {
    case 'typed':
      return TypedEdgeAttrs
    case 'triggered':
    case 'depends_on':
      return CallEdgeAttrs
    case 'sequential':
    case 'conditional':
      return TemplateEdgeAttrs
    default:
      return EdgeAttrs
  }
}

function problem(
  category: GraphProblem,
  message: string,
  details: Attributes,
): GraphValidationError {
  return { type: 'graph', category, message, details }
}

/**
 * What is wrong with how the nodes hang together; never throws. `cycle`: an order that does not exist (types may form cycles).
 * `dangling-reference`: a call whose parent is not there. `orphan-node`: an operation or step without any edge, in a graph of
 * several. `status-inconsistency`: times, results and errors that do not go with the status.
 */
export function validateGraph(graph: AnyGraph): GraphValidationError[] {
  const errors: GraphValidationError[] = []
  for (const cycle of findCyclesIn(withoutTypes(graph))) {
    errors.push(
      problem('cycle', `A cycle: ${[...cycle.slice(0, 8), cycle[0]].join(' -> ')}`, { cycle }),
    )
  }
  const digraph = asDigraph(graph)
  for (const key of graph.nodes()) {
    const attributes = attributesOfNode(graph, key)
    if (isCall(attributes)) errors.push(...callProblems(digraph, key, attributes))
    else if (graph.order > 1 && graph.degree(key) === 0) {
      errors.push(problem('orphan-node', `"${key}" has no edge`, { nodeKey: key }))
    }
  }
  return errors
}

function withoutTypes(graph: AnyGraph): Digraph {
  const targets = new Map<string, string[]>()
  for (const { source, target, attributes } of edgesOf(graph)) {
    if (attributes['edgeType'] === 'typed') continue
    const known = targets.get(source)
    if (known === undefined) targets.set(source, [target])
    else known.push(target)
  }
  return {
    order: graph.order,
    nodes: () => graph.nodes(),
    hasNode: (key) => graph.hasNode(key),
    successors: (key) => targets.get(key) ?? [],
    predecessors: () => [],
  }
}

function callProblems(
  graph: Digraph,
  key: string,
  call: Partial<CallNodeAttrs>,
): GraphValidationError[] {
  const errors: GraphValidationError[] = []
  const { parentRequestId, startedAt, completedAt, error } = call
  const status = call.status as CallStatus
  if (parentRequestId !== undefined && !graph.hasNode(parentRequestId)) {
    const message = `The parent "${parentRequestId}" of "${key}" is not there`
    errors.push(problem('dangling-reference', message, { nodeKey: key, parentRequestId }))
  }
  const report = (message: string): void => {
    errors.push(problem('status-inconsistency', `"${key}" ${message}`, { nodeKey: key, status }))
  }
  if (completedAt !== undefined && !isFinalCall(status)) report(`has ended and is ${status}`)
  if (error !== undefined && status !== 'failed' && status !== 'aborted')
    report(`has an error and is ${status}`)
  if (
    startedAt !== undefined &&
    completedAt !== undefined &&
    Date.parse(completedAt) < Date.parse(startedAt)
  ) {
    report('ended before it started')
  }
  return errors
}

/** `validateSchema` and `validateGraph`. */
export function validate(graph: AnyGraph): AnyValidationError[] {
  return [...validateSchema(graph), ...validateGraph(graph)]
}
