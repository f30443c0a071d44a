import { edgeKey } from '@alkdev/graph'
import { Value } from '@alkdev/typebox/value'
import { InvalidInputError } from '../errors.ts'
import { TaskGraphSerialized } from '../schema/graph.ts'
import type { NodeStore } from './node-store.ts'

/** The store in graphology's export form; shares no object with it. */
export function exportStore(store: NodeStore): TaskGraphSerialized {
  const nodes: TaskGraphSerialized['nodes'] = []
  const edges: TaskGraphSerialized['edges'] = []
  const unresolved: string[] = []
  for (const node of store.nodes()) {
    nodes.push({ key: node.id, attributes: { ...node.attributes } })
    if (node.unresolved) unresolved.push(node.id)
    for (const edge of node.outgoing) {
      const { source, target } = { source: edge.source.id, target: edge.target.id }
      edges.push({
        key: edgeKey(source, target),
        source,
        target,
        attributes: { ...edge.attributes },
      })
    }
  }
  return {
    attributes: unresolved.length > 0 ? { unresolved } : {},
    options: { type: 'directed', multi: false, allowSelfLoops: false },
    nodes,
    edges,
  }
}

/**
 * Checks JSON from anywhere. An edge without `attributes`, as graphology writes one that has none, gets empty ones.
 * @throws InvalidInputError for the first place that does not fit the schema
 */
export function checkSerialized(data: unknown): TaskGraphSerialized {
  const filled = withEdgeAttributes(data)
  if (Value.Check(TaskGraphSerialized, filled)) return filled
  const first = Value.Errors(TaskGraphSerialized, filled).First()
  throw first === undefined
    ? new InvalidInputError('', 'This is not a serialized task graph.')
    : InvalidInputError.fromTypeBoxError(first)
}

function withEdgeAttributes(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || !('edges' in data)) return data
  const { edges } = data
  if (!Array.isArray(edges)) return data
  const full = edges.map((edge: unknown): unknown =>
    typeof edge === 'object' && edge !== null && !('attributes' in edge)
      ? { ...edge, attributes: {} }
      : edge,
  )
  return { ...data, edges: full }
}
