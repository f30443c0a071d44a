import { canonicalJson } from '@alkdev/std'
import { CallError } from '../call-error.ts'
import { MAX_SCHEMA_BYTES, isPlainObject } from '../schema-limits.ts'
import type { JsonSchema } from '../types.ts'

type Fields = Record<string, unknown>

export interface FittedSchema {
  readonly schema: JsonSchema
  /** What was left out to make it fit; the service checks that itself. */
  readonly loosened?: 'descriptions' | 'nested schemas'
}

/**
 * The schema, made to fit into the registry's 64 KiB where it does not: first without descriptions, then with the components that are farthest from its root
 * replaced by "anything", as few of them as needed.
 */
export function fitSchema(schema: unknown): FittedSchema {
  if (fits(schema)) return { schema: schema as JsonSchema }
  const bare = withoutTexts(schema)
  if (fits(bare)) return { schema: bare as JsonSchema, loosened: 'descriptions' }
  const loosened = loosen(bare)
  if (loosened !== undefined) return { schema: loosened, loosened: 'nested schemas' }
  throw new CallError('VALIDATION_ERROR', 'The schema is too large.', {
    errors: [{ path: '', message: `has more than ${MAX_SCHEMA_BYTES} bytes by itself` }],
  })
}

function fits(schema: unknown): boolean {
  return Buffer.byteLength(canonicalJson(schema)) <= MAX_SCHEMA_BYTES
}

const TEXTS = new Set(['description', 'title', 'default', '$comment', 'x-format', 'x-pattern'])

function withoutTexts(node: unknown, names = false): unknown {
  if (Array.isArray(node)) return node.map((item) => withoutTexts(item))
  if (!isPlainObject(node)) return node
  const out: Fields = {}
  for (const [key, value] of Object.entries(node)) {
    if (!names && TEXTS.has(key)) continue
    if (!names && (key === 'enum' || key === 'const')) out[key] = value
    else out[key] = withoutTexts(value, !names && (key === 'properties' || key === '$defs'))
  }
  return out
}

/** Definitions in the order of their distance from the root; as many of the nearest as fit, the others accept anything. */
function loosen(schema: unknown): JsonSchema | undefined {
  if (!isPlainObject(schema) || !isPlainObject(schema['$defs'])) return undefined
  const { $defs, ...root } = schema as Fields & { $defs: Fields }
  const order: string[] = []
  let layer = namesIn(root)
  while (layer.length > 0) {
    const next: string[] = []
    for (const name of layer) {
      if (order.includes(name)) continue
      order.push(name)
      next.push(...namesIn($defs[name]))
    }
    layer = next
  }
  let low = 0
  let high = order.length
  const candidate = (kept: number): Fields => {
    const near = new Set(order.slice(0, kept))
    const named = new Set([
      ...namesIn(root),
      ...order.slice(0, kept).flatMap((name) => namesIn($defs[name])),
    ])
    return {
      ...root,
      $defs: Object.fromEntries(
        order
          .filter((name) => named.has(name))
          .map((name) => [name, near.has(name) ? $defs[name] : true]),
      ),
    }
  }
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(candidate(middle))) low = middle
    else high = middle - 1
  }
  const best = candidate(low)
  return fits(best) ? best : undefined
}

function namesIn(node: unknown): string[] {
  const found: string[] = []
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit)
    else if (isPlainObject(part))
      for (const [key, value] of Object.entries(part)) {
        if (key === '$ref' && typeof value === 'string' && value.startsWith('#/$defs/'))
          found.push(value.slice('#/$defs/'.length))
        else visit(value)
      }
  }
  visit(node)
  return found
}
