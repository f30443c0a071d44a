import { authenticatePlugin } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import type { GatewayContext } from './context.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'
import { addCallOperation } from './routes/call-operation.ts'
import { addCalls } from './routes/calls.ts'
import { addDescribeOperation } from './routes/describe-operation.ts'
import { addDocs } from './routes/docs.ts'
import { addEvents } from './routes/events.ts'
import { addForward } from './routes/forward.ts'
import { addListOperations } from './routes/list-operations.ts'
import { addOpenapi } from './routes/openapi.ts'
import { addSdk } from './routes/sdk.ts'

/** Routes, operations and jobs of the gateway. Forwarded routes are checked by the services that handle them. */
export async function buildApp(context: GatewayContext): Promise<void> {
  const { app, authenticator } = context.runtime
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator })
    addRateLimit(scope, context.limiter)
    addListOperations(scope, context)
    addDescribeOperation(scope, context)
    addCallOperation(scope, context)
    addCalls(scope, context)
    addEvents(scope, context)
    addOpenapi(scope, context)
  })
  addDocs(app)
  addSdk(app, { folder: context.runtime.config.http.sdkFolder })
  await app.register(async (scope) => addForward(scope, context))
  app.server.on('upgrade', (request, socket, head) => context.relay.take(request, socket, head))
  registerOperations(context)
  startJobs(context)
}
