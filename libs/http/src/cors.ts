import type { IncomingHttpHeaders } from 'node:http'
import fastifyPlugin from 'fastify-plugin'

export interface CorsOptions {
  /** Origins that browsers may call from, as `https://console.example.org`; `*` allows all. Empty: none. */
  readonly origins: readonly string[]
  /** How long a browser may remember the answer to a preflight. Default 600. */
  readonly maxAgeSeconds?: number
}

const ALLOWED_METHODS = 'GET, POST, DELETE'
const ALLOWED_HEADERS =
  'authorization, content-type, x-api-key, x-deadline-ms, idempotency-key, traceparent, tracestate, prefer, last-event-id, mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, openai-beta, anthropic-beta, anthropic-version, anthropic-dangerous-direct-browser-access, x-client-request-id, x-alkhub-session, x-alkhub-provider, x-alkhub-first-content-ms'
const EXPOSED_HEADERS =
  'x-request-id, server-timing, traceparent, location, retry-after, mcp-session-id, retry-after-ms, request-id, x-alkhub-provider, x-alkhub-model, x-alkhub-attempts, x-alkhub-upstream-request-id, x-alkhub-cost-micros, x-alkhub-usage-source, x-alkhub-price-version, x-alkhub-unpriced, x-alkhub-output-limit, x-alkhub-cache, x-alkhub-calls, ratelimit, ratelimit-policy, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-ratelimit-limit-requests, x-ratelimit-remaining-requests, x-ratelimit-reset-requests'

/** MCP names a header after each parameter that it mirrors, and clients of models name theirs after what they report, so these can't be listed. */
const FURTHER_HEADER = /^(?:mcp-param|x-stainless)-[a-z0-9-]{1,64}$/
const MAX_FURTHER_HEADERS = 20

function allowedHeaders(headers: IncomingHttpHeaders): string {
  const asked = headers['access-control-request-headers'] ?? ''
  const further = asked
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => FURTHER_HEADER.test(name))
    .slice(0, MAX_FURTHER_HEADERS)
  return [ALLOWED_HEADERS, ...further].join(', ')
}

/**
 * CORS for the configured origins. Keys travel in headers that scripts set, so credentials (cookies) are never allowed.
 * Answers preflight requests itself; from other origins it adds nothing and the browser refuses.
 */
export const corsPlugin = fastifyPlugin<CorsOptions>(
  (app, { origins, maxAgeSeconds = 600 }, done) => {
    const all = origins.includes('*')
    const allowed = new Set(origins)
    app.addHook('onRequest', (request, reply, next) => {
      const { origin } = request.headers
      if (origin === undefined || !(all || allowed.has(origin))) {
        next()
        return
      }
      reply.header('access-control-allow-origin', all ? '*' : origin)
      reply.header('access-control-expose-headers', EXPOSED_HEADERS)
      if (!all) reply.header('vary', 'origin')
      const preflight =
        request.method === 'OPTIONS' &&
        request.headers['access-control-request-method'] !== undefined
      if (!preflight) {
        next()
        return
      }
      reply
        .code(204)
        .header('access-control-allow-methods', ALLOWED_METHODS)
        .header('access-control-allow-headers', allowedHeaders(request.headers))
        .header('access-control-max-age', maxAgeSeconds)
        .send()
    })
    done()
  },
  { name: 'alkdev-cors' },
)
