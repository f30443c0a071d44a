import { STEP_KEYWORD } from './ajv-options.ts'
import { DRAFT_07, DRAFT_2020 } from './dialect.ts'
import type { Dialect } from './dialect.ts'
import { pointerAppend } from './json-pointer.ts'
import { DATA, SCHEMA_LIST, SCHEMA_MAP } from './schema-keywords.ts'
import { isPlainObject, schemaError } from './schema-limits.ts'

/** A schema as the validator compiles it. */
export interface PreparedSchema {
  readonly dialect: Dialect
  readonly schema: boolean | Record<string, unknown>
  /** Its text has more than 8 KiB. */
  readonly large: boolean
  /** It contains a `$ref`, so its depth of evaluation is not bounded by its own. */
  readonly refers: boolean
  /** Each reference and the place of its first use. */
  readonly references: ReadonlyMap<string, string>
  /** A property name that every object inherits is used: own properties must be distinguished. */
  readonly inherited: boolean
}

const LARGE = 8192

interface Notes {
  contains?: string
  unevaluatedItems?: string
  dialect: Dialect
  refers: boolean
  references: Map<string, string>
  inherited: boolean
}

/**
 * The schema without the extensions of the validator to JSON Schema (`nullable`, `id`), its dialect, and the data that the
 * compiler needs. The input is the result of `schemaText`. Throws CallError VALIDATION_ERROR for `$async` and an unknown `$schema`.
 *
 * Dialect: `$schema` decides; without one it is 2020-12, unless a keyword is used in the way of draft-07 only
 * (`items` as a list, `dependencies`, `additionalItems`), as TypeBox and many tools do.
 */
export function prepareSchema(text: string): PreparedSchema {
  const schema: unknown = JSON.parse(text)
  const declared = isPlainObject(schema) ? declaredDialect(schema['$schema']) : '2020-12'
  const notes: Notes = {
    dialect: declared ?? '2020-12',
    refers: text.includes('"$ref"') || text.includes('"$dynamicRef"'),
    references: new Map(),
    inherited: false,
  }
  const visit = (node: unknown, path: string): unknown =>
    isPlainObject(node) ? object(node, path) : node
  const object = (node: Record<string, unknown>, path: string): Record<string, unknown> => {
    const out: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(node)) {
      const at = pointerAppend(path, key)
      if (key === 'nullable' || key === 'id') continue
      if (key === '$async') throw schemaError(at, 'is not a JSON Schema keyword')
      noteKeyword(notes, key, value, at, declared)
      if (DATA.has(key)) define(out, key, value)
      else if (SCHEMA_LIST.has(key) && Array.isArray(value))
        define(
          out,
          key,
          value.map((item, index) => visit(item, pointerAppend(at, index))),
        )
      else if (SCHEMA_MAP.has(key) && isPlainObject(value)) define(out, key, map(value, at))
      else define(out, key, visit(value, at))
    }
    moveProto(out, path)
    if (notes.refers) out[STEP_KEYWORD] = true
    // In draft-07 a reference stands for the whole schema: what lies beside it is ignored.
    return declared === 'draft-07' && typeof out['$ref'] === 'string'
      ? onlyReference(out, path)
      : out
  }
  const map = (node: Record<string, unknown>, path: string): Record<string, unknown> => {
    const out: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(node)) {
      if (name in Object.prototype) notes.inherited = true
      define(out, name, visit(value, pointerAppend(path, name)))
    }
    return out
  }
  const prepared = visit(schema, '')
  // Ajv (8.20) takes every item for evaluated once there is a contains, and so would accept too much.
  if (notes.contains !== undefined && notes.unevaluatedItems !== undefined)
    throw schemaError(notes.unevaluatedItems, `is not supported together with ${notes.contains}`)
  if (isPlainObject(prepared)) delete prepared['$schema']
  return { ...notes, large: text.length > LARGE, schema: prepared as PreparedSchema['schema'] }
}

/** Ajv ignores a property named `__proto__`; as a pattern it is checked like any other. */
function moveProto(node: Record<string, unknown>, path: string): void {
  for (const keyword of ['dependencies', 'dependentRequired', 'dependentSchemas'])
    if (isPlainObject(node[keyword]) && Object.hasOwn(node[keyword], '__proto__'))
      throw schemaError(`${path}/${keyword}/__proto__`, 'is not supported')
  const { properties, patternProperties } = node
  if (!isPlainObject(properties) || !Object.hasOwn(properties, '__proto__')) return
  const { ['__proto__']: proto, ...others } = properties
  node['properties'] = others
  const pattern = '^__proto__$'
  const patterns = isPlainObject(patternProperties) ? patternProperties : {}
  node['patternProperties'] = {
    ...patterns,
    [pattern]: pattern in patterns ? { allOf: [patterns[pattern], proto] } : proto,
  }
}

function onlyReference(node: Record<string, unknown>, path: string): Record<string, unknown> {
  const kept = ['$ref', 'definitions', '$defs', STEP_KEYWORD, ...(path === '' ? ['$id'] : [])]
  return Object.fromEntries(Object.entries(node).filter(([key]) => kept.includes(key)))
}

function declaredDialect(uri: unknown): Dialect | undefined {
  if (uri === undefined) return undefined
  if (typeof uri === 'string') {
    const bare = uri
      .replace(/#$/, '')
      .replace(/^https:\/\/json-schema.org\/draft-07/, 'http://json-schema.org/draft-07')
    if (bare === DRAFT_07) return 'draft-07'
    if (bare === DRAFT_2020) return '2020-12'
  }
  throw schemaError('/$schema', 'names neither JSON Schema 2020-12 nor draft-07')
}

function noteKeyword(
  notes: Notes,
  key: string,
  value: unknown,
  at: string,
  declared: Dialect | undefined,
): void {
  if (declared === undefined) {
    if (key === 'items' && Array.isArray(value)) notes.dialect = 'draft-07'
    if (key === 'additionalItems' || key === 'dependencies') notes.dialect = 'draft-07'
  }
  if (key === 'contains' || key === 'unevaluatedItems') notes[key] ??= at
  if (key === '$ref' || key === '$dynamicRef') {
    if (typeof value === 'string' && !notes.references.has(value)) notes.references.set(value, at)
  }
  if (key === 'required' || key === 'dependentRequired' || key === 'dependencies') {
    const text = JSON.stringify(value)
    for (const name of Object.getOwnPropertyNames(Object.prototype))
      if (text.includes(`"${name}"`)) notes.inherited = true
  }
}

/** Also for `__proto__`, which an assignment would treat as the prototype. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}
