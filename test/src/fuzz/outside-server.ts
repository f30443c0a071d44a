import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { hostileText } from './hostile-json.ts'
import type { Random } from '../torture/random.ts'

const STATUSES = [
  200, 200, 200, 200, 201, 204, 206, 301, 302, 400, 401, 404, 429, 500, 503,
] as const
const TYPES = [
  'application/json',
  'application/json',
  'application/json; charset=utf-16',
  'text/event-stream',
  'text/plain',
  'application/octet-stream',
  'multipart/form-data',
  '',
] as const

/** A server of somebody else that answers whatever it likes: odd statuses, types, encodings and JSON, broken off or not. */
export interface OutsideServer extends AsyncDisposable {
  readonly url: string
}

export async function startOutsideServer(random: Random): Promise<OutsideServer> {
  const server = createServer((request, response) => {
    request.resume()
    request.once('end', () => answer(random, request, response))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(random: Random, request: IncomingMessage, response: ServerResponse): void {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  const type = one(TYPES)
  const text = request.url?.startsWith('/mcp') === true ? rpcText(random) : hostileText(random)
  const body = type === 'text/event-stream' ? eventText(random, text) : text
  const gzip = random.next() < 0.3
  const bytes = gzip ? gzipSync(body) : Buffer.from(body)
  const headers: Record<string, string> = {
    ...(type !== '' && { 'content-type': type }),
    ...(gzip && { 'content-encoding': 'gzip' }),
    ...(random.next() < 0.3 && { connection: 'close' }),
    ...(random.next() < 0.1 && {
      location: one(['/x', 'http://127.0.0.1:9/', '//', 'http://[', 'ftp://a']),
    }),
    ...(random.next() < 0.1 && {
      'retry-after': one(['0', '-1', 'NaN', '1e400', 'Thu, 01 Jan 1970 00:00:00 GMT']),
    }),
    ...(random.next() < 0.1 && { 'mcp-session-id': '\u00ff odd' }),
  }
  response.useChunkedEncodingByDefault = random.next() < 0.6
  response.writeHead(one(STATUSES), headers)
  const end = random.next()
  if (end < 0.1) {
    response.write(bytes.subarray(0, bytes.length / 2))
    setImmediate(() => response.destroy())
  } else if (end < 0.15) response.destroy()
  // A body that is compressed or says so and is cut.
  else if (end < 0.2) response.end(bytes.subarray(0, bytes.length / 2))
  else response.end(bytes)
}

function eventText(random: Random, text: string): string {
  const events = Array.from(
    { length: random.between(0, 4) },
    () =>
      `${random.next() < 0.3 ? 'event: \u0000x\n' : ''}id: 1\ndata: ${random.next() < 0.5 ? text : '{"choices":[]}'}\n\n`,
  )
  return `${events.join('')}${random.next() < 0.5 ? 'data: [DONE]\n\n' : ''}`
}

function rpcText(random: Random): string {
  const id = random.between(0, 3)
  return random.pick([
    [1, hostileText(random)],
    [2, `{"jsonrpc":"2.0","id":${id},"result":${hostileText(random)}}`],
    [1, `{"jsonrpc":"2.0","id":${id},"error":${hostileText(random)}}`],
    [
      2,
      `{"jsonrpc":"2.0","id":${id},"result":{"content":${hostileText(random)},"structuredContent":${hostileText(random)}}}`,
    ],
    [1, `{"jsonrpc":"2.0","id":${id},"result":{"tools":${hostileText(random)}}}`],
    [
      1,
      `{"jsonrpc":"2.0","id":${id},"result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}}}`,
    ],
  ])
}
