import { pointerAppend, pointerGet } from './json-pointer.ts'
import { IN_PLACE } from './schema-keywords.ts'
import { isPlainObject, schemaError } from './schema-limits.ts'

/**
 * Refuses a schema that refers to itself without going into a part of the value, such as `{"$ref": "#"}`: its evaluation would never end.
 * Follows references by JSON Pointer (`#`, `#/...`). Throws CallError VALIDATION_ERROR with the place of the reference.
 */
export function refuseEndlessReferences(schema: unknown): void {
  const done = new Set<unknown>()
  const open = new Set<unknown>()
  const visit = (node: unknown, path: string): void => {
    if (!isPlainObject(node) || done.has(node)) return
    if (open.has(node))
      throw schemaError(path, 'leads back to itself without going into the value (a cycle)')
    open.add(node)
    const reference = node['$ref']
    if (typeof reference === 'string' && reference.startsWith('#'))
      visit(target(schema, reference), pointerAppend(path, '$ref'))
    for (const keyword of IN_PLACE) {
      const value = node[keyword]
      const at = pointerAppend(path, keyword)
      if (Array.isArray(value))
        for (const [index, item] of value.entries()) visit(item, pointerAppend(at, index))
      else if (keyword === 'dependentSchemas' || keyword === 'dependencies') {
        if (isPlainObject(value))
          for (const [name, item] of Object.entries(value)) visit(item, pointerAppend(at, name))
      } else visit(value, at)
    }
    open.delete(node)
    done.add(node)
  }
  const all = (node: unknown, path: string): void => {
    visit(node, path)
    if (typeof node !== 'object' || node === null) return
    for (const [key, member] of Object.entries(node)) all(member, pointerAppend(path, key))
  }
  all(schema, '')
}

function target(schema: unknown, reference: string): unknown {
  if (reference === '#') return schema
  try {
    return pointerGet(schema, decodeURIComponent(reference.slice(1)))
  } catch {
    return undefined
  }
}
