import { linearRegExp } from './linear-regexp.ts'
import { SchemaParts } from './schema-parts.ts'
import { isMarked, isMarkedHere } from './secret-marks.ts'
import type { JsonSchema, OperationSpec } from '../registry/types.ts'

/** The replacement for a secret in a record. */
export const REDACTED = '[redacted]'

/** Levels of a value that are examined. Deeper parts are redacted. */
const MAX_DEPTH = 64
/** Members and items that are examined; the rest is redacted. This is more than a record keeps. */
const MAX_VALUES = 8192
/** Schemas that are applied to one value, for all its parts together; the rest is redacted. */
const MAX_SCHEMAS = 262_144

/** The payloads of a call that are kept. */
export interface CallPayloads {
  readonly input?: unknown
  readonly output?: unknown
  readonly error?:
    | { readonly code: string; readonly message: string; readonly details?: unknown }
    | undefined
}

/**
 * The payloads without the values that the schemas of the operation mark as a secret: by `x-secret: true`, `format: "password"` or
 * `writeOnly: true`. Details of an error are judged by the schema that the operation declares for its code. Every schema that may apply to
 * a value counts: all branches of `anyOf`, `if` and `not` too. Parts without a mark are returned as they are, not copied.
 */
export function redactPayloads(spec: OperationSpec, payloads: CallPayloads): CallPayloads {
  const { input, output, error } = payloads
  const declared = spec.errorSchemas?.filter(({ code }) => code === error?.code) ?? []
  let details = error?.details
  for (const { schema } of declared) details = redactMarked(schema as JsonSchema, details)
  return {
    ...(input !== undefined && { input: redactMarked(spec.inputSchema, input) }),
    ...(output !== undefined && { output: redactMarked(spec.outputSchema, output) }),
    ...(error !== undefined && {
      error: details === error.details ? error : { ...error, details },
    }),
  }
}

/** A value without the parts that its schema marks as a secret; the same value when the schema has no mark. */
export function redactMarked(schema: JsonSchema, value: unknown): unknown {
  if (value === undefined || !isMarked(schema)) return value
  return new Redaction(schema).of([schema], value, 0)
}

type Schema = Readonly<Record<string, unknown>>

class Redaction {
  readonly #parts: SchemaParts
  #values = 0
  #schemas = 0

  constructor(root: unknown) {
    this.#parts = new SchemaParts(root)
  }

  /** The value without its secrets by these schemas. */
  of(schemas: readonly unknown[], value: unknown, depth: number): unknown {
    if (++this.#values > MAX_VALUES) return REDACTED
    if (schemas.length === 0) return value
    if (depth > MAX_DEPTH) return REDACTED
    const applied = this.#parts.inPlace(schemas)
    this.#schemas += applied?.length ?? 0
    if (applied === undefined || this.#schemas > MAX_SCHEMAS) return REDACTED
    if (applied.some(isSecret)) return value === null ? null : REDACTED
    if (typeof value !== 'object' || value === null) return value
    if ('toJSON' in value || ArrayBuffer.isView(value)) return value
    return Array.isArray(value)
      ? this.#list(applied, value, depth)
      : this.#object(applied, value, depth)
  }

  #list(applied: readonly Schema[], list: readonly unknown[], depth: number): unknown[] {
    const copy: unknown[] = []
    for (const [at, item] of list.entries()) {
      const schemas = applied.flatMap((schema) => itemSchemas(schema, at))
      copy.push(this.of(schemas, item, depth + 1))
      if (this.#values > MAX_VALUES) break
    }
    return copy
  }

  #object(applied: readonly Schema[], value: object, depth: number): object {
    const copy: Record<string, unknown> = {}
    for (const [name, member] of Object.entries(value)) {
      const schemas = applied.flatMap((schema) => memberSchemas(schema, name))
      // defineProperty instead of an assignment, because the name may be `__proto__`.
      Object.defineProperty(copy, name, {
        value: this.of(schemas, member, depth + 1),
        enumerable: true,
      })
      if (this.#values > MAX_VALUES) break
    }
    return copy
  }
}

/** True when it is marked itself, or by a schema for its names or for the text that it contains. */
function isSecret(schema: Schema): boolean {
  if (isMarkedHere(schema)) return true
  return ['propertyNames', 'contentSchema'].some((keyword) => {
    const inner = schema[keyword]
    return inner !== undefined && isMarked(inner as JsonSchema)
  })
}

function itemSchemas(schema: Schema, at: number): unknown[] {
  const { prefixItems, items, additionalItems, unevaluatedItems, contains } = schema
  const first = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : []
  const rest = Array.isArray(items) ? additionalItems : items
  const own: readonly unknown[] = at < first.length ? [first[at]] : [rest, unevaluatedItems]
  return [...own, contains].filter(isSchema)
}

function memberSchemas(schema: Schema, name: string): unknown[] {
  const { properties, patternProperties, additionalProperties, unevaluatedProperties } = schema
  const found: unknown[] = []
  if (isSchema(properties) && Object.hasOwn(properties, name)) found.push(properties[name])
  if (isSchema(patternProperties)) {
    for (const [pattern, inner] of Object.entries(patternProperties)) {
      if (matches(pattern, name)) found.push(inner)
    }
  }
  if (found.length === 0) found.push(additionalProperties, unevaluatedProperties)
  return found.filter(isSchema)
}

/** A pattern that cannot be run counts as one that matches. */
function matches(pattern: string, name: string): boolean {
  try {
    return patternOf(pattern).test(name)
  } catch {
    return true
  }
}

const REMEMBERED_PATTERNS = 256
const patterns = new Map<string, { test(text: string): boolean }>()

function patternOf(pattern: string): { test(text: string): boolean } {
  let known = patterns.get(pattern)
  if (known === undefined) {
    known = linearRegExp(pattern)
    if (patterns.size >= REMEMBERED_PATTERNS) patterns.clear()
    patterns.set(pattern, known)
  }
  return known
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
