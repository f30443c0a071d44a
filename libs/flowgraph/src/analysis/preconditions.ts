import { describeSchema, Expander, pointer, rootNode } from '@alkdev/operations/internal'
import type { SchemaNode } from '@alkdev/operations/internal'
import { nodesFit } from './type-compat.ts'
import { schemaPart } from './schema-part.ts'
import { asDigraph, attributesOfNode } from './graph-input.ts'
import type { JsonSchema } from '@alkdev/operations'
import type { AnyGraph } from './graph-input.ts'
import type { TypeIncompatError } from '../validation-results.ts'

/** What a node's attributes may hold that counts here. */
interface Described {
  readonly inputSchema?: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly input?: unknown
}

/**
 * Required input properties without a source: neither the `input` of the step nor the output of a predecessor has a property with the
 * same name and a compatible type. Nodes without predecessors get their input from outside and are omitted. Never throws.
 */
export function validatePreconditions(graph: AnyGraph): TypeIncompatError[] {
  const digraph = asDigraph(graph)
  const expander = new Expander()
  const errors: TypeIncompatError[] = []
  for (const key of graph.nodes()) {
    const sources = digraph.predecessors(key)
    const { inputSchema, input } = attributesOfNode(graph, key) as Described
    if (inputSchema === undefined || sources.length === 0 || typeof input === 'function') continue
    const target = rootNode(inputSchema)
    const outputs = sources.flatMap((source) => {
      const { outputSchema } = attributesOfNode(graph, source) as Described
      return outputSchema === undefined ? [] : [{ source, node: rootNode(outputSchema) }]
    })
    for (const name of requiredOf(target)) {
      if (typeof input === 'object' && input !== null && Object.hasOwn(input, name)) continue
      const wanted = schemaPart(target, name)
      const offers = outputs.flatMap(({ source, node }) => {
        const part = schemaPart(node, name)
        return part === undefined ? [] : [{ source, part }]
      })
      if (
        wanted === undefined ||
        offers.some(({ part }) => nodesFit(part, wanted, expander, 'absent'))
      )
        continue
      const [offer] = offers
      errors.push({
        type: 'type-compat',
        sourceKey: offer?.source ?? sources[0] ?? '',
        targetKey: key,
        compatible: false,
        mismatches: [
          {
            path: pointer('', name),
            expected: describeSchema(wanted),
            actual:
              offer === undefined ? 'not offered by any predecessor' : describeSchema(offer.part),
            reason: offer === undefined ? 'missing' : 'type',
          },
        ],
      })
    }
  }
  return errors
}

function requiredOf(node: SchemaNode): readonly string[] {
  if (typeof node.schema === 'boolean') return []
  const { required } = node.schema
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : []
}
