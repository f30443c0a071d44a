import type { Authenticated } from '@alkdev/contracts'
import { errorResult } from '@alkdev/operations/to-mcp'
import { compileSchema, validationError } from '@alkdev/operations'
import { unlessAborted } from '@alkdev/std'
import {
  createMcpHandler,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from '@modelcontextprotocol/server'
import type { McpHttpHandler, ServerContext } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { tooDeepError } from '../routes/request-body.ts'
import { callTool, queryTool } from '../tools/call-tool.ts'
import { findingTools } from '../tools/finding-tools.ts'
import { shownSchema } from '../tools/shown-schema.ts'
import type { Tool } from '../tools/tool.ts'
import { ProgressReports } from './progress-reports.ts'

const instructions =
  'This hub offers many operations through five tools. Find one with search (or list), read what it takes with schema, then call it (with query when it is read-only).'

/**
 * The protocol side of `/mcp`, for both eras of MCP: a server per request, with nothing kept between requests. `auto` answers with one
 * JSON body unless a message comes before the answer; `sse` always answers with a stream, which comments keep alive.
 */
export function createHandler(context: McpContext, responseMode: 'auto' | 'sse'): McpHttpHandler {
  const tools = [
    ...findingTools(context.runtime.bus),
    callTool(context.runtime),
    queryTool(context.runtime),
  ]
  return createMcpHandler(
    ({ authInfo }) => {
      const authenticated = authInfo?.extra?.['authenticated'] as Authenticated | undefined
      if (!authenticated) throw new Error('an unauthenticated request reached the MCP handler')
      const from = (authInfo?.extra?.['from'] ?? {}) as Readonly<Record<string, unknown>>
      const tooDeep = authInfo?.extra?.['tooDeep'] === true
      const keyEnded = authInfo?.extra?.['keyEnded'] as AbortSignal
      return createServer(context, tools, { authenticated, from, tooDeep, keyEnded })
    },
    {
      onerror: (error) => context.events.protocolError(error),
      responseMode,
      maxRequestBodySize: context.runtime.config.http.maxBodyBytes,
    },
  )
}

/** Who made the request. */
interface Caller {
  readonly authenticated: Authenticated
  readonly from: Readonly<Record<string, unknown>>
  /** The request is nested too deep, and what is here is only its outline. */
  readonly tooDeep: boolean
  /** Aborted, with the reason, when the key is no longer good: what runs ends with that as its error. */
  readonly keyEnded: AbortSignal
}

function createServer(
  context: McpContext,
  tools: readonly Tool[],
  { authenticated, from, tooDeep, keyEnded }: Caller,
): Server {
  const { identity } = authenticated
  const server = new Server(
    { name: 'alkhub', title: 'alkdev hub', version: '0.1.0' },
    { capabilities: { tools: {} }, instructions },
  )
  server.setRequestHandler('tools/list', () => ({
    tools: tools.map(({ name, title, description, inputSchema, annotations }) => ({
      name,
      title,
      description,
      inputSchema: shownSchema(inputSchema),
      annotations,
    })),
  }))
  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const tool = tools.find((one) => one.name === params.name)
    // A tool that does not exist is an error of the protocol, which the client handles; the errors below are for the model.
    if (!tool)
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `Unknown tool ${JSON.stringify(params.name.slice(0, 200))}; the tools are ${tools.map(({ name }) => name).join(', ')}.`,
      )
    using reports = progressOf(ctx)
    try {
      if (tooDeep) throw tooDeepError('request')
      const input = params.arguments ?? {}
      const schema = compileSchema(tool.checkedSchema ?? tool.inputSchema)
      if (!schema.check(input))
        throw validationError(`The input of ${tool.name}`, schema.errors(input))
      const run = tool.run(input, {
        authenticated,
        from,
        signal: AbortSignal.any([ctx.mcpReq.signal, keyEnded]),
        stream: () => context.streams.enter(identity),
        hold: (signal) => context.runtime.live.hold(identity, signal),
        progress: async (done, message) => reports?.report(done, message),
      })
      const result = await unlessAborted(run, keyEnded)
      context.events.toolCalled(tool.name, result.isError !== true)
      return result
    } catch (error) {
      context.events.toolCalled(tool.name, false)
      context.events.toolFailed(tool.name, error)
      return errorResult(error)
    }
  })
  return server
}

/** Undefined when the client gave no progress token. */
function progressOf(ctx: ServerContext): ProgressReports | undefined {
  const progressToken = ctx.mcpReq._meta?.progressToken
  if (progressToken === undefined) return undefined
  return new ProgressReports((progress, message) =>
    ctx.mcpReq.notify({
      method: 'notifications/progress',
      params: { progressToken, progress, message },
    }),
  )
}
