// The bare MCP server of the official SDK, in a process of its own: the tool `call` echoes its input. Says its URL.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'

const handler = createMcpHandler(() => {
  const server = new Server({ name: 'stub', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler('tools/call', ({ params }) => {
    const { input } = (params.arguments ?? {}) as { readonly input?: Record<string, unknown> }
    const text = JSON.stringify(input)
    return { content: [{ type: 'text', text }], structuredContent: { ...input } }
  })
  return server
})

const server = createServer((request, response) => {
  const pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => pieces.push(piece))
  request.on('end', () => void answer())
  const answer = async (): Promise<void> => {
    const given = new Request(`http://localhost${request.url}`, {
      method: 'POST',
      headers: request.headers as Record<string, string>,
      body: Buffer.concat(pieces),
    })
    const { status, headers, body } = await handler.fetch(given)
    response.writeHead(status, Object.fromEntries(headers))
    if (body === null) response.end()
    else Readable.fromWeb(body).pipe(response)
  }
})
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
})
