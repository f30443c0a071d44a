import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Random } from '../torture/random.ts'
import { hostileText } from './hostile-json.ts'
import {
  completionStream,
  completionText,
  itemText,
  mcpResultText,
  protocolText,
} from './provider-answers.ts'

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

/** An outside server with random answers: odd statuses, types, encodings and JSON, cut off or not. */
export interface OutsideServer extends AsyncDisposable {
  readonly url: string
}

/**
 * What it answers follows from the seed, the address and the body, and from how often the same was asked before: an input that is repeated by its number gets the
 * same answers again.
 */
export async function startOutsideServer(seed: number): Promise<OutsideServer> {
  const asked = new Map<number, number>()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1').on('data', (text: string) => (body += text))
    request.once('end', () => {
      const number = hashOf(`${seed} ${request.method} ${request.url} ${body}`)
      const times = asked.get(number) ?? 0
      asked.set(number, times + 1)
      answer(new Random(number + times), { path: request.url ?? '', body }, response)
    })
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

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0
  return hash
}

interface Asked {
  readonly path: string
  readonly body: string
}

/** A type and a body. Most are what was asked for, but for one member. */
function bodyOf(random: Random, { path, body }: Asked): readonly [type: string, text: string] {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  if (random.next() < 0.25) {
    const type = one(TYPES)
    const text = path.startsWith('/mcp') ? rpcText(random) : hostileText(random)
    return [type, type === 'text/event-stream' ? eventText(random, text) : text]
  }
  if (path.startsWith('/mcp')) return ['application/json', mcpText(random, body)]
  const isStream = body.includes('"stream":true')
  const text = path.startsWith('/v1') ? protocolText(random, path, isStream) : undefined
  if (text !== undefined) return [isStream ? 'text/event-stream' : 'application/json', text]
  if (path.startsWith('/v1'))
    return body.includes('"stream":true')
      ? ['text/event-stream', completionStream(random)]
      : ['application/json', completionText(random)]
  return path.startsWith('/events')
    ? ['text/event-stream', eventText(random, itemText(random))]
    : ['application/json', itemText(random)]
}

/** The answer to a JSON-RPC request, with its id. */
function mcpText(random: Random, body: string): string {
  try {
    const { id, method } = JSON.parse(body) as { id?: unknown; method?: unknown }
    if (id === undefined) return ''
    const result = mcpResultText(random, String(method))
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
  } catch {
    return rpcText(random)
  }
}

function answer(random: Random, asked: Asked, response: ServerResponse): void {
  const one = <T>(list: readonly T[]): T => list[random.between(0, list.length - 1)] as T
  const [type, body] = bodyOf(random, asked)
  const status = random.next() < 0.7 ? 200 : one(STATUSES)
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
  response.writeHead(status, headers)
  // Most are whole.
  const end = random.next() + (random.next() < 0.6 ? 1 : 0)
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
