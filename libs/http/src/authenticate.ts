import type { IncomingHttpHeaders } from 'node:http'
import type { Authenticated } from '@alkdev/contracts'
import type { Identity } from '@alkdev/operations'
import fastifyPlugin from 'fastify-plugin'

/**
 * Authenticates a request by the key in its headers, never by its payload. Returns without a promise when the key is cached (the hot
 * path). Throws UNAUTHENTICATED, or UNAVAILABLE when the key can't be looked up.
 */
export interface Authenticator {
  authenticate(headers: IncomingHttpHeaders): Authenticated | Promise<Authenticated>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read, on every route of a scope that registers the plug-in. */
    authenticated: Authenticated
    /** The identity of `authenticated`. */
    readonly identity: Identity
    /** Milliseconds that authentication took. */
    authMs: number
  }
}

function now(): number {
  return performance.now()
}

/** Requires a valid key on every route of the scope that it is registered in. */
export const authenticatePlugin = fastifyPlugin<{ readonly authenticator: Authenticator }>(
  (app, { authenticator }, done) => {
    // Filled by the hook; the null only keeps the shape of requests the same.
    app.decorateRequest('authenticated', null as unknown as Authenticated)
    app.decorateRequest('identity', {
      getter() {
        return this.authenticated.identity
      },
    })
    app.decorateRequest('authMs', 0)
    app.addHook('onRequest', (request, _reply, next) => {
      const startedAt = now()
      const settle = (authenticated: Authenticated): void => {
        request.authenticated = authenticated
        request.authMs = now() - startedAt
        next()
      }
      try {
        const found = authenticator.authenticate(request.headers)
        if (found instanceof Promise) found.then(settle, next)
        else settle(found)
      } catch (error) {
        next(error as Error)
      }
    })
    done()
  },
  { name: 'alkdev-authenticate' },
)
