import { isUnexpected, isLogged, markLogged } from '@alkdev/errors'

/** The part of a logger that is used; pino's has it, and Fastify's. */
export interface ErrorLogger {
  error(fields: object, message: string): void
}

/** The call that failed. */
export interface FailedCall {
  readonly operation: string | undefined
  readonly requestId: string | undefined
}

/**
 * Logs an unexpected failure (an error without a code, or UNKNOWN_ERROR), unless this process has logged it already.
 * An UNKNOWN_ERROR that came from another process has no cause: that process has logged it.
 */
export function logUnexpected(logger: ErrorLogger, error: unknown, call: FailedCall): void {
  if (!isUnexpected(error) || isLogged(error)) return
  logger.error({ err: error, ...call }, 'an operation failed unexpectedly')
  markLogged(error)
}
