import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
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
  /** Says to each client that its tools have changed. */
  notify(): void
  /** Takes no more connections until it is started again, at the same address. */
  stop(): Promise<void>
  start(): Promise<void>
}

/** An outside MCP server over HTTP whose tools a test changes. Each tool answers with `name` and its own name. */
export async function startChangingServer(
  name: string,
  tools: readonly ChangingTool[],
): Promise<ChangingServer> {
  let lastCall: IncomingMessage['headers'] | undefined
  const made = { tools }
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      if (request.method === 'GET') {
        streams.add(response)
        response.once('close', () => streams.delete(response))
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        return response.write(': open\n\n')
      }
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
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name, version: '1' },
        },
      }
    if (method === 'tools/list')
      return { result: { tools: made.tools.map((tool) => ({ inputSchema: ANY, ...tool })) } }
    if (method === 'tools/call')
      return { result: { content: [{ type: 'text', text: `${name} ${params?.name}` }] } }
    return { error: { code: -32_601, message: 'Method not found' } }
  }
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    notify() {
      const message = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }
      for (const stream of streams) stream.write(`data: ${JSON.stringify(message)}\n\n`)
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
    start: () => listen(port),
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
