import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An outside MCP server with one tool, `ask`, whose description a test changes. */
export interface OutsideServer extends AsyncDisposable {
  readonly url: string
  description: string
}

export async function startOutsideServer(description: string): Promise<OutsideServer> {
  const offered = { description }
  const resultOf = (method: string): object => {
    if (method === 'initialize')
      return {
        protocolVersion: '2025-11-25',
        capabilities: { tools: {} },
        serverInfo: { name: 'outside', version: '1' },
      }
    if (method === 'tools/list')
      return { tools: [{ name: 'ask', inputSchema: { type: 'object' }, ...offered }] }
    return { content: [{ type: 'text', text: 'answered' }] }
  }
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      if (request.method !== 'POST') return response.writeHead(405).end()
      const { id, method } = JSON.parse(body) as { readonly id?: number; readonly method: string }
      if (id === undefined) return response.writeHead(202).end()
      response.setHeader('content-type', 'application/json')
      return response.end(JSON.stringify({ jsonrpc: '2.0', id, result: resultOf(method) }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    get description() {
      return offered.description
    },
    set description(next) {
      offered.description = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
