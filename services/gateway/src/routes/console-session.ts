import { authenticatePlugin } from '@alkdev/http'
import type { Authenticator, HttpApp } from '@alkdev/http'
import { addRateLimit, calledFrom } from '@alkdev/service'
import { CodedError } from '@alkdev/errors'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ConsoleSessions } from '../console/console-sessions.ts'
import { setCookie } from '../console/cookie.ts'
import { requireSameOrigin } from '../console/same-origin.ts'
import type { GatewayContext } from '../context.ts'

const MAX_BODY_BYTES = 4096

interface LogIn {
  readonly key?: string
  readonly link?: string
}

/** What a log-in sends. Throws VALIDATION_ERROR unless it is a key or the token of a link. */
function readLogIn(body: unknown): LogIn {
  const entries = typeof body === 'object' && body !== null ? Object.entries(body) : []
  const [name, value] = entries[0] ?? []
  const isOne = entries.length === 1 && (name === 'key' || name === 'link')
  if (!isOne || typeof value !== 'string' || value === '')
    throw new CodedError('VALIDATION_ERROR', 'Send `{"key": "..."}` or `{"link": "..."}`.')
  return { [name]: value }
}

/**
 * `POST /console/session` logs in with a key or the token of a link and sets the cookie; `DELETE` logs out. `POST /console/links`, with a key,
 * makes a link that logs in once. Log-in and log-out refuse requests of pages of other origins.
 */
export function addConsoleSession(
  app: HttpApp,
  { runtime, limiter }: GatewayContext,
  sessions: ConsoleSessions,
): void {
  const { authenticator, config } = runtime
  const ownHosts = (request: FastifyRequest) => ({
    host: request.host,
    publicUrl: config.http.publicUrl,
  })
  const cookie = (request: FastifyRequest, reply: FastifyReply, value: string, seconds: number) =>
    reply.header('cache-control', 'no-store').header(
      'set-cookie',
      setCookie({
        name: sessions.cookieName,
        value,
        maxAgeSeconds: seconds,
        isSecure:
          request.protocol === 'https' || config.http.publicUrl?.startsWith('https:') === true,
      }),
    )

  app.post('/console/session', { bodyLimit: MAX_BODY_BYTES }, async (request, reply) => {
    requireSameOrigin(request.headers, ownHosts(request))
    const { key, link } = readLogIn(request.body)
    const authenticated =
      link === undefined
        ? await authenticator.authenticateKey(key ?? '')
        : await sessions.redeem(link, request.headers)
    const { identity } = authenticated
    // A log-in makes a key, so that it counts as a request of the key that logs in.
    const counted = await limiter.take(authenticated)
    if (counted?.refusedBy !== undefined) throw limiter.refuse(counted.refusedBy)
    const { cookie: value, expiresAtMs } = await sessions.open({
      identity,
      requestId: request.id,
      metadata: calledFrom(request.ip, request.headers['user-agent']),
    })
    // An earlier log-in of this browser ends.
    await sessions.close(request.headers)
    const seconds = Math.max(0, Math.floor((expiresAtMs - Date.now()) / 1000))
    return cookie(request, reply, value, seconds).send({
      accountId: identity.id,
      expiresAt: new Date(expiresAtMs).toISOString(),
    })
  })

  app.delete('/console/session', async (request, reply) => {
    requireSameOrigin(request.headers, ownHosts(request))
    await sessions.close(request.headers)
    return cookie(request, reply, '', 0).code(204).send()
  })

  app.register(async (app) => {
    await app.register(authenticatePlugin, { authenticator })
    addRateLimit(app, limiter)
    app.post('/console/links', async ({ identity }, reply) => {
      const { token, expiresInMs } = await sessions.link(identity)
      return reply
        .header('cache-control', 'no-store')
        .send({ path: `console/#link=${token}`, expiresInMs })
    })
  })
}

/** Authenticates requests of the console by its cookie. A key in a header does not count here. */
export function consoleAuthenticator(
  { runtime: { config } }: GatewayContext,
  sessions: ConsoleSessions,
): Authenticator {
  return {
    authenticate(headers) {
      requireSameOrigin(headers, {
        host: headers.host ?? '',
        publicUrl: config.http.publicUrl,
      })
      return sessions.authenticate(headers)
    },
  }
}
