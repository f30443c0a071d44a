import { REPLACES_UNSTORABLE } from '@alkdev/contracts'
import { OperationRegistry, validationError } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { storableValue, unstorablePath } from '@alkdev/std'
import { logUnexpected } from '../telemetry/log-unexpected.ts'
import type { ErrorLogger } from '../telemetry/log-unexpected.ts'

type Handler = (input: unknown, context: OperationContext) => unknown

/** True when the error is the abort of the call, not a failure. */
function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted !== true) return false
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

/**
 * The operation, with a log line for every call that fails unexpectedly: cause, operation and call id. It is the only line with the
 * cause: callers in other processes get only the code.
 */
export function logFailures(
  definition: IOperationDefinition,
  logger: ErrorLogger,
): IOperationDefinition {
  const handler = definition.handler as Handler
  const operation = `${definition.namespace}.${definition.name}`
  const onError = (error: unknown, { requestId, signal }: OperationContext): void => {
    if (!isAbort(error, signal)) logUnexpected(logger, error, { operation, requestId })
  }
  if (definition.type === 'subscription') {
    return {
      ...definition,
      async *handler(input: unknown, context: OperationContext) {
        try {
          yield* handler(input, context) as AsyncIterable<unknown>
        } catch (error) {
          onError(error, context)
          throw error
        }
      },
    }
  }
  return {
    ...definition,
    async handler(input: unknown, context: OperationContext): Promise<unknown> {
      try {
        return await handler(input, context)
      } catch (error) {
        onError(error, context)
        throw error
      }
    },
  }
}

/**
 * The operation, which refuses an input with a text that PostgreSQL can't store: it would fail there or be stored as another text. Throws
 * VALIDATION_ERROR with the path of the first one. One that takes documents of other programs gets them with U+FFFD in these places.
 */
export function refuseUnstorable(definition: IOperationDefinition): IOperationDefinition {
  const handler = definition.handler as Handler
  const operation = `${definition.namespace}.${definition.name}`
  const isReplaced = definition._meta?.[REPLACES_UNSTORABLE] === true
  return {
    ...definition,
    handler(input: unknown, context: OperationContext): unknown {
      if (isReplaced) return handler(storableValue(input), context)
      checkStorable(`The input of ${operation}`, input)
      return handler(input, context)
    },
  }
}

/** Throws VALIDATION_ERROR, whose sentence begins with `what`, when a text in the value can't be stored. */
export function checkStorable(what: string, value: unknown): void {
  const path = unstorablePath(value)
  if (path === undefined) return
  const message = 'must not hold NUL or half of a surrogate pair'
  throw validationError(what, [{ path, message }])
}

/**
 * A registry of operations of the hub, which refuse texts that can't be stored (`refuseUnstorable`) and log unexpected failures (`logFailures`). Their specs are
 * those of the contracts, which the tests there check: a start compiles none of their hundreds of schemas.
 */
export class ServiceRegistry extends OperationRegistry {
  readonly #logger: ErrorLogger

  constructor(logger: ErrorLogger) {
    super({ compileLater: true })
    this.#logger = logger
  }

  /** Registers an operation with its handler. */
  serve(definition: IOperationDefinition): void {
    this.register(this.#guarded(definition))
  }

  /** Registers all operations or, if one is refused, none. */
  serveAll(definitions: readonly IOperationDefinition[]): void {
    this.registerAll(definitions.map((one) => this.#guarded(one)))
  }

  #guarded(definition: IOperationDefinition): IOperationDefinition {
    return logFailures(refuseUnstorable(definition), this.#logger)
  }
}
