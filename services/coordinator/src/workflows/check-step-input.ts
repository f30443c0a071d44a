import { compileSchema, isExpensive, validationError } from '@alkdev/operations'
import type { Identity } from '@alkdev/operations'
import { isBuiltIn, waitOf } from './built-in-steps.ts'
import type { StepRuntime } from './call-step.ts'

/**
 * Throws VALIDATION_ERROR for an input that the operation of a step does not take, before a run starts with it. One whose schema takes long to compile is checked by
 * its provider only; one that is not there, or may not be called, is refused with the workflow.
 */
export async function checkStepInput(
  { bus }: Pick<StepRuntime, 'bus'>,
  caller: Identity,
  { step, operationId }: { readonly step: string; readonly operationId: string },
  input: unknown,
): Promise<void> {
  const what = `The input of the step ${step}`
  if (isBuiltIn(operationId)) {
    const found = waitOf(operationId, input)
    if ('errors' in found) throw validationError(what, found.errors)
    return
  }
  const schema = (await bus.lookUp(operationId, caller))?.spec.inputSchema
  if (schema === undefined || isExpensive(schema)) return
  const compiled = compileSchema(schema)
  if (!compiled.check(input)) throw validationError(what, compiled.errors(input))
}
