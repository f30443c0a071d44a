import { CodedError, markLogged } from '@alkdev/errors'
import { OperationRegistry } from '@alkdev/operations'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { Logger } from 'pino'

type Handler = (input: unknown, context: OperationContext) => unknown

/** What is no answer of the operation: an error without a code, or UNKNOWN_ERROR. */
function isUnexpected(error: unknown): boolean {
  return !(error instanceof CodedError) || error.code === 'UNKNOWN_ERROR'
}

/**
 * The operation, with a log line for every call that fails unexpectedly: cause, operation and call id. It is the only line with the
 * cause: what callers in other processes get holds the code alone.
 */
export function logFailures(
  definition: IOperationDefinition,
  logger: Pick<Logger, 'error'>,
): IOperationDefinition {
  if (definition.type === 'subscription') return definition
  const handler = definition.handler as Handler
  const operation = `${definition.namespace}.${definition.name}`
  return {
    ...definition,
    async handler(input: unknown, context: OperationContext): Promise<unknown> {
      try {
        return await handler(input, context)
      } catch (error) {
        if (isUnexpected(error)) {
          const { requestId } = context
          logger.error({ err: error, operation, requestId }, 'an operation failed unexpectedly')
          markLogged(error)
        }
        throw error
      }
    },
  }
}

/** A registry whose operations log what fails unexpectedly (`logFailures`). */
export class ServiceRegistry extends OperationRegistry {
  readonly #logger: Pick<Logger, 'error'>

  constructor(logger: Pick<Logger, 'error'>) {
    super()
    this.#logger = logger
  }

  /** Registers an operation with its handler. */
  serve(definition: IOperationDefinition): void {
    this.register(logFailures(definition, this.#logger))
  }

  /** Registers all of them or, if one is refused, none. */
  serveAll(definitions: readonly IOperationDefinition[]): void {
    this.registerAll(definitions.map((one) => logFailures(one, this.#logger)))
  }
}
