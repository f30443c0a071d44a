/** One member of an operation's input, as commands show it. */
export interface InputMember {
  readonly name: string
  /** `string`, `integer`, `"a" | "b"`, `string[]`, `object`. */
  readonly type: string
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
}

/** The part of JSON Schema that is read here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
  readonly required?: readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly format?: string
  readonly minimum?: number
  readonly minLength?: number
  readonly $ref?: string
}

/** The members of an object schema, required ones first; empty for any other schema. */
export function inputMembers(schema: Schema | undefined): readonly InputMember[] {
  const required = new Set(schema?.required)
  return Object.entries(schema?.properties ?? {})
    .map(([name, member]) => ({
      name,
      type: typeOf(member),
      required: required.has(name),
      description: describe(member),
      schema: member,
    }))
    .toSorted((a, b) => Number(b.required) - Number(a.required))
}

function describe({ description = '', default: usual }: Schema): string {
  return usual === undefined
    ? description
    : `${description} Default ${JSON.stringify(usual)}.`.trim()
}

const MAX_DEPTH = 4

/** A schema in a few words. */
export function typeOf(schema: Schema, depth = 0): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  const any = schema.anyOf ?? schema.oneOf
  if (any)
    return depth > MAX_DEPTH
      ? 'any'
      : [...new Set(any.map((one) => typeOf(one, depth + 1)))].join(' | ')
  if (Array.isArray(schema.type)) return schema.type.join(' | ')
  if (schema.type === 'array') {
    const of = depth > MAX_DEPTH || !schema.items ? 'any' : typeOf(schema.items, depth + 1)
    return of.includes(' ') ? `(${of})[]` : `${of}[]`
  }
  if (typeof schema.type === 'string') return schema.type
  return schema.properties ? 'object' : 'any'
}

/** A value that fits the schema, for an example: `examples` or `default` when there is one. */
export function exampleOf(schema: Schema, depth = 0): unknown {
  if (schema.examples && schema.examples.length > 0) return schema.examples[0]
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const [first] = schema.anyOf ?? schema.oneOf ?? []
  if (first) return depth > MAX_DEPTH ? null : exampleOf(first, depth + 1)
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'string':
      return schema.format === undefined ? '...' : `<${schema.format}>`
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    case 'array':
      return depth > MAX_DEPTH || !schema.items ? [] : [exampleOf(schema.items, depth + 1)]
    case 'object':
      return exampleInput(schema, depth + 1)
    default:
      return schema.properties ? exampleInput(schema, depth + 1) : null
  }
}

/** The required members of an object schema with example values. */
export function exampleInput(schema: Schema | undefined, depth = 0): Record<string, unknown> {
  if (depth > MAX_DEPTH) return {}
  return Object.fromEntries(
    inputMembers(schema)
      .filter((member) => member.required)
      .map((member) => [member.name, exampleOf(member.schema, depth)]),
  )
}
