import { edgeKey } from '@alkdev/graph'
import { FlowGraph } from '../graph/flow-graph.ts'
import { TypeEdges } from '../graph/type-edges.ts'
import type { RawGraph } from '../graph/digraph.ts'
import type { OperationNodeAttrs } from '../schema/attributes.ts'
import type { TypeCompatOptions } from './type-compat.ts'

/**
 * Adds a `typed` edge for every pair of operations whose schemas are known, compatible or not; edges that are there stay, so
 * it may be called again after nodes were added. A FlowGraph derives its edges (see `FlowGraph.fromSpecs`); into a graphology
 * graph they are written one by one. Returns the number of edges added.
 */
export function buildTypeEdges(
  graph: FlowGraph | RawGraph,
  options: TypeCompatOptions = {},
): number {
  const before = graph.size
  if (graph instanceof FlowGraph) graph.deriveTypeEdges(options)
  else writeTypeEdges(graph, options)
  return graph.size - before
}

function writeTypeEdges(graph: RawGraph, options: TypeCompatOptions): void {
  const edges = new TypeEdges(options.undeclared ?? 'possible')
  graph.forEachNode((key, attributes) => {
    const { inputSchema, outputSchema } = attributes as Partial<OperationNodeAttrs>
    if (inputSchema !== undefined && outputSchema !== undefined)
      edges.add(key, inputSchema, outputSchema)
  })
  for (const [source, target] of edges.pairs()) {
    if (graph.hasDirectedEdge(source, target)) continue
    graph.addDirectedEdgeWithKey(edgeKey(source, target), source, target, edges.get(source, target))
  }
}
