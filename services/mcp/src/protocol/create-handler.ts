import type { Authenticated } from '@alkdev/contracts'
import { errorResult } from '@alkdev/operations/to-mcp'
import { CallError, compileSchema, validationError } from '@alkdev/operations'
import { unlessAborted } from '@alkdev/std'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import type { McpHttpHandler, ServerContext } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { tooDeepError } from '../routes/request-body.ts'
import { callTool, queryTool } from '../tools/call-tool.ts'
import { findingTools } from '../tools/finding-tools.ts'
import { shownSchema } from '../tools/shown-schema.ts'
import type { Tool } from '../tools/tool.ts'

const instructions =
  'This hub offers many operations through five tools. Find one with search (or list), read what it takes with schema, then call it (with query when it is read-only).'

/** The protocol side of `/mcp`, for both eras of MCP: a server per request, with nothing kept between requests. */
export function createHandler(context: McpContext): McpHttpHandler {
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
    try {
      if (tooDeep) throw tooDeepError('request')
      if (!tool)
        throw new CallError(
          'VALIDATION_ERROR',
          `There is no tool ${params.name}; there are list, search, schema, call and query.`,
        )
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
        progress: (done, message) => progress(ctx, done, message),
      })
      const result = await unlessAborted(run, keyEnded)
      context.events.toolCalled(tool.name, result.isError !== true)
      return result
    } catch (error) {
      context.events.toolCalled(params.name, false)
      context.events.toolFailed(tool?.name, error)
      return errorResult(error)
    }
  })
  return server
}

/** Sent only when the client gave a progress token. */
async function progress(ctx: ServerContext, done: number, message: string): Promise<void> {
  const token = ctx.mcpReq._meta?.progressToken
  if (token === undefined) return
  await ctx.mcpReq.notify({
    method: 'notifications/progress',
    params: { progressToken: token, progress: done, message },
  })
}
