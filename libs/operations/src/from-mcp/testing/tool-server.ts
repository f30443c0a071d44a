import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'
import type { CallToolResult, ServerContext, Tool } from '@modelcontextprotocol/server'
import { closeServer } from '../../from-openapi/testing/echo-server.ts'

export type ToolHandler = (
  name: string,
  args: Record<string, unknown>,
  context: ServerContext,
) => CallToolResult | Promise<CallToolResult>

export interface ToolServer extends AsyncDisposable {
  readonly url: string
  /** What `tools/list` gives, a page of `pageSize` at a time; change it, then call `changed`. */
  tools: Tool[]
  /** Requests by JSON-RPC method, in order. */
  readonly methods: string[]
  changed(): void
}

export interface ToolServerOptions {
  readonly tools: Tool[]
  readonly call?: ToolHandler
  readonly pageSize?: number
  readonly legacy?: 'stateless' | 'reject'
}

const empty = (): CallToolResult => ({ content: [] })

/** A real MCP server over streamable HTTP on loopback, built with the SDK's server for both eras of the protocol. */
export async function toolServer(options: ToolServerOptions): Promise<ToolServer> {
  const methods: string[] = []
  const pageSize = options.pageSize ?? 1000
  const state = { tools: options.tools }
  const handler = createMcpHandler(
    () => {
      const server = new Server(
        { name: 'tools', version: '1.0.0' },
        { capabilities: { tools: { listChanged: true } } },
      )
      server.setRequestHandler('tools/list', ({ params }) => {
        methods.push('tools/list')
        const from = Number(params?.cursor ?? 0)
        const next = from + pageSize
        return {
          tools: state.tools.slice(from, next),
          ...(next < state.tools.length ? { nextCursor: String(next) } : {}),
        }
      })
      server.setRequestHandler('tools/call', ({ params }, context) => {
        methods.push('tools/call')
        return (options.call ?? empty)(params.name, params.arguments ?? {}, context)
      })
      return server
    },
    options.legacy === undefined ? {} : { legacy: options.legacy },
  )
  const node = toNodeHandler(handler)
  const server = createServer((request, response) => {
    // The adapter's type does not say that both have what it needs.
    void node(request as never, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    methods,
    get tools() {
      return state.tools
    },
    set tools(tools) {
      state.tools = tools
    },
    changed: () => handler.notify.toolsChanged(),
    async [Symbol.asyncDispose]() {
      await handler.close()
      await closeServer(server)
    },
  }
}
