import { isReservedNamespace, SpokeHello } from '@alkdev/contracts'
import {
  CallError,
  compileSchema,
  operationIdOf,
  validateSpec,
  validationError,
} from '@alkdev/operations'
import type { OperationSpec } from '@alkdev/operations'
import { jsonBytes } from '../connection/payload-size.ts'

export interface CheckedHello {
  readonly hello: SpokeHello
  readonly specs: readonly OperationSpec[]
}

export interface HelloLimits {
  readonly maxOperations: number
  readonly maxSchemaBytes: number
}

interface Failure {
  readonly path: string
  readonly message: string
}

/** Reads the input of `hub.register`. Throws VALIDATION_ERROR that names every path that is wrong; then nothing was registered. */
export function checkHello(input: unknown, limits: HelloLimits): CheckedHello {
  const validator = compileSchema(SpokeHello)
  if (!validator.check(input)) throw validationError('hub.register', validator.errors(input))
  const hello = input as SpokeHello
  if (hello.operations.length > limits.maxOperations)
    throw new CallError('VALIDATION_ERROR', `A spoke may offer ${limits.maxOperations} operations.`)
  const failures: Failure[] = []
  const seen = new Set<string>()
  const specs = hello.operations.flatMap((operation, index) => {
    const path = `/operations/${index}`
    const large = tooLargeSchemas(operation, path, limits.maxSchemaBytes)
    // What is too large is not compiled.
    if (large.length > 0) return (failures.push(...large), [])
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

/** Names of clients are reserved as namespaces too. `taken`: those that a client has. Throws as `checkHello`. */
export function checkNamespaces(specs: readonly OperationSpec[], taken: readonly string[]): void {
  const names = new Set(taken)
  const failures = specs.flatMap((spec, index) =>
    names.has(spec.namespace)
      ? [
          {
            path: `/operations/${index}/namespace`,
            message: `"${spec.namespace}" is the name of a client`,
          },
        ]
      : [],
  )
  if (failures.length > 0) throw validationError('hub.register', failures)
}

function tooLargeSchemas(
  operation: SpokeHello['operations'][number],
  path: string,
  limit: number,
): readonly Failure[] {
  const { inputSchema, outputSchema, errorSchemas = [] } = operation
  const schemas: readonly (readonly [string, unknown])[] = [
    ['/inputSchema', inputSchema],
    ['/outputSchema', outputSchema],
    ...errorSchemas.map(({ schema }, at) => [`/errorSchemas/${at}/schema`, schema] as const),
  ]
  return schemas.flatMap(([at, schema]) =>
    jsonBytes(schema) > limit
      ? [{ path: path + at, message: `must have ${limit} bytes at most` }]
      : [],
  )
}

function failuresOf(error: unknown, path: string): readonly Failure[] {
  const failure = CallError.from(error)
  const inner = (failure.details as { errors?: readonly Failure[] } | undefined)?.errors
  if (!inner || inner.length === 0) return [{ path, message: failure.message }]
  return inner.map((one) => ({ path: path + one.path, message: one.message }))
}
