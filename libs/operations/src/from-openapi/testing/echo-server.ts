import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the server got it. */
export interface SeenRequest {
  readonly method: string
  /** Path and query as they were on the wire. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export type Answer = (request: SeenRequest, response: ServerResponse) => void | Promise<void>

export interface EchoServer extends AsyncDisposable {
  readonly url: string
  readonly seen: SeenRequest[]
  readonly server: Server
}

/** A real HTTP server on loopback that keeps what it got and answers as told; `{}` as JSON unless told otherwise. */
export async function echoServer(answer: Answer = answerEmpty): Promise<EchoServer> {
  const seen: SeenRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const got = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      }
      seen.push(got)
      void (async () => answer(got, response))()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    server,
    [Symbol.asyncDispose]: () => closeServer(server),
  }
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

export function answerEmpty(_: SeenRequest, response: ServerResponse): void {
  answerJson(response, {})
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
