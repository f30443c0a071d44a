import { Kind, Type } from '@alkdev/typebox'
import type { SchemaOptions, TSchema } from '@alkdev/typebox'
import { exactSchema } from './schema-kind.ts'
import { isPlainObject } from './schema-limits.ts'
import type { JsonSchema } from '../registry/types.ts'
import { compileSchema } from './validator.ts'

type Fields = Readonly<Record<string, unknown>>

/** Say something about a schema and nothing about values. */
const ANNOTATIONS: ReadonlySet<string> = new Set([
  '$comment',
  'default',
  'deprecated',
  'description',
  'examples',
  'readOnly',
  'title',
  'writeOnly',
])

/**
 * A JSON Schema as a TypeBox schema that accepts and refuses exactly the same JSON values. What TypeBox can say in just the same way becomes its
 * types (objects with listed properties, arrays, unions, literals, plain numbers, strings, booleans, null); everything else becomes a schema that keeps its keywords
 * and asks the compiled validator. Throws CallError VALIDATION_ERROR for a schema that does not compile.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- callers name the type, as the published signature has it
export function FromSchema<Schema extends TSchema = TSchema>(schema: JsonSchema): Schema {
  compileSchema(schema)
  return convert(schema, !mentionsReferences(schema)) as Schema
}

/** With references anywhere, the parts have a meaning only inside their whole. */
function mentionsReferences(schema: unknown): boolean {
  const text = JSON.stringify(schema)
  return ['"$ref"', '"$dynamicRef"', '"$id"', '"$schema"'].some((keyword) => text.includes(keyword))
}

function convert(schema: unknown, structural: boolean): TSchema {
  if (schema === true) return Type.Unknown()
  if (schema === false) return Type.Never()
  const fields = schema as Fields
  if (!structural) return exactSchema(fields)
  return structure(fields) ?? exactSchema(fields)
}

/** The TypeBox type of a schema all of whose keywords it knows in the same meaning, else undefined. */
function structure(schema: Fields): TSchema | undefined {
  const options = annotationsOf(schema)
  const keywords = Object.keys(schema).filter(
    (keyword) => !ANNOTATIONS.has(keyword) && schema[keyword] !== undefined,
  )
  const only = (...allowed: string[]): boolean =>
    keywords.every((keyword) => allowed.includes(keyword))
  if (keywords.length === 0) return Type.Unknown(options)
  if ('const' in schema && only('const')) return literal(schema['const'], options)
  if (Array.isArray(schema['enum']) && only('enum'))
    return union(
      schema['enum'].map((value) => literal(value, {})),
      options,
    )
  if (Array.isArray(schema['anyOf']) && only('anyOf')) {
    const members = schema['anyOf'].map((option) => convert(option, true))
    // TypeBox would take a required property that is not there for one of any value.
    return members.some((member) => member[Kind] === 'Unknown')
      ? undefined
      : union(members, options)
  }
  switch (schema['type']) {
    case 'string':
      return only('type') ? Type.String(options) : undefined
    case 'boolean':
      return only('type') ? Type.Boolean(options) : undefined
    case 'null':
      return only('type') ? Type.Null(options) : undefined
    case 'number':
    case 'integer':
      return only('type', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum')
        ? number(schema, options)
        : undefined
    case 'array':
      return only('type', 'items', 'minItems', 'maxItems') && !Array.isArray(schema['items'])
        ? Type.Array(
            schema['items'] === undefined ? Type.Unknown() : convert(schema['items'], true),
            { ...options, ...pick(schema, ['minItems', 'maxItems']) },
          )
        : undefined
    case 'object':
      return only('type', 'properties', 'required', 'additionalProperties')
        ? object(schema, options)
        : undefined
    default:
      return undefined
  }
}

function number(schema: Fields, options: SchemaOptions): TSchema {
  const bounds = {
    ...options,
    ...pick(schema, ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']),
  }
  return schema['type'] === 'integer' ? Type.Integer(bounds) : Type.Number(bounds)
}

function object(schema: Fields, options: SchemaOptions): TSchema | undefined {
  const given = schema['properties'] ?? {}
  if (!isPlainObject(given)) return undefined
  const required = Array.isArray(schema['required']) ? (schema['required'] as unknown[]) : []
  // A name that every object inherits, or that is required without a schema, is beyond TypeBox.
  if (Object.keys(given).some((name) => name in Object.prototype)) return undefined
  if (required.some((name) => !Object.hasOwn(given, String(name)))) return undefined
  const properties: Record<string, TSchema> = {}
  for (const [name, property] of Object.entries(given)) {
    const converted = convert(property, true)
    properties[name] = required.includes(name) ? converted : Type.Optional(converted)
  }
  const additional = schema['additionalProperties']
  return Type.Object(properties, {
    ...options,
    ...(additional !== undefined &&
      additional !== true && {
        additionalProperties: additional === false ? false : convert(additional, true),
      }),
  })
}

function literal(value: unknown, options: SchemaOptions): TSchema {
  if (value === null) return Type.Null(options)
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? Type.Literal(value, options)
    : exactSchema({ ...options, const: value })
}

function union(options: TSchema[], annotations: SchemaOptions): TSchema {
  return Type.Union(options, annotations)
}

function annotationsOf(schema: Fields): SchemaOptions {
  return pick(schema, [...ANNOTATIONS])
}

function pick(schema: Fields, keywords: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    keywords
      .filter((keyword) => schema[keyword] !== undefined)
      .map((keyword) => [keyword, schema[keyword]]),
  )
}
