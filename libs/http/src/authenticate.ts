import type { IncomingHttpHeaders } from 'node:http'
import type { Identity } from '@alkdev/operations'
import fastifyPlugin from 'fastify-plugin'

/**
 * Who a request is from. The identity is that of the key that the headers show, never of a payload.
 * Returns at once when the key is known here (the hot path), else a promise. Throws UNAUTHENTICATED, or UNAVAILABLE when the
 * key can't be looked up.
 */
export interface Authenticator {
  authenticate(headers: IncomingHttpHeaders): Identity | Promise<Identity>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read, on every route below the plug-in. */
    identity: Identity
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
    app.decorateRequest('identity', null as unknown as Identity)
    app.decorateRequest('authMs', 0)
    app.addHook('onRequest', (request, _reply, next) => {
      const startedAt = now()
      const settle = (identity: Identity): void => {
        request.identity = identity
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
