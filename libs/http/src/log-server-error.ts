import { isLogged, markLogged } from '@alkdev/errors'
import type { CodedError } from '@alkdev/errors'
import type { FastifyRequest } from 'fastify'

/**
 * Logs a request that failed with status 500. The cause is logged by whoever made the error: an operation of this process has done so
 * already, and an error of another process comes without one. Its code and the id of the request are enough here then.
 */
export function logServerError(request: FastifyRequest, error: CodedError): void {
  const isKnown = isLogged(error) || error.cause === undefined
  const fields = { requestId: request.id, code: error.code, ...(isKnown ? {} : { err: error }) }
  request.log.error(fields, 'request failed')
  markLogged(error)
}
