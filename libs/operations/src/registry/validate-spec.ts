import { CallError } from '../calls/call-error.ts'
import { pointerAppend } from '../schema/json-pointer.ts'
import { OperationSpecSchema } from './spec-schema.ts'
import type { JsonSchema, OperationSpec, RetryClass } from './types.ts'
import { validationError } from '../schema/validation.ts'
import { compileSchema } from '../schema/validator.ts'
import type { ValidationFailure } from '../schema/validation-failure.ts'

/** The id of an operation: `namespace.name`. */
export function operationIdOf(spec: Pick<OperationSpec, 'namespace' | 'name'>): string {
  return `${spec.namespace}.${spec.name}`
}

/** The retry class of an operation: as declared, else `safe` for queries and `never` for the others. */
export function retryClassOf(spec: Pick<OperationSpec, 'type' | 'retry'>): RetryClass {
  return spec.retry ?? (spec.type === 'query' ? 'safe' : 'never')
}

/**
 * The value as an OperationSpec, unchanged. Names follow the grammar, every schema in it compiles. Throws CallError VALIDATION_ERROR whose
 * `details.errors` lists every failing path of the spec (of a schema inside it: the path down to the keyword).
 */
export function validateSpec(spec: unknown): OperationSpec {
  const errors: ValidationFailure[] = []
  const shape = compileSchema(OperationSpecSchema)
  if (!shape.check(spec)) errors.push(...shape.errors(spec))
  if (typeof spec === 'object' && spec !== null) {
    const fields = spec as Partial<OperationSpec>
    for (const key of ['inputSchema', 'outputSchema'] as const)
      if (fields[key] !== undefined) errors.push(...schemaFailures(`/${key}`, fields[key]))
    if (Array.isArray(fields.errorSchemas)) {
      for (const [index, declared] of (fields.errorSchemas as unknown[]).entries())
        if (typeof declared === 'object' && declared !== null && 'schema' in declared)
          errors.push(
            ...schemaFailures(`/errorSchemas/${index}/schema`, declared.schema as JsonSchema),
          )
    }
    const access: unknown = fields.accessControl
    if (typeof access === 'object' && access !== null && !('resourceType' in access))
      for (const key of ['resourceAction', 'resourceFrom'])
        if (key in access)
          errors.push({
            path: pointerAppend('/accessControl', key),
            message: 'means nothing without resourceType',
          })
  }
  if (errors.length > 0) throw validationError(`The spec of ${nameOf(spec)}`, errors)
  return spec as OperationSpec
}

function schemaFailures(path: string, schema: JsonSchema): ValidationFailure[] {
  try {
    compileSchema(schema)
    return []
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    const inner = (error.details as { errors?: readonly ValidationFailure[] } | undefined)?.errors
    return (inner ?? [{ path: '', message: error.message }]).map((failure) => ({
      path: path + failure.path,
      message: failure.message,
    }))
  }
}

function nameOf(spec: unknown): string {
  if (typeof spec !== 'object' || spec === null) return 'an operation'
  const { namespace, name } = spec as { namespace?: unknown; name?: unknown }
  return typeof namespace === 'string' && typeof name === 'string'
    ? `${namespace.slice(0, 64)}.${name.slice(0, 64)}`
    : 'an operation'
}
