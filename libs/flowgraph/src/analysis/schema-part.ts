import { ANY } from '@alkdev/operations/internal'
import type { SchemaNode } from '@alkdev/operations/internal'

/** Maximum number of references that are followed in a row. */
const MAX_REFS = 32

/**
 * The schema of a property or element; `undefined` when the schema does not name it, the unknown schema when it can't be
 * determined (unions, conditions).
 */
export function schemaPart(node: SchemaNode, step: string): SchemaNode | undefined {
  let at = node
  for (let refs = 0; refs < MAX_REFS; refs += 1) {
    const { schema } = at
    if (typeof schema === 'boolean') return schema ? ANY : undefined
    if (schema['$ref'] === undefined) return ownPart(at, schema, step)
    const target = at.document.resolve(schema['$ref'])
    if (target === undefined) return ANY
    at = target
  }
  return ANY
}

function ownPart(
  node: SchemaNode,
  schema: Readonly<Record<string, unknown>>,
  step: string,
): SchemaNode | undefined {
  const { properties, items, prefixItems, additionalProperties } = schema
  if (typeof properties === 'object' && properties !== null && Object.hasOwn(properties, step)) {
    return node.document.node((properties as Record<string, unknown>)[step])
  }
  if (/^\d+$/.test(step)) {
    const tuple: unknown = Array.isArray(items) ? items : prefixItems
    const list: readonly unknown[] = Array.isArray(tuple) ? tuple : []
    if (list[Number(step)] !== undefined) return node.document.node(list[Number(step)])
    if (items !== undefined && !Array.isArray(items)) return node.document.node(items)
  }
  const vague = ['anyOf', 'oneOf', 'allOf', 'if', 'patternProperties', '$dynamicRef']
  if (vague.some((keyword) => schema[keyword] !== undefined)) return ANY
  if (typeof additionalProperties === 'object' && additionalProperties !== null) {
    return node.document.node(additionalProperties)
  }
  return schema['type'] === undefined ? ANY : undefined
}

/** The schema of what a JSON Pointer leads to; `undefined` when the schema does not name it. */
export function schemaAt(node: SchemaNode, steps: readonly string[]): SchemaNode | undefined {
  let at: SchemaNode | undefined = node
  for (const step of steps) {
    if (at === undefined) return undefined
    at = schemaPart(at, step)
  }
  return at
}
