import { Readable } from 'node:stream'
import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import { calledFrom } from '@alkdev/lifecycle'
import type { LiveIdentities } from '@alkdev/lifecycle'
import type { McpHttpHandler } from '@modelcontextprotocol/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requestBody } from './request-body.ts'

/** Milliseconds that the calls of a request have to be answered when its key has ended. */
const ANSWER_MS = 1000

/** `/mcp`: hands each request to the protocol with who it is from. Leaving aborts what it started. */
export function mcpRoute(
  app: HttpApp,
  live: LiveIdentities,
  handler: McpHttpHandler,
  origins: readonly string[],
  stopping: AbortSignal,
): void {
  app.route({
    method: ['GET', 'POST', 'DELETE'],
    url: '/mcp',
    handler: (request, reply) => serve(live, handler, origins, stopping, request, reply),
  })
}

async function serve(
  live: LiveIdentities,
  handler: McpHttpHandler,
  origins: readonly string[],
  stopping: AbortSignal,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  checkOrigin(request, origins)
  const left = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) left.abort(new CodedError('ABORTED', 'The client left.'))
  })
  const keyEnded = new AbortController()
  const unwatch = live.watch({
    identity: request.identity,
    end(reason) {
      keyEnded.abort(reason)
      // The calls of the request are answered with the reason first; what has no answer is cut.
      setTimeout(() => left.abort(reason), ANSWER_MS).unref()
    },
  })
  reply.raw.once('close', unwatch)
  await live.confirm(request.identity)
  const bytes = request.body as Buffer | undefined
  const { body, tooDeep } = bytes === undefined ? { tooDeep: false } : requestBody(bytes)
  const webRequest = new Request(addressOf(request), {
    method: request.method,
    headers: headersOf(request),
    signal: AbortSignal.any([left.signal, stopping]),
    ...(body !== undefined && request.method === 'POST' && { body }),
  })
  const { identity } = request
  const response = await handler.fetch(webRequest, {
    authInfo: {
      token: '',
      clientId: identity.id,
      scopes: [...identity.scopes],
      extra: {
        identity,
        keyEnded: keyEnded.signal,
        tooDeep,
        from: calledFrom(request.ip, request.headers['user-agent']),
      },
    },
  })
  reply.code(response.status)
  for (const [name, value] of response.headers) reply.header(name, value)
  return response.body ? reply.send(Readable.fromWeb(response.body)) : reply.send('')
}

function addressOf({ host, url }: FastifyRequest): string {
  const address = `http://${host}${url}`
  if (URL.canParse(address)) return address
  throw new CodedError('VALIDATION_ERROR', 'The host and the address make no valid URL.')
}

/** The key itself stays here: the protocol side needs only who it is. */
function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name === 'authorization' || name === 'x-api-key') continue
    if (name === 'content-length' || name === 'connection') continue
    headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

/** A web page that is not allowed must not reach a server on its reader's machine (DNS rebinding). */
function checkOrigin(request: FastifyRequest, origins: readonly string[]): void {
  const { origin } = request.headers
  if (origin === undefined || origins.includes('*') || origins.includes(origin)) return
  throw new CodedError('ACCESS_DENIED', 'Pages of this origin may not call.')
}
