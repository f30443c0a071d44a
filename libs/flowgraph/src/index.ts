export { isSchemaCompatible, schemaFit } from './schema-fit/is-schema-compatible.ts'
export type { SchemaFit, SchemaFitOptions } from './schema-fit/is-schema-compatible.ts'
export type { MismatchReason, TypeMismatch } from './schema-fit/mismatch.ts'
