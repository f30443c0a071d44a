import { CallError } from './call-error.ts'
import type { RegisteredOperation } from './registry.ts'
import type { OperationSpec } from './types.ts'

// For the tests of this package only.

/** A spec that anybody may call, takes anything and gives anything, unless it says otherwise. */
export function openSpec(
  operationId: string,
  changes: Partial<RegisteredOperation> = {},
): RegisteredOperation {
  const [namespace = '', name = ''] = operationId.split('.')
  const spec: OperationSpec = {
    namespace,
    name,
    version: '1.0.0',
    type: 'query',
    description: `The operation ${operationId}.`,
    inputSchema: {},
    outputSchema: {},
    accessControl: { requiredScopes: [] },
  }
  return { ...spec, ...changes }
}

/** What it throws or rejects with, which must be a CallError. */
export async function failureOf(work: () => unknown): Promise<CallError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof CallError) return error
    throw error
  }
  throw new Error('it did not fail')
}
