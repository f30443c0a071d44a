import type { ServiceName } from '@alkdev/contracts'
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

/** Forwards `/v1/*` and `/mcp` to their services so that one host name is enough. Needs a scope of its own: it reads no body. */
export function addForward(app: HttpApp, { runtime: { config }, upstreams }: GatewayContext): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  for (const [url, service] of FORWARDED) {
    app.all(
      url,
      { exposeHeadRoute: false, config: { passesBodyOn: true } },
      async (request, reply) => {
        const maxBytes =
          service === 'inference-proxy' ? config.http.maxInferenceBodyBytes : Infinity
        await forwardRequest(upstreams, service, request, reply, maxBytes)
        return reply
      },
    )
  }
}
