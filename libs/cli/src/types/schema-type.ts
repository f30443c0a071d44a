/** Nesting beyond this becomes `unknown`. */
const MAX_DEPTH = 40
/** Alternatives of an enum or union beyond this become the type of their values. */
const MAX_ALTERNATIVES = 500

type Schema = Readonly<Record<string, unknown>>

/** Turns the schemas of one document (`$ref` is looked up in `root`) into TypeScript types. */
export class SchemaTypes {
  readonly #root: unknown
  readonly #prefix: string
  /** The names of references that types use, each declared once. */
  readonly #names = new Map<string, string>()
  readonly #declarations: string[] = []
  /** References that are resolved without an object or list in between: coming back to one is a cycle that has no type. */
  readonly #resolving = new Set<string>()

  /** `prefix` begins the names of the types that references need; it must be an identifier. */
  constructor(root: unknown, prefix: string) {
    this.#root = root
    this.#prefix = prefix
  }

  /** `type Name = ...` of each reference that the types so far used. */
  get declarations(): readonly string[] {
    return this.#declarations
  }

  typeOf(schema: unknown, depth = 0): string {
    if (schema === false) return 'never'
    if (depth > MAX_DEPTH || !isObject(schema)) return 'unknown'
    const parts = [
      this.#reference(schema['$ref']),
      this.#values(schema),
      this.#alternatives(schema['anyOf'], depth),
      this.#alternatives(schema['oneOf'], depth),
      ...this.#all(schema['allOf'], depth),
      hasOwnType(schema) ? this.#typed(schema, depth) : undefined,
    ].filter((part) => part !== undefined && part !== 'unknown')
    const unique = [...new Set(parts)]
    if (unique.length === 0) return 'unknown'
    if (unique.length === 1) return unique[0] ?? 'unknown'
    // `enum` and `const` imply the `type` beside them.
    const values = this.#values(schema)
    if (values !== undefined) return values
    return unique.map((part) => `(${part})`).join(' & ')
  }

