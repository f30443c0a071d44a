import { DATA, SCHEMA_MAP } from './schema-keywords.ts'
import type { JsonSchema, OperationSpec } from '../registry/types.ts'

/** Keyword that marks a value as a secret, with the value `true`. */
export const SECRET_KEYWORD = 'x-secret'

/** Maximum parts of a schema that are searched; a schema with more counts as marked, so that no hidden mark is missed. */
const MAX_PARTS = 65_536

const known = new WeakMap<OperationSpec, boolean>()

/**
 * True when a part of the operation's input, output or declared errors is marked as a secret: by `x-secret: true`, by
 * `format: "password"`, or by `writeOnly: true`. Cached per spec object.
 */
export function holdsSecrets(spec: OperationSpec): boolean {
  let holds = known.get(spec)
  if (holds === undefined) {
    holds = isMarked(spec.inputSchema) || givesSecrets(spec)
    known.set(spec, holds)
  }
  return holds
}

/** True when a part of the operation's answers is marked: its output, or the details of a declared error. */
export function givesSecrets({ outputSchema, errorSchemas = [] }: OperationSpec): boolean {
  return isMarked(outputSchema) || errorSchemas.some(({ schema }) => isMarked(schema as JsonSchema))
}

/** True when the schema itself is marked, whatever its parts are. */
export function isMarkedHere(schema: Readonly<Record<string, unknown>>): boolean {
  if (schema[SECRET_KEYWORD] === true || schema['writeOnly'] === true) return true
  return schema['format'] === 'password'
}

const marked = new WeakMap<object, boolean>()

/** True when a part of the schema is marked as a secret. Cached per schema object. */
export function isMarked(schema: JsonSchema): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  let is = marked.get(schema)
  if (is === undefined) marked.set(schema, (is = hasMarkedPart(schema)))
  return is
}

function hasMarkedPart(schema: object): boolean {
  const open: unknown[] = [schema]
  for (let parts = 0; open.length > 0; parts++) {
    if (parts > MAX_PARTS) return true
    const part = open.pop()
    if (typeof part !== 'object' || part === null) continue
    if (Array.isArray(part)) {
      for (const item of part) open.push(item)
      continue
    }
    const members = part as Readonly<Record<string, unknown>>
    if (isMarkedHere(members)) return true
    for (const [keyword, value] of Object.entries(members)) {
      if (DATA.has(keyword)) continue
      // The members of a map have arbitrary names, which may equal a keyword.
      const isMap = SCHEMA_MAP.has(keyword) && typeof value === 'object' && value !== null
      if (isMap) for (const inner of Object.values(value)) open.push(inner)
      else open.push(value)
    }
  }
  return false
}
