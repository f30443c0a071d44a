import { isPlainObject } from '../../../schema/schema-limits.ts'
import { referenced } from './document.ts'
import type { Node, OpenAPISpec } from './types.ts'

/** Schemas that one value is looked at under. */
const MAX_NODES = 128

/** All schemas of the document that apply to a value to which the given ones apply: behind references, and the options of `allOf`, `anyOf` and `oneOf`. */
export function schemasInPlace(spec: OpenAPISpec, schemas: readonly unknown[]): Node[] {
  const found = new Set<Node>()
  const waiting = [...schemas]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (!isPlainObject(next) || found.has(next) || found.size >= MAX_NODES) continue
    found.add(next)
    if (typeof next['$ref'] === 'string') {
      const target = targetOf(spec, next['$ref'])
      if (target !== undefined) waiting.push(target)
    }
    for (const keyword of ['allOf', 'anyOf', 'oneOf'])
      if (Array.isArray(next[keyword])) waiting.push(...(next[keyword] as unknown[]))
  }
  return [...found]
}

/** The schemas that apply to a member of an object or an item of an array. */
export function schemasOfMember(schemas: readonly Node[], key: string): unknown[] {
  return schemas.flatMap((schema) => {
    const { properties, additionalProperties, items, prefixItems } = schema
    if (isPlainObject(properties) && Object.hasOwn(properties, key)) return [properties[key]]
    if (Array.isArray(prefixItems) && Object.hasOwn(prefixItems, key))
      return [(prefixItems as unknown[])[Number(key)]]
    return [isPlainObject(items) ? items : undefined, additionalProperties]
  })
}

function targetOf(spec: OpenAPISpec, reference: string): unknown {
  try {
    return referenced(spec, reference, '')
  } catch {
    return undefined
  }
}

/** The types that a schema of a document names; empty when it names none. */
export function typesOf(schema: Node): readonly unknown[] {
  const { type } = schema
  if (type === undefined || type === null) return []
  return Array.isArray(type) ? type : [type]
}