  #reference(ref: unknown): string | undefined {
    if (typeof ref !== 'string') return undefined
    const known = this.#names.get(ref)
    if (known !== undefined) return this.#resolving.has(ref) ? undefined : known
    const target = ref.startsWith('#') ? this.#lookUp(ref.slice(1)) : undefined
    if (target === undefined) return 'unknown'
    const name = `${this.#prefix}${this.#names.size + 1}`
    this.#names.set(ref, name)
    this.#resolving.add(ref)
    const type = this.typeOf(target)
    this.#resolving.delete(ref)
    this.#declarations.push(`type ${name} = ${type}`)
    return name
  }

  #lookUp(pointer: string): unknown {
    let place: unknown = this.#root
    for (const part of pointer.split('/').slice(1)) {
      const key = decode(part).replaceAll('~1', '/').replaceAll('~0', '~')
      if (typeof place !== 'object' || place === null || !Object.hasOwn(place, key))
        return undefined
      place = (place as Schema)[key]
    }
    return pointer === '' || pointer.startsWith('/') ? place : undefined
  }

  #values(schema: Schema): string | undefined {
    if (Object.hasOwn(schema, 'const')) return literal(schema['const'])
    const values = schema['enum']
    if (!Array.isArray(values)) return undefined
    if (values.length > MAX_ALTERNATIVES) return union(values.map((value) => primitive(value)))
    return union(values.map(literal))
  }

  #alternatives(list: unknown, depth: number): string | undefined {
    if (!Array.isArray(list) || list.length > MAX_ALTERNATIVES) return undefined
    return union(list.map((each) => this.typeOf(each, depth + 1)))
  }

  #all(list: unknown, depth: number): readonly string[] {
    return Array.isArray(list)
      ? list.slice(0, MAX_ALTERNATIVES).map((each) => this.typeOf(each, depth + 1))
      : []
  }

  #typed(schema: Schema, depth: number): string {
    const { type } = schema
    const names = Array.isArray(type) ? type : [type ?? impliedType(schema)]
    const types = names.map((name) => this.#single(String(name), schema, depth))
    return union(schema['nullable'] === true ? [...types, 'null'] : types)
  }

  #single(name: string, schema: Schema, depth: number): string {
    switch (name) {
      case 'string':
      case 'boolean':
      case 'null':
        return name
      case 'number':
      case 'integer':
        return 'number'
      case 'array':
        return this.#inside(() => this.#list(schema, depth))
      case 'object':
        return this.#inside(() => this.#object(schema, depth))
      default:
        return 'unknown'
    }
  }

  /** Inside an object or list a reference may refer to a type that is being resolved. */
  #inside(build: () => string): string {
    const outer = [...this.#resolving]
    this.#resolving.clear()
    const type = build()
    for (const ref of outer) this.#resolving.add(ref)
    return type
  }

  #list(schema: Schema, depth: number): string {
    const { items, prefixItems, additionalItems, minItems } = schema
    const tuple = Array.isArray(prefixItems)
      ? prefixItems
      : Array.isArray(items)
        ? items
        : undefined
    if (!tuple) return `(${this.typeOf(items, depth + 1)})[]`
    const least = typeof minItems === 'number' ? minItems : 0
    const members = tuple
      .slice(0, MAX_ALTERNATIVES)
      .map((each, at) => `(${this.typeOf(each, depth + 1)})${at < least ? '' : '?'}`)
    const others = Array.isArray(prefixItems) ? items : additionalItems
    const rest = others === false ? [] : [`...(${this.typeOf(others, depth + 1)})[]`]
    return `[${[...members, ...rest].join(', ')}]`
  }

  #object(schema: Schema, depth: number): string {
    const properties = isObject(schema['properties']) ? Object.entries(schema['properties']) : []
    const required = new Set(Array.isArray(schema['required']) ? schema['required'] : [])
    const { additionalProperties: others, patternProperties } = schema
    const indent = '  '.repeat(depth + 2)
    const members = properties.map(([key, value]) => {
      const optional = required.has(key) ? '' : '?'
      return `${comment(value, indent)}${indent}${JSON.stringify(key)}${optional}: ${this.typeOf(value, depth + 1)}`
    })
    for (const key of required)
      if (typeof key === 'string' && !properties.some(([known]) => known === key))
        members.push(`${indent}${JSON.stringify(key)}: unknown`)
    if (members.length === 0) {
      if (others === false && !isObject(patternProperties)) return '{ [key: string]: never }'
      return `{ [key: string]: ${isObject(others) ? this.typeOf(others, depth + 1) : 'unknown'} }`
    }
    // With named members of other types an index signature must include all of them.
    if (isObject(others)) members.push(`${indent}[key: string]: unknown`)
    return `{\n${members.join('\n')}\n${indent.slice(2)}}`
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasOwnType(schema: Schema): boolean {
  return schema['type'] !== undefined || impliedType(schema) !== undefined
}

function impliedType(schema: Schema): string | undefined {
  if (isObject(schema['properties']) || isObject(schema['additionalProperties'])) return 'object'
  if (Array.isArray(schema['prefixItems']) || schema['items'] !== undefined) return 'array'
  return undefined
}

function literal(value: unknown): string {
  return typeof value === 'object' && value !== null ? primitive(value) : JSON.stringify(value)
}

function primitive(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'unknown[]'
  return typeof value === 'object' ? '{ [key: string]: unknown }' : typeof value
}

function union(types: readonly string[]): string {
  if (types.length === 0) return 'never'
  const unique = [...new Set(types)]
  if (unique.includes('unknown')) return 'unknown'
  return unique.length === 1 ? (unique[0] ?? 'never') : unique.map(grouped).join(' | ')
}

function grouped(type: string): string {
  return type.includes(' & ') ? `(${type})` : type
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A documentation comment of a schema's description, escaped so that the description can't end it. */
export function comment(schema: unknown, indent: string): string {
  const text = isObject(schema) ? schema['description'] : undefined
  if (typeof text !== 'string' || text.trim() === '') return ''
  const line = text.trim().replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/').slice(0, 500)
  return `${indent}/** ${line} */\n`
}
