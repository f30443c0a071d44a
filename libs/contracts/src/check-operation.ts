import { CallError, operationIdOf, validateSpec } from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { isReservedNamespace } from './names.ts'

export interface OperationFailure {
  readonly path: string
  readonly message: string
}

/**
 * What is wrong with an operation that a spoke registers: its specification, a reserved namespace, an id that `seen` contains. Spoke
 * and broker apply the same rules. Adds the id to `seen`. `path` is the place of the operation in the list, as a JSON pointer.
 */
export function checkOperation(
  operation: OperationSpec,
  path: string,
  seen: Set<string>,
): readonly OperationFailure[] {
  const failures: OperationFailure[] = []
  try {
    const id = operationIdOf(validateSpec(operation))
    if (isReservedNamespace(operation.namespace))
      failures.push({ path: `${path}/namespace`, message: `"${operation.namespace}" is reserved` })
    if (seen.has(id)) failures.push({ path, message: `${id} occurs twice` })
    seen.add(id)
  } catch (error) {
    failures.push(...failuresOf(error, path))
  }
  return failures
}

/** The failures that a VALIDATION_ERROR lists, below `path`; the message of any other error. */
export function failuresOf(error: unknown, path: string): readonly OperationFailure[] {
  const { message, details } = CallError.from(error)
  const inner = (details as { errors?: readonly OperationFailure[] } | undefined)?.errors
  if (inner === undefined || inner.length === 0) return [{ path, message }]
  return inner.map((one) => ({ path: path + one.path, message: one.message }))
}
