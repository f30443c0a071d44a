/** Keywords whose value is a list of schemas. `items` and `dependencies` have two forms, distinguished by the value. */
export const SCHEMA_LIST: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'items',
  'oneOf',
  'prefixItems',
])
/** Keywords whose value maps names to schemas. */
export const SCHEMA_MAP: ReadonlySet<string> = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
])
/** Keywords whose value is data, never a schema. */
export const DATA: ReadonlySet<string> = new Set([
  'const',
  'default',
  'enum',
  'example',
  'examples',
])

/** Keywords that apply a schema to the same value, so that a chain of them alone would never end. */
export const IN_PLACE: ReadonlySet<string> = new Set([
  'allOf',
  'anyOf',
  'dependencies',
  'dependentSchemas',
  'else',
  'if',
  'not',
  'oneOf',
  'then',
])
