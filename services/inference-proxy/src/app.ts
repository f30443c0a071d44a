import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { authenticatePlugin } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { ProxyContext } from './context.ts'
import { registerOperations } from './operations/register-operations.ts'
import { addChatCompletions } from './routes/chat-completions.ts'
import { addModels } from './routes/models.ts'
import { addOtherMethods } from './routes/other-methods.ts'

/** Routes below `/v1`, whose errors have OpenAI's shape, and the operations of the proxy. */
export async function buildApp(context: ProxyContext): Promise<void> {
  const { app, authenticator } = context.runtime
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
      addRateLimit(scope, context.limiter, 'openai')
      addModels(scope, context)
      addChatCompletions(scope, context)
      addOtherMethods(scope)
    },
    { prefix: '/v1' },
  )
  registerOperations(context)
}
