import { authenticatePlugin } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import { ConsoleSessions } from './console/console-sessions.ts'
import type { GatewayContext } from './context.ts'
import { startJobs } from './jobs/start-jobs.ts'
import { registerOperations } from './operations/register-operations.ts'
import { addCallOperation } from './routes/call-operation.ts'
import { addCalls } from './routes/calls.ts'
import { addConsole } from './routes/console.ts'
import { addConsoleSession, consoleAuthenticator } from './routes/console-session.ts'
import { addDescribeOperation } from './routes/describe-operation.ts'
import { addEvents } from './routes/events.ts'
import { addSessionEvents } from './routes/session-events.ts'
import { addSessionUi } from './routes/session-ui.ts'
import { addForward } from './routes/forward.ts'
import { addListOperations } from './routes/list-operations.ts'
import { addOpenapi } from './routes/openapi.ts'
import { addSdk } from './routes/sdk.ts'

/** Routes, operations and jobs of the gateway. Forwarded routes are checked by the services that handle them. */
export async function buildApp(context: GatewayContext): Promise<void> {
  const { app, authenticator } = context.runtime
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator })
    addApi(scope, context)
    addSessionUi(scope, context)
    addOpenapi(scope, context)
  })
  const sessions = new ConsoleSessions(context)
  addConsole(app, { folder: context.runtime.config.http.consoleFolder })
  addConsoleSession(app, context, sessions)
  await app.register(
    async (scope) => {
      await scope.register(authenticatePlugin, {
        authenticator: consoleAuthenticator(context, sessions),
      })
      addApi(scope, context)
    },
    { prefix: '/console' },
  )
  addSdk(app, { folder: context.runtime.config.http.sdkFolder })
  await app.register(async (scope) => addForward(scope, context))
  app.server.on('upgrade', (request, socket, head) => context.relay.take(request, socket, head))
  registerOperations(context)
  startJobs(context)
}

/** The routes of `/api`, which the console has below `/console/api` with its cookie in place of a key. */
function addApi(scope: HttpApp, context: GatewayContext): void {
  addRateLimit(scope, context.limiter)
  addListOperations(scope, context)
  addDescribeOperation(scope, context)
  addCallOperation(scope, context)
  addCalls(scope, context)
  addEvents(scope, context)
  addSessionEvents(scope, context)
}
