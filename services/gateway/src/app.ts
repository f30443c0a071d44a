import { authenticatePlugin } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import type { ServiceRuntime } from '@alkdev/service'
import type { GatewayContext } from './context.ts'
import { addCallOperation } from './routes/call-operation.ts'
import { addCalls } from './routes/calls.ts'
import { addDescribeOperation } from './routes/describe-operation.ts'
import { addDocs } from './routes/docs.ts'
import { addEvents } from './routes/events.ts'
import { addForwarding } from './routes/forward.ts'
import { addListOperations } from './routes/list-operations.ts'
import { addOpenapi } from './routes/openapi.ts'

/** The routes of the gateway. Those that it forwards are checked by the services that answer them. */
export async function addRoutes(
  app: HttpApp,
  context: GatewayContext,
  runtime: ServiceRuntime<'gateway'>,
): Promise<void> {
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator: context.authenticator })
    addRateLimit(scope, runtime)
    addListOperations(scope, context)
    addDescribeOperation(scope, context)
    addCallOperation(scope, context)
    addCalls(scope, context)
    addEvents(scope, context)
    addOpenapi(scope, context)
  })
  addDocs(app)
  await app.register(async (scope) => addForwarding(scope, context))
  app.server.on('upgrade', (request, socket, head) => context.relay.take(request, socket, head))
}
