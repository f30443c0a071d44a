import { SCOPES } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { authenticatePlugin } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import { coversScope } from '@alkdev/operations'
import type { ProxyContext } from './context.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'
import { addModelRequests } from './routes/model-requests.ts'
import { addModelBodies } from './relay/model-body.ts'
import { addModels } from './routes/models.ts'
import { sessionAuthenticator } from './session-calls/authenticate-session.ts'
import { ClientSockets } from './sockets/client-sockets.ts'
import { addOtherMethods } from './routes/other-methods.ts'
import { addOtherPaths } from './routes/other-paths.ts'

/**
 * Routes below `/v1`, whose errors have OpenAI's shape, and the operations of the proxy. Throws OperatorError for a package of the AI SDK that is
 * missing.
 */
export async function buildApp(context: ProxyContext): Promise<void> {
  const { app, config } = context.runtime
  await context.relay.packages.load(config.inference.packages)
  const authenticator = sessionAuthenticator(context.runtime)
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
      addModelBodies(scope)
      addModels(scope, context)
      addModelRequests(scope, context)
      addOtherMethods(scope)
      await scope.register(async (rest) => addOtherPaths(rest as HttpApp, context))
    },
    { prefix: '/v1' },
  )
  const sockets = new ClientSockets(context)
  app.server.on('upgrade', (request, socket, head) => sockets.take(request, socket, head))
  context.runtime.onClose('WebSockets of clients', () => sockets.ended())
  registerOperations(context)
  startJobs(context)
}
