import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { ENDPOINTS } from '../relay/endpoints.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const READ = ['GET', 'HEAD']
/** The methods of each address below `/v1`. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  '/models': READ,
  '/models/*': READ,
  ...Object.fromEntries(ENDPOINTS.map(({ path }) => [`/${path}`, ['POST']])),
}

/** Answers other methods of a known address with 405 and the methods that it takes. */
export function addOtherMethods(app: HttpApp): void {
  for (const [url, allowed] of Object.entries(ALLOWED)) {
    app.route({
      method: METHODS.filter((method) => !allowed.includes(method)),
      url,
      // The body is of no interest, so none is parsed.
      onRequest: (request, reply, next) => {
        reply.header('allow', allowed.join(', '))
        const message = `This address takes ${allowed.join(' and ')}, not ${request.method}.`
        next(Object.assign(new CodedError('VALIDATION_ERROR', message), { httpStatus: 405 }))
      },
      handler: (_request, reply) => reply,
    })
  }
}
