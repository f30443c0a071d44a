import { isReservedNamespace, SpokeHello } from '@alkdev/contracts'
import {
  CallError,
  compileSchema,
  operationIdOf,
  validateSpec,
  validationError,
} from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'

export interface CheckedHello {
  readonly hello: SpokeHello
  readonly specs: readonly OperationSpec[]
}

interface Failure {
  readonly path: string
  readonly message: string
}

/** Reads the input of `hub.register`. Throws VALIDATION_ERROR that names every path that is wrong; then nothing was registered. */
export function checkHello(input: unknown, maxOperations: number): CheckedHello {
  const validator = compileSchema(SpokeHello)
  if (!validator.check(input)) throw validationError('hub.register', validator.errors(input))
  const hello = input as SpokeHello
  if (hello.operations.length > maxOperations)
    throw new CallError('VALIDATION_ERROR', `A spoke may offer ${maxOperations} operations.`)
  const failures: Failure[] = []
  const seen = new Set<string>()
  const specs = hello.operations.flatMap((operation, index) => {
    const path = `/operations/${index}`
    try {
      const spec = validateSpec(operation)
      const id = operationIdOf(spec)
      if (isReservedNamespace(spec.namespace))
        failures.push({ path: `${path}/namespace`, message: `"${spec.namespace}" is reserved` })
      if (seen.has(id)) failures.push({ path, message: `${id} is there twice` })
      seen.add(id)
      return [spec]
    } catch (error) {
      failures.push(...failuresOf(error, path))
      return []
    }
  })
  if (failures.length > 0) throw validationError('hub.register', failures)
  return { hello, specs }
}

function failuresOf(error: unknown, path: string): readonly Failure[] {
  const failure = CallError.from(error)
  const inner = (failure.details as { errors?: readonly Failure[] } | undefined)?.errors
  if (!inner || inner.length === 0) return [{ path, message: failure.message }]
  return inner.map((one) => ({ path: path + one.path, message: one.message }))
}
