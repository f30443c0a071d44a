import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import type { HttpAppOptions } from '@alkdev/http'
import { expect, onTestFinished, test } from 'vitest'
import type { GatewayContext } from '../context.ts'
import { addForward } from '../routes/forward.ts'
import { Upstreams } from './upstreams.ts'

const MIB = 1024 * 1024
const ignore = (): void => undefined
const logger = {
  level: 'silent',
  fatal: ignore,
  error: ignore,
  warn: ignore,
  info: ignore,
  debug: ignore,
  trace: ignore,
  silent: ignore,
  child: () => logger,
} as unknown as HttpAppOptions['logger']

/** A gateway that forwards 4 MiB of models to a server, which counts the bytes. */
async function forwarding(): Promise<string> {
  const server = createServer((request, answer) => {
    let bytes = 0
    request.on('data', (piece: Buffer) => (bytes += piece.length))
    request.once('end', () => answer.end(JSON.stringify({ bytes })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return gatewayOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 4 * MIB)
}

/** A gateway before one instance of every service. */
async function gatewayOf(url: string, maxInferenceBodyBytes: number): Promise<string> {
  const upstreams = new Upstreams({
    instances: () => [{ instanceId: 'one', url, load: 0 }] as never,
    lookForInstances: () => Promise.resolve(),
  })
  const app = createHttpApp({
    logger,
    health: { ready: () => true, report: () => ({}) },
  })
  const config = { http: { maxInferenceBodyBytes } }
  addForward(app, { runtime: { config }, upstreams } as unknown as GatewayContext)
  onTestFinished(async () => {
    await closeHttpApp(app, 200)
    await upstreams.close()
  })
  return listenHttpApp(app, { host: '127.0.0.1', port: 0 })
}

function post(url: string, pieces: readonly Buffer[], chunked: boolean): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: chunked ? ReadableStream.from(pieces) : Buffer.concat(pieces),
    ...(chunked && { duplex: 'half' as const }),
  })
}

test.each([
  ['with a length', false],
  ['in chunks', true],
])(
  'a body %s over the limit of the inference proxy is refused with 413 in the shape of OpenAI',
  async (_, chunked) => {
    const url = await forwarding()
    const pieces = Array.from({ length: 60 }, () => Buffer.alloc(MIB, 0x20))
    const answer = await post(`${url}/v1/chat/completions`, pieces, chunked)
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({
      error: { code: 'payload_too_large', type: 'invalid_request_error', param: null },
    })
    const within = await post(`${url}/v1/chat/completions`, pieces.slice(0, 4), chunked)
    expect(await within.json()).toEqual({ bytes: 4 * MIB })
  },
)

/** What a client gets that sends its whole request before it reads: most do. */
async function answerAfterAll(url: string, pieces: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' })
  onTestFinished(() => void socket.destroy())
  for (const piece of pieces) if (!socket.write(piece)) await once(socket, 'drain')
  let answer = ''
  for await (const piece of socket) {
    answer += String(piece)
    if (answer.endsWith('}')) break
  }
  return answer
}

test.each(
  ['/v1/x', '/mcp', '/mcp/native', '/.well-known/oauth-protected-resource/x'].flatMap((path) => [
    { path, chunked: false },
    { path, chunked: true },
  ]),
)(
  'what a service refuses of $path while the client still sends (in chunks: $chunked) reaches the client',
  async ({ path, chunked }) => {
    const service = createHttpApp({ logger, health: { ready: () => true, report: () => ({}) } })
    service.post('/*', () => ({ taken: true }))
    service.post('/v1/x', () => ({ taken: true }))
    onTestFinished(() => closeHttpApp(service, 200))
    const url = await gatewayOf(
      await listenHttpApp(service, { host: '127.0.0.1', port: 0 }),
      Infinity,
    )
    const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(256 * 1024) }))
    const count = 48
    const head = `POST ${path} HTTP/1.1\r\nhost: hub\r\ncontent-type: application/json\r\n`
    const pieces = Array.from({ length: count }, () => body)
    const sent = chunked
      ? [
          `${head}transfer-encoding: chunked\r\n\r\n`,
          ...pieces.flatMap((piece) => [`${piece.length.toString(16)}\r\n`, piece, '\r\n']),
          '0\r\n\r\n',
        ]
      : [`${head}content-length: ${count * body.length}\r\n\r\n`, ...pieces]
    const answer = await answerAfterAll(url, sent)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toMatch(/payload_too_large/i)
  },
)
