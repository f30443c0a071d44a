import { SCOPES, serviceSpec } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { authenticatePlugin } from '@alkdev/http'
import { addRateLimit, ServiceRegistry } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { ProxyContext } from './context.ts'
import { inferenceModels } from './operations/inference-models.ts'
import { ModelList } from './providers/list-models.ts'
import { refuseOtherMethods } from './routes/other-methods.ts'
import { chatCompletionsRoute } from './routes/chat-completions.ts'
import { modelsRoutes } from './routes/models.ts'

/** Routes below `/v1`, whose errors have OpenAI's shape, and the operations of the proxy. */
export async function buildApp(context: ProxyContext): Promise<void> {
  const { app, authenticator, bus } = context.runtime
  const list = new ModelList(context.agent)
  await app.register(
    async (scope) => {
      scope.setNotFoundHandler((request) => {
        const message = `There is no ${request.method} ${request.url.split('?', 1)[0]} here.`
        throw new CodedError('OPERATION_NOT_FOUND', message)
      })
      await scope.register(authenticatePlugin, { authenticator })
      scope.addHook('onRequest', (request, _reply, next) => {
        if (coversScope(request.identity.scopes, SCOPES.INFERENCE_USE)) return next()
        next(new CodedError('ACCESS_DENIED', `The key needs the scope ${SCOPES.INFERENCE_USE}.`))
      })
      addRateLimit(scope, context.runtime, 'openai')
      modelsRoutes(scope, context, list)
      chatCompletionsRoute(scope, context)
      refuseOtherMethods(scope)
    },
    { prefix: '/v1' },
  )
  const registry = new ServiceRegistry(context.runtime.logger)
  registry.serve({ ...serviceSpec('inference.models'), handler: inferenceModels(context, list) })
  bus.serveService(registry)
}
