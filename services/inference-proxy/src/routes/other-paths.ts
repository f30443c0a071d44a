import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { FastifyRequest } from 'fastify'
import type { ProxyContext } from '../context.ts'
import { findWay } from '../pass-through/find-way.ts'
import { passThrough } from '../pass-through/pass-through.ts'
import { responseWay } from '../pass-through/response-way.ts'
import { decodeBody } from '../relay/model-body.ts'

const METHODS = ['GET', 'POST', 'DELETE'] as const

/**
 * All other addresses below `/v1`: stored responses, and the paths that a provider offers in its config. Bodies are not read beyond the name of
 * the model. Needs a scope of its own.
 */
export function addOtherPaths(app: HttpApp, context: ProxyContext): void {
  const bodyLimit = context.runtime.config.http.maxInferenceBodyBytes
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>(
    '*',
    { parseAs: 'buffer', bodyLimit },
    async (request: FastifyRequest, body: Buffer) =>
      decodeBody(body, request.headers['content-encoding'], bodyLimit),
  )
  app.route<{ Params: { '*': string } }>({
    method: [...METHODS],
    url: '/*',
    exposeHeadRoute: false,
    bodyLimit,
    handler: async (request, reply) => {
      const address = addressOf(request)
      const way = address.startsWith('responses/')
        ? await responseWay(context, request, address)
        : await findWay(context, request, address)
      await passThrough(context, way, request, reply)
      return reply
    },
  })
}

/** The address below `/v1` as the client wrote it: what is decoded once must not be decoded by the provider again. */
function addressOf({ raw }: FastifyRequest): string {
  const [path = ''] = (raw.url ?? '').split('?', 1)
  const below = /^\/v1\/(.+)$/.exec(path)?.[1]
  if (below === undefined) throw new CodedError('OPERATION_NOT_FOUND', 'There is nothing here.')
  return below
}
