import { CodedError } from '@alkdev/errors'
import type { HttpApp } from '@alkdev/http'
import type { ProxyContext } from '../context.ts'
import { findTargets, noSuchModel } from '../providers/target.ts'
import { relay } from '../relay/relay.ts'
import type { ChatBody } from '../relay/relay.ts'

/**
 * `POST /v1/chat/completions`: the body goes to the provider as it is but for the model's name, the answer comes back as it is but for
 * traces of the provider's key.
 */
export function addChatCompletions(app: HttpApp, context: ProxyContext): void {
  const { http, inference } = context.runtime.config
  app.post(
    '/chat/completions',
    { bodyLimit: http.maxInferenceBodyBytes },
    async (request, reply) => {
      const body = checkBody(request.body)
      const { identity } = request
      const find = async (providers: ReturnType<ProxyContext['providers']['all']>) =>
        findTargets(body.model, identity, await providers, inference.aliases)
      let targets = await find(context.providers.all())
      if (targets.length === 0) targets = await find(context.providers.refreshed())
      if (targets.length === 0) throw noSuchModel(body.model)
      await relay(context, targets.slice(0, inference.maxAttempts), body, request, reply)
      return reply
    },
  )
}

function checkBody(body: unknown): ChatBody {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new CodedError('VALIDATION_ERROR', 'The body must be a JSON object.')
  const { model, messages } = body as Record<string, unknown>
  if (typeof model !== 'string' || model === '')
    throw new CodedError('VALIDATION_ERROR', 'model must name a model, as provider/model.', {
      details: { param: 'model' },
    })
  if (!Array.isArray(messages))
    throw new CodedError('VALIDATION_ERROR', 'messages must be a list.', {
      details: { param: 'messages' },
    })
  return body as ChatBody
}
