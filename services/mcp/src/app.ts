import { CodedError } from '@alkdev/errors'
import { authenticatePlugin } from '@alkdev/http'
import type { HttpApp } from '@alkdev/http'
import { addRateLimit } from '@alkdev/service'
import type { McpContext } from './context.ts'
import { addMcp } from './routes/mcp.ts'
import type { McpAddress } from './routes/mcp.ts'
import { streamChanges } from './routes/stream-changes.ts'
import { registerOperations } from './operations/register-operations.ts'
import { CatalogChanges } from './native/catalog-changes.ts'
import { Catalogs } from './native/catalog.ts'
import { nativeServers } from './native/native-server.ts'
import { SessionLogs } from './native/session-logs.ts'
import { SessionWatches } from './native/session-watches.ts'
import { addChallenge, addResourceMetadata } from './oauth/resource-metadata.ts'
import { Endpoint } from './protocol/endpoint.ts'
import type { EndpointOptions } from './protocol/endpoint.ts'
import { RoleChanges, seesRoles } from './protocol/role-changes.ts'
import { Rounds } from './protocol/rounds.ts'
import { startedCalls } from './protocol/started-calls.ts'
import { toolsEndpoint } from './protocol/tools-server.ts'

const NATIVE_PATH = '/mcp/native'

/** The `/mcp` and `/mcp/native` routes, and the outside services. */
export async function buildApp(context: McpContext): Promise<void> {
  registerOperations(context)
  const { app, authenticator, bus, config, db, draining, inputHash, redis, signal, url } =
    context.runtime
  const { answers } = context
  const rounds = new Rounds({
    bus,
    inputHash,
    redis,
    prefix: config.redis.prefix,
    startedBy: startedCalls({ bus, db }),
  })
  const addresses = [
    toolsAddress(context, rounds),
    ...(config.mcpNative.operations.length === 0 ? [] : [nativeAddress(context, rounds)]),
  ]
  context.runtime.onClose('MCP requests', async () => {
    await Promise.all(addresses.map(({ endpoint }) => endpoint.close()))
  })
  const { oauth } = context
  if (oauth !== undefined) addResourceMetadata(app, oauth.resource)
  await app.register(async (scope) => {
    if (oauth !== undefined) {
      addChallenge(scope, oauth.resource, (headers) => oauth.authenticator.lacksScope(headers))
      scope.addHook('onRequest', (request, _reply, next) => {
        oauth.authenticator.from(request.headers, request)
        next()
      })
    }
    await scope.register(authenticatePlugin, {
      authenticator: oauth?.authenticator ?? authenticator,
    })
    addRateLimit(scope, context.limiter)
    // The protocol reads the body itself, because it answers a malformed body with its own error.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    const { host, cors, publicUrl, advertisedUrl } = config.http
    const urls = [url, publicUrl, advertisedUrl].filter((one) => one !== undefined)
    if (config.mcpNative.operations.length === 0) addNothingNative(scope)
    for (const address of addresses)
      addMcp(scope, {
        ...address,
        uses: context.uses,
        answers,
        origins: { origins: cors.origins, host, urls },
        stopping: signal,
        draining,
        streams: context.streams,
        limiter: context.limiter,
      })
  })
}

/** `/mcp/native` where no operator chose operations for it. */
function addNothingNative(app: HttpApp): void {
  app.all(NATIVE_PATH, () => {
    throw new CodedError(
      'OPERATION_NOT_FOUND',
      'No operation is offered here. An operator chooses them with `mcpNative.operations` in the configuration of the mcp service.',
    )
  })
}

/** `/mcp`: its prompts are the roles, which change. */
function toolsAddress(context: McpContext, rounds: Rounds): McpAddress {
  const { answers, runtime } = context
  const changes = new RoleChanges((error) =>
    runtime.logger.warn({ err: error }, 'changed prompts could not be reported to a client'),
  )
  runtime.onIdentityChange((change) => changes.note(change))
  return {
    path: '/mcp',
    endpoint: new Endpoint(context, { ...toolsEndpoint(context, rounds), answers, changes }),
    changes: {
      hasAny: seesRoles,
      stream: (reply, caller, ending) => streamChanges({ changes }, reply, caller, ending),
    },
  }
}

/** `/mcp/native` with the operations that an operator chose. */
function nativeAddress(context: McpContext, rounds: Rounds): McpAddress {
  const { answers, history, runtime } = context
  const { mcpNative, redis } = runtime.config
  const { operations } = mcpNative
  const { queuedCallDays } = runtime.config.retention
  const hub = { ...runtime, live: context.uses, history, queuedCallDays }
  const catalogs = new Catalogs(runtime.bus, operations)
  const changes = new CatalogChanges(hub, catalogs, context.streams)
  const watches = new SessionWatches(runtime.redis, redis.prefix)
  const logs = new SessionLogs(runtime.redis, redis.prefix)
  const serverFor = nativeServers({ ...hub, context, rounds, logs, watches }, catalogs)
  const parameterHeaders: EndpointOptions['parameterHeaders'] = ({
    authenticated: { identity },
  }) => ({
    schemaOf: (tool) => catalogs.for(identity).tools.get(tool)?.tool.inputSchema,
    required: true,
  })
  return {
    path: NATIVE_PATH,
    endpoint: new Endpoint(context, { serverFor, parameterHeaders, answers, changes }),
    changes: {
      hasAny: () => true,
      stream: (reply, caller, ending) => streamChanges({ changes, watches }, reply, caller, ending),
    },
  }
}
