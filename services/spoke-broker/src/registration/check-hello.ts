import { SpokeHello } from '@alkdev/contracts'
import { checkOperation, failuresOf } from '@alkdev/contracts/check-operation'
import type { OperationFailure } from '@alkdev/contracts/check-operation'
import { checkStorable } from '@alkdev/service'
import { CallError, compileSchema, isExpensive, validationError } from '@alkdev/operations'
import type { JsonSchema, OperationSpec } from '@alkdev/operations'
import { compact } from '@alkdev/std'
import { eventLoopYielder } from '@alkdev/std/yield-to-event-loop'
import { jsonBytes } from '../connection/payload-size.ts'

export interface CheckedHello {
  readonly hello: SpokeHello
  readonly specs: readonly OperationSpec[]
}

export interface HelloLimits {
  readonly maxOperations: number
  readonly maxSchemaBytes: number
}

/** The faults of a schema that is too expensive for the event loop; empty when it compiles. */
type CompileExpensive = (schema: unknown) => Promise<readonly OperationFailure[]>

/**
 * Reads the input of `hub.register`. Throws VALIDATION_ERROR that names every faulty path; then nothing was registered. Yields to the event
 * loop between two schemas; expensive schemas are compiled by `compile`.
 */
export async function checkHello(
  input: unknown,
  limits: HelloLimits,
  compile: CompileExpensive,
): Promise<CheckedHello> {
  const validator = compileSchema(SpokeHello)
  if (!validator.check(input)) throw validationError('hub.register', validator.errors(input))
  checkStorable('hub.register', input)
  const hello = input as SpokeHello
  if (hello.operations.length > limits.maxOperations)
    throw new CallError(
      'VALIDATION_ERROR',
      `A spoke may offer at most ${limits.maxOperations} operations.`,
    )
  const failures: OperationFailure[] = []
  const seen = new Set<string>()
  const specs: OperationSpec[] = []
  const yieldToEventLoop = eventLoopYielder()
  for (const [index, operation] of hello.operations.entries()) {
    const path = `/operations/${index}`
    for (const [at, schema] of schemasOf(operation)) {
      // oxlint-disable-next-line no-await-in-loop -- sequential on purpose
      await yieldToEventLoop()
      // oxlint-disable-next-line no-await-in-loop -- as above
      failures.push(...(await schemaFailures(path + at, schema, limits, compile)))
    }
    // Its schemas were checked above.
    failures.push(...checkOperation(withoutSchemas(operation), path, seen))
    specs.push(operation)
  }
  if (failures.length > 0) throw validationError('hub.register', failures)
  return { hello, specs }
}

/** Names of clients are reserved as namespaces too. `taken`: those that a client has. Throws like `checkHello`. */
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

type Operation = SpokeHello['operations'][number]

function schemasOf(operation: Operation): readonly (readonly [path: string, schema: unknown])[] {
  const { inputSchema, outputSchema, errorSchemas = [] } = operation
  return [
    ['/inputSchema', inputSchema],
    ['/outputSchema', outputSchema],
    ...errorSchemas.map(({ schema }, at) => [`/errorSchemas/${at}/schema`, schema] as const),
  ]
}

function withoutSchemas(operation: Operation): Operation {
  const { errorSchemas } = operation
  return {
    ...operation,
    inputSchema: true,
    outputSchema: true,
    ...compact({ errorSchemas: errorSchemas?.map((one) => ({ ...one, schema: true })) }),
  }
}

async function schemaFailures(
  path: string,
  schema: unknown,
  { maxSchemaBytes }: HelloLimits,
  compile: CompileExpensive,
): Promise<readonly OperationFailure[]> {
  // A schema that is too large is not compiled.
  if (jsonBytes(schema) > maxSchemaBytes)
    return [{ path, message: `must have at most ${maxSchemaBytes} bytes` }]
  if (isExpensive(schema)) {
    const failures = await compile(schema)
    return failures.map((failure) => ({ ...failure, path: path + failure.path }))
  }
  try {
    compileSchema(schema as JsonSchema)
    return []
  } catch (error) {
    return failuresOf(error, path)
  }
}
