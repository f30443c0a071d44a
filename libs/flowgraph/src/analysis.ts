export { typeCompat } from './analysis/type-compat.ts'
export type { TypeCompatOptions, TypeCompatResult } from './analysis/type-compat.ts'
export { isSchemaCompatible, schemaFit } from '@alkdev/operations/schema-compatibility'
export type {
  MismatchReason,
  SchemaFit,
  SchemaFitOptions,
  TypeMismatch,
} from '@alkdev/operations/schema-compatibility'
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
