import { isMembers, membersOf } from '../protocol/members-of.ts'
import { headerDeclarations, withoutHeaders } from '../protocol/header-declarations.ts'

type ObjectSchema = { readonly type: 'object'; readonly [keyword: string]: unknown }

/** Members of a schema that are data, and those whose members are schemas by name. */
const DATA: ReadonlySet<string> = new Set(['const', 'default', 'enum', 'examples'])
const BY_NAME: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
])
/** Keywords that validators of clients refuse, or which mean something else in the draft that they read. */
const NOT_PORTABLE: ReadonlySet<string> = new Set([
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$id',
  '$recursiveAnchor',
  '$recursiveRef',
  'id',
  'nullable',
  'prefixItems',
])

/**
 * The input schema of a tool as every client reads it. A client that finds one schema in a list of tools that it cannot read has no tools at all: properties are
 * objects, and headers that are declared against the rules of the protocol are left out.
 */
export function shownInput(schema: ObjectSchema): ObjectSchema {
  const shown = withPropertyObjects(schema)
  return headerDeclarations(shown) === undefined ? (withoutHeaders(shown) as ObjectSchema) : shown
}

/**
 * The same for an output schema. Clients compile those of all tools when they list them, and check results by them: one that some validator does not take, or
 * takes for another, is left out.
 */
export function shownOutput(schema: ObjectSchema): ObjectSchema | undefined {
  return isPortable(schema) ? withPropertyObjects(schema) : undefined
}

function withPropertyObjects(schema: ObjectSchema): ObjectSchema {
  const properties = Object.entries(membersOf(schema['properties']))
  if (!properties.some(([, part]) => typeof part === 'boolean')) return schema
  return {
    ...schema,
    properties: Object.fromEntries(
      properties.map(([name, part]) => [
        name,
        typeof part === 'boolean' ? (part ? {} : { not: {} }) : part,
      ]),
    ),
  }
}

function isPortable(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every((one) => isPortable(one))
  if (!isMembers(schema)) return true
  return Object.entries(schema).every(([keyword, value]) => {
    if (NOT_PORTABLE.has(keyword)) return false
    if (DATA.has(keyword)) return true
    if (keyword === 'pattern' && !isPattern(value)) return false
    if (keyword === '$ref' && !/^#(?:\/|$)/.test(String(value))) return false
    if (keyword === 'patternProperties' && !Object.keys(membersOf(value)).every(isPattern))
      return false
    return BY_NAME.has(keyword)
      ? Object.values(membersOf(value)).every((one) => isPortable(one))
      : isPortable(value)
  })
}

/** RE2 takes escapes that the engine of a client refuses. */
function isPattern(pattern: unknown): boolean {
  try {
    return new RegExp(String(pattern), 'u').source !== ''
  } catch {
    return false
  }
}
