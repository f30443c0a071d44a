export { isSchemaCompatible, schemaFit } from './schema/compatibility/is-schema-compatible.ts'
export type { SchemaFit, SchemaFitOptions } from './schema/compatibility/is-schema-compatible.ts'
export type { Undeclared } from './schema/compatibility/comparison.ts'
export type { MismatchReason, TypeMismatch } from './schema/compatibility/mismatch.ts'
