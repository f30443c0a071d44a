import { canonicalJson, compact } from '@alkdev/std'
import { CallError } from '../calls/call-error.ts'
import { pointerAppend } from './json-pointer.ts'

/** Bytes of a schema's canonical JSON. */
export const MAX_SCHEMA_BYTES = 64 * 1024
/** Nested objects and arrays in a schema's JSON. */
export const MAX_SCHEMA_DEPTH = 128

/** A schema that can't be used: `path` is a JSON Pointer into it. */
export function schemaError(path: string, message: string, cause?: unknown): CallError {
  return new CallError(
    'VALIDATION_ERROR',
    `The schema is not usable: ${path === '' ? '' : `${path}: `}${message}`,
    { errors: [{ path, message }] },
    compact({ cause }),
  )
}

/**
 * The canonical JSON of a schema that is plain JSON: at most 64 KiB, at most 128 levels, not cyclic.
 * Throws CallError VALIDATION_ERROR that names the place. Members with symbol keys (TypeBox's kinds) are not part of it.
 */
export function schemaText(schema: unknown): string {
  if (typeof schema !== 'boolean' && !isPlainObject(schema))
    throw schemaError('', 'must be an object or a boolean')
  checkTree(schema, '', [], { nodes: 0 })
  const text = canonicalJson(schema)
  const bytes = Buffer.byteLength(text)
  if (bytes > MAX_SCHEMA_BYTES)
    throw schemaError('', `has ${bytes} bytes, ${MAX_SCHEMA_BYTES} are allowed`)
  return text
}

function checkTree(node: unknown, path: string, above: unknown[], seen: { nodes: number }): void {
  if (typeof node === 'function' || typeof node === 'bigint' || typeof node === 'symbol')
    throw schemaError(path, `is a ${typeof node}, not JSON`)
  if (typeof node === 'number' && !Number.isFinite(node))
    throw schemaError(path, 'is not a finite number')
  if (typeof node !== 'object' || node === null) return
  if (above.includes(node)) throw schemaError(path, 'refers back to an object around it (a cycle)')
  if (above.length >= MAX_SCHEMA_DEPTH)
    throw schemaError('', `is nested deeper than ${MAX_SCHEMA_DEPTH} levels`)
  if (++seen.nodes > MAX_SCHEMA_BYTES)
    throw schemaError('', `has more than ${MAX_SCHEMA_BYTES} members`)
  if (!Array.isArray(node) && !isPlainObject(node))
    throw schemaError(path, 'is an instance of a class, not JSON')
  above.push(node)
  for (const [key, member] of Object.entries(node))
    checkTree(member, pointerAppend(path, key), above, seen)
  above.pop()
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    prototype === null ||
    prototype === Object.prototype ||
    Object.getPrototypeOf(prototype) === null
  )
}
