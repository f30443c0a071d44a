import { isLogged, markLogged } from '@alkdev/errors'
import type { CodedError } from '@alkdev/errors'
import type { FastifyRequest } from 'fastify'

/**
 * Logs a request that failed with status 500. An operation of this process has already logged the cause of its error, and an error of
 * another process arrives without a cause. In both cases the code and the id of the request are logged without the cause.
 */
export function logServerError(request: FastifyRequest, error: CodedError): void {
  const isKnown = isLogged(error) || error.cause === undefined
  const fields = { requestId: request.id, code: error.code, ...(!isKnown && { err: error }) }
  request.log.error(fields, 'request failed')
  markLogged(error)
}
