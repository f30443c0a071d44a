import { GraphBase } from '../graph/graph-base.ts'
import { attributesOfNode, edgesOf } from './graph-input.ts'
import type { OperationNodeAttrs, TypedEdgeAttrs } from '../schema/attributes.ts'
import type { TypeIncompatError } from '../validation-results.ts'
import type { TypeMismatch } from '@alkdev/operations/schema-compatibility'
import type { AnyGraph } from './graph-input.ts'

/** How the operations of a graph fit each other. */
export interface TypeCompatSummary {
  readonly compatible: number
  readonly incompatible: number
  /** Pairs of which a schema is unknown. */
  readonly unknown: number
  /** The first 1,000 that do not fit. */
  readonly errors: readonly TypeIncompatError[]
}

const MAX_ERRORS = 1000

/** Counts the typed edges of a graph and says why pairs do not fit. Throws ConstructionError beyond a million type edges. */
export function analyzeTypeCompat(graph: AnyGraph): TypeCompatSummary {
  let compatible = 0
  let incompatible = 0
  const errors: TypeIncompatError[] = []
  const edges = graph instanceof GraphBase ? graph.edgeEntries() : edgesOf(graph)
  for (const { source, target, attributes } of edges) {
    if (attributes['edgeType'] !== 'typed') continue
    const edge = attributes as unknown as TypedEdgeAttrs
    if (edge.compatible) compatible += 1
    else incompatible += 1
    if (edge.compatible || errors.length >= MAX_ERRORS) continue
    const mismatches = (edge.mismatches ?? []) as readonly TypeMismatch[]
    errors.push({
      type: 'type-compat',
      sourceKey: source,
      targetKey: target,
      compatible: false,
      mismatches,
    })
  }
  const operations = graph
    .nodes()
    .filter((key) => 'inputSchema' in attributesOfNode(graph, key)).length
  return {
    compatible,
    incompatible,
    unknown: operations * (operations - 1) - compatible - incompatible,
    errors,
  }
}

/** Attributes of an operation with what is missing filled in: no namespace, a query, schemas that say nothing. */
export function resolveDefaults(
  attributes: Partial<OperationNodeAttrs> & Pick<OperationNodeAttrs, 'name'>,
): OperationNodeAttrs {
  return { namespace: '', type: 'query', inputSchema: {}, outputSchema: {}, ...attributes }
}
