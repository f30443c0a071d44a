import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { FastifyReply } from 'fastify'
import type { ProxyContext } from '../context.ts'
import { serveHubTools } from '../hub-tools/serve-hub-tools.ts'
import { isBroken } from '../providers/provider.ts'
import { checkDecidingMembers } from '../relay/deciding-members.ts'
import type { Endpoint } from '../relay/endpoint.ts'
import { ENDPOINTS } from '../relay/endpoints.ts'
import { checkModelName, modelBodyOf } from '../relay/model-body.ts'
import type { ModelBody } from '../relay/model-body.ts'
import { relay } from '../relay/relay.ts'
import { serves } from '../routing/candidate.ts'
import type { Candidate } from '../routing/candidate.ts'
import { routeCall } from '../routing/route-call.ts'
import { sessionOf } from '../routing/session-of.ts'
import { estimateInput, measureBody } from '../usage/estimate.ts'

/**
 * `POST /v1/chat/completions` and the other requests to models: the body goes to the provider byte for byte but for the model's name, the
 * answer comes back as it is but for traces of the provider's key.
 */
export function addModelRequests(app: HttpApp, context: ProxyContext): void {
  const bodyLimit = context.runtime.config.http.maxInferenceBodyBytes
  for (const endpoint of ENDPOINTS)
    app.post(`/${endpoint.path}`, { bodyLimit }, async (request, reply) => {
      const body = modelBodyOf(request.body)
      checkBody(endpoint, body)
      const model = modelOf(body)
      if (await serveHubTools(context, endpoint, body, request, reply)) return reply
      const candidates = await routeCall(context, {
        model,
        protocol: endpoint.protocol,
        identity: request.identity,
        session: sessionOf(request.identity, request.headers, body.value),
        body: body.value,
        translates: endpoint.isNative !== true,
      })
      if (endpoint.isFree === true && candidates.every((one) => !isNative(one, endpoint)))
        return countedHere(body, reply)
      await relay(context, { endpoint, model, candidates, body, request, reply })
      return reply
    })
}

function isNative({ provider }: Candidate, { protocol }: Endpoint): boolean {
  return isBroken(provider) || serves(provider, protocol)
}

/** The number of input tokens of a request whose provider does not count them: an estimate, and nothing is sent. */
function countedHere(body: ModelBody, reply: FastifyReply): object {
  reply.header('x-alkhub-usage-source', 'estimate')
  return { input_tokens: estimateInput(measureBody(body)) }
}

/** The model that a request names. Throws VALIDATION_ERROR. */
function modelOf({ value }: ModelBody): string {
  const { model } = value
  if (typeof model === 'string' && model !== '') {
    checkModelName(model)
    return model
  }
  throw new CodedError('VALIDATION_ERROR', 'model must name a model, as provider/model.', {
    details: { param: 'model' },
  })
}

/** Throws VALIDATION_ERROR for a body that no provider may get. */
function checkBody({ list }: Endpoint, body: ModelBody): void {
  if (list !== undefined && !Array.isArray(body.value[list]))
    throw new CodedError('VALIDATION_ERROR', `${list} must be a list.`, {
      details: { param: list },
    })
  checkDecidingMembers(body)
}
