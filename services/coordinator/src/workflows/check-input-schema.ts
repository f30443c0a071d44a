import { WORKFLOW_LIMITS } from '@alkdev/contracts'
import type { WorkflowProblem } from '@alkdev/contracts'
import { CallError, compileSchema, isExpensive } from '@alkdev/operations'
import type { JsonSchema } from '@alkdev/operations'

/** The schema of the input of a run, or what is wrong with it. */
export function checkInputSchema(
  given: unknown,
): { readonly schema: JsonSchema | undefined } | { readonly problem: WorkflowProblem } {
  if (given === undefined) return { schema: undefined }
  const path = '/inputSchema'
  if (Buffer.byteLength(JSON.stringify(given)) > WORKFLOW_LIMITS.templateBytes)
    return { problem: { reason: 'too-large', message: 'The input schema is too large.', path } }
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { problem: { reason: 'malformed', message: 'The input schema is an object.', path } }
  if (isExpensive(given)) {
    const message = 'The input schema takes too long to compile: make it smaller or simpler.'
    return { problem: { reason: 'too-large', message, path } }
  }
  try {
    compileSchema(given as JsonSchema)
    return { schema: given as JsonSchema }
  } catch (error) {
    return { problem: { reason: 'malformed', message: CallError.from(error).message, path } }
  }
}
