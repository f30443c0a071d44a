import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface ChangingTool {
  readonly name: string
  readonly description: string
  readonly inputSchema?: object
}

export interface ChangingServer extends AsyncDisposable {
  readonly url: string
  /** What it offers; a test replaces it. */
  tools: readonly ChangingTool[]
  /** The headers of its last call. */
  readonly lastCall: () => IncomingMessage['headers'] | undefined
}

/** An outside MCP server over HTTP whose tools a test changes. Each tool answers with `name` and its own name. */
export async function startChangingServer(
  name: string,
  tools: readonly ChangingTool[],
): Promise<ChangingServer> {
  let lastCall: IncomingMessage['headers'] | undefined
  const made = { tools }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end()
      const { id, method, params } = JSON.parse(body) as Message
      if (id === undefined) return response.writeHead(202).end()
      if (method === 'tools/call') lastCall = request.headers
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer(method, params) }))
    })
  })
  const answer = (method: string, params: Message['params']): object => {
    if (method === 'initialize')
      return {
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name, version: '1' },
        },
      }
    if (method === 'tools/list')
      return { result: { tools: made.tools.map((tool) => ({ inputSchema: ANY, ...tool })) } }
    if (method === 'tools/call')
      return { result: { content: [{ type: 'text', text: `${name} ${params?.name}` }] } }
    return { error: { code: -32_601, message: 'Method not found' } }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    get tools() {
      return made.tools
    },
    set tools(next) {
      made.tools = next
    },
    lastCall: () => lastCall,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const ANY = { type: 'object' }

interface Message {
  readonly id?: number | string
  readonly method: string
  readonly params?: { readonly name?: string }
}
