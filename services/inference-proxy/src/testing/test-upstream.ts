import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `request.text` is the body. */
export type Handler = (answer: ServerResponse, request: IncomingMessage & { text?: string }) => void

export interface TestUpstream extends AsyncDisposable {
  /** Base URL for a provider whose requests the handler answers. */
  serve(handler: Handler): string
  readonly port: number
}

/** An outside server on a real port: each base URL has a handler of its own, which may misbehave as it likes. */
export async function startTestUpstream(): Promise<TestUpstream> {
  const handlers: Handler[] = []
  const server = createServer((request, answer) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      Object.assign(request, { text: Buffer.concat(chunks).toString() })
      const index = Number(/^\/(\d+)\//.exec(request.url ?? '')?.[1] ?? -1)
      const handler = handlers[index]
      if (handler) handler(answer, request)
      else answer.writeHead(404).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    serve(handler) {
      handlers.push(handler)
      return `http://127.0.0.1:${port}/${handlers.length - 1}/v1`
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
