import type { ServiceName } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { GatewayContext } from '../context.ts'
import { forwardRequest } from '../forward/forward-request.ts'

/** The addresses that other services handle. They check keys and limits themselves. */
const FORWARDED: readonly (readonly [path: string, service: ServiceName])[] = [
  ['/v1/*', 'inference-proxy'],
  ['/mcp', 'mcp'],
  ['/mcp/*', 'mcp'],
  ['/.well-known/oauth-protected-resource', 'mcp'],
  ['/.well-known/oauth-protected-resource/*', 'mcp'],
]

/** The handler of these routes is never reached: their hook takes the request. */
const unreached = (): never => {
  throw new CodedError('UNKNOWN_ERROR', 'A forwarded request has reached its handler.')
}

/**
 * Forwards `/v1/*` and `/mcp` to their services so that one host name is enough. A hook takes the request, after those of the app (drain, CORS,
 * trace) and before Fastify looks at its type and its body: both are the matter of the service.
 */
export function addForward(app: HttpApp, { runtime: { config }, upstreams }: GatewayContext): void {
  for (const [url, service] of FORWARDED) {
    const mostBytes = service === 'inference-proxy' ? config.http.maxInferenceBodyBytes : Infinity
    const to = { upstreams, service, mostBytes }
    app.all(
      url,
      {
        exposeHeadRoute: false,
        // Without a call of `done`, Fastify does nothing more.
        onRequest: (request, reply, _done) => forwardRequest(to, request, reply),
      },
      unreached,
    )
  }
}
