// Operations as the tools of an MCP server on stdio; `mcp.ts` starts it.
import { Server } from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { OperationRegistry } from '@alkdev/operations'
import { toMCP } from '@alkdev/operations/to-mcp'
import { Type } from '@alkdev/typebox'

const registry = new OperationRegistry()
registry.register({
  namespace: 'math',
  name: 'add',
  version: '1.0.0',
  type: 'query',
  description: 'Adds two numbers.',
  inputSchema: Type.Object({ a: Type.Number(), b: Type.Number() }),
  outputSchema: Type.Object({ sum: Type.Number() }),
  accessControl: { requiredScopes: [] },
  handler: ({ a, b }: { a: number; b: number }) => ({ sum: a + b }),
})

const tools = toMCP(registry)

serveStdio(() => {
  const server = new Server({ name: 'math', version: '1.0.0' }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/list', () => ({ tools: tools.list() }))
  server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
    tools.call(params.name, params.arguments, { signal: mcpReq.signal }),
  )
  return server
})
