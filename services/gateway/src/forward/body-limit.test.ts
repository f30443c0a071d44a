import { once } from 'node:events'
import { createServer } from 'node:http'
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

/** A gateway that forwards 4 MiB to a server, which counts the bytes. */
async function forwarding(): Promise<string> {
  const server = createServer((request, answer) => {
    let bytes = 0
    request.on('data', (piece: Buffer) => (bytes += piece.length))
    request.once('end', () => answer.end(JSON.stringify({ bytes })))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const upstreams = new Upstreams({
    instances: () => [{ instanceId: 'one', url, load: 0 }] as never,
    lookForInstances: () => Promise.resolve(),
  })
  const app = createHttpApp({
    logger,
    health: { ready: () => true, report: () => ({}) },
  })
  const config = { http: { maxInferenceBodyBytes: 4 * MIB } }
  addForward(app, { runtime: { config }, upstreams } as unknown as GatewayContext)
  onTestFinished(async () => {
    await closeHttpApp(app, 200)
    await upstreams.close()
    server.closeAllConnections()
    server.close()
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
