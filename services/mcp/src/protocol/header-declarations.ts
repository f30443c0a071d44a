import { isMembers, membersOf } from './members-of.ts'

/** A parameter of a tool that its clients repeat in the header `Mcp-Param-<header>`. */
export interface HeaderDeclaration {
  /** Names of properties, from the arguments down. */
  readonly path: readonly string[]
  readonly header: string
}

const KEYWORD = 'x-mcp-header'
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean'])
/** Members of a schema that are data, in which the keyword means nothing. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])

/**
 * What the input schema of a tool declares with `x-mcp-header`. Undefined when it declares something that the protocol does not allow: clients leave out a tool
 * with such a schema.
 */
export function headerDeclarations(inputSchema: unknown): readonly HeaderDeclaration[] | undefined {
  const found: HeaderDeclaration[] = []
  const names = new Set<string>()
  /** False when something is not allowed. `path`: undefined where arguments do not reach by properties alone. */
  const visit = (schema: unknown, path: readonly string[] | undefined): boolean => {
    if (Array.isArray(schema)) return schema.every((one) => visit(one, undefined))
    if (!isMembers(schema)) return true
    if (KEYWORD in schema) {
      const header = schema[KEYWORD]
      if (path === undefined || path.length === 0 || typeof header !== 'string') return false
      if (!TOKEN.test(header) || names.has(header.toLowerCase())) return false
      if (!TYPES.has(schema['type'])) return false
      names.add(header.toLowerCase())
      found.push({ path, header })
    }
    return Object.entries(schema).every(([name, value]) => {
      if (DATA.has(name)) return true
      if (name !== 'properties') return visit(value, undefined)
      return Object.entries(membersOf(value)).every(([property, part]) =>
        visit(part, path && [...path, property]),
      )
    })
  }
  return visit(inputSchema, []) ? found : undefined
}

/** The schema without its declarations. */
export function withoutHeaders(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map((one) => withoutHeaders(one))
  if (!isMembers(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name]) => name !== KEYWORD)
      .map(([name, value]) => [name, DATA.has(name) ? value : withoutHeaders(value)]),
  )
}
