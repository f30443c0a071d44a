export { typeCompat } from './analysis/type-compat.ts'
export type { TypeCompatOptions, TypeCompatResult } from './analysis/type-compat.ts'
export { isSchemaCompatible, schemaFit } from './schema-fit/is-schema-compatible.ts'
export type { SchemaFit, SchemaFitOptions } from './schema-fit/is-schema-compatible.ts'
export type { MismatchReason, TypeMismatch } from './schema-fit/mismatch.ts'
export { buildTypeEdges } from './analysis/build-type-edges.ts'
export { analyzeTypeCompat, resolveDefaults } from './analysis/summary.ts'
export type { TypeCompatSummary } from './analysis/summary.ts'
export { validate, validateGraph, validateSchema } from './analysis/validate.ts'
export { validatePreconditions } from './analysis/preconditions.ts'
export { validateTemplate } from './analysis/validate-template.ts'
export type { OperationSource, ValidateTemplateOptions } from './analysis/validate-template.ts'
export {
  ancestors,
  criticalPath,
  descendants,
  parallelGroups,
  reachableFrom,
  topologicalOrder,
} from './analysis/ways.ts'
export type { AnyGraph } from './analysis/graph-input.ts'
