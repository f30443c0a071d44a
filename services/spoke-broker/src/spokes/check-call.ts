import type { ProvidedCall } from '@alkdev/bus'
import { compileSchema, enforceAccess, isExpensive, validationError } from '@alkdev/operations'
import type { SchemaChecks } from '../schemas/schema-checks.ts'
import type { FitsSchema } from './spoke-error.ts'

/**
 * Checks access to a call's operation, and its input. Throws the error of the call. A schema that takes long to compile is checked outside
 * the event loop, for the account `ownerId` of the spoke: then it returns a promise, which rejects instead of throwing.
 */
export function checkCall(
  { spec, header, signal }: ProvidedCall,
  schemas: SchemaChecks,
  ownerId: string,
): Promise<void> | undefined {
  enforceAccess(spec.accessControl, header.principal, header.operationId, header.input)
  const what = `The input of ${header.operationId}`
  if (isExpensive(spec.inputSchema))
    return schemas.value(ownerId, spec.inputSchema, header.input).then((failures) => {
      if (failures.length > 0) throw validationError(what, failures)
      signal.throwIfAborted()
    })
  const schema = compileSchema(spec.inputSchema)
  if (!schema.check(header.input)) throw validationError(what, schema.errors(header.input))
  return undefined
}

/** Whether a value of the spoke fits the schema. A schema that takes long to compile is checked outside the event loop, as above. */
export function schemaFits(
  schema: Parameters<FitsSchema>[0],
  value: unknown,
  schemas: SchemaChecks,
  ownerId: string,
): ReturnType<FitsSchema> {
  if (isExpensive(schema))
    return schemas.value(ownerId, schema, value).then((failures) => failures.length === 0)
  try {
    return compileSchema(schema).check(value)
  } catch {
    // The check of this value takes too many steps.
    return false
  }
}
