import { compileSchema, validationError } from '@alkdev/operations'
import { errorResult } from '@alkdev/operations/to-mcp'
import type { MCPToolResult } from '@alkdev/operations/to-mcp'
import { must, uuidv7 } from '@alkdev/std'
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'
import type { InputRequiredResult, Server } from '@modelcontextprotocol/server'
import type { McpContext } from '../context.ts'
import { isShort, shortenResult } from '../results/shorten-result.ts'
import { callTool, queryTool } from '../tools/call-tool.ts'
import { findingTools } from '../tools/finding-tools.ts'
import { shownSchema } from '../tools/shown-schema.ts'
import { addTaskMethods } from '../tasks/task-methods.ts'
import { TASKS_EXTENSION } from '../tasks/task-extension.ts'
import { isCreatedTask } from '../tasks/task-view.ts'
import type { Tool } from '../tools/tool.ts'
import type { Caller } from './caller.ts'
import type { EndpointOptions } from './endpoint.ts'
import { HubServer } from './hub-server.ts'
import { addResults } from './result-resources.ts'
import { addRolePrompts } from './role-prompts.ts'
import { seesRoles } from './role-changes.ts'
import type { Rounds } from './rounds.ts'
import { identified, runCall } from './tool-call.ts'
import type { CallRequest } from './tool-call.ts'

const instructions =
  'This hub offers many operations through five tools. Find one with search (or list), read what it takes with schema, then call it (with query when it is read-only).'

const serverInfo = { name: 'alkhub', title: 'alkdev hub', version: '0.1.0' }

/** The part of an endpoint that `/mcp` decides. */
export type ToolsEndpoint = Pick<EndpointOptions, 'parameterHeaders' | 'plainTools' | 'serverFor'>

/** `/mcp`: one server per request, each with the five tools and the rest of results that were cut. */
export function toolsEndpoint(context: McpContext, rounds: Rounds): ToolsEndpoint {
  const { runtime, history } = context
  const { queuedCallDays } = runtime.config.retention
  const hub = { ...runtime, live: context.uses, history, queuedCallDays }
  const tools = [
    ...findingTools(hub.bus, history, runtime.searchStage),
    callTool(hub),
    queryTool(hub),
  ]
  const shown = tools.map(({ name, title, description, inputSchema, annotations }) => ({
    name,
    title,
    description,
    inputSchema: shownSchema(inputSchema),
    annotations,
  }))
  const schemas = new Map(shown.map(({ name, inputSchema }) => [name, inputSchema]))
  // Not every client repeats parameters in headers, and those in browsers cannot.
  const headers = { schemaOf: (tool: string) => schemas.get(tool), required: false }
  const serverFor = (caller: Caller): Server => {
    const { identity } = caller.authenticated
    const options = {
      capabilities: {
        tools: {},
        prompts: { listChanged: seesRoles(identity) },
        resources: {},
        extensions: { [TASKS_EXTENSION]: {} },
      },
      instructions,
      requestState: { verify: rounds.verify },
    }
    const server = new HubServer(serverInfo, options, context.events)
    server.setRequestHandler('tools/list', () => ({ tools: shown }))
    server.setRequestHandler('tools/call', async ({ params }, ctx) => {
      const outcome = caller.ran?.take()
      if (outcome !== undefined) return outcome() as MCPToolResult
      const tool = tools.find((one) => one.name === params.name)
      // A tool that does not exist is an error of the protocol, which the client handles; other errors are for the model.
      if (!tool)
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `Unknown tool ${JSON.stringify(params.name.slice(0, 200))}; the tools are ${tools.map(({ name }) => name).join(', ')}.`,
        )
      return callOf(context, rounds, tool, params.arguments ?? {}, { server, ctx, caller })
    })
    addResults(server, context.results, identity)
    addTaskMethods(server, context, caller)
    addRolePrompts(server, { context, hub, rounds }, caller)
    return server
  }
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  return {
    serverFor,
    parameterHeaders: () => headers,
    plainTools: {
      names: byName.keys().toArray(),
      serverInfo,
      call: ({ name, input }, asked) =>
        callOf(context, rounds, must(byName.get(name)), input, asked),
    },
  }
}

/** Runs a tool. Throws errors of the protocol; other failures are results with `isError`. */
async function callOf(
  context: McpContext,
  rounds: Rounds,
  tool: Tool,
  input: unknown,
  asked: Pick<CallRequest, 'caller' | 'ctx' | 'server'>,
): Promise<MCPToolResult | InputRequiredResult> {
  const { identity } = asked.caller.authenticated
  const callId = uuidv7()
  const params = [tool.name, input]
  try {
    return await runCall(
      context,
      rounds,
      { callId, what: tool.name, method: 'tools/call', params, ...asked },
      async (call) => {
        const schema = compileSchema(tool.checkedSchema ?? tool.inputSchema)
        if (!schema.check(input))
          throw validationError(`The input of ${tool.name}`, schema.errors(input))
        const result = await tool.run(input, call)
        if (isCreatedTask(result)) return result as never
        if (!tool.callsOperation) return result
        const shown = isShort(result)
          ? result
          : await shortenResult(context.results, identity, result)
        return identified(shown, callId)
      },
    )
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    return tool.callsOperation ? identified(errorResult(error), callId) : errorResult(error)
  }
}
