import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createTestGateway } from './testing/test-gateway.ts'
import type { TestGateway } from './testing/test-gateway.ts'

let hub: TestGateway
const upstream = { aborted: 0, received: 0 }

beforeAll(async () => {
  hub = await createTestGateway()
  await hub.startService('inference-proxy', ({ app }) => {
    app.get('/v1/headers', ({ headers }) => headers)
    app.get('/v1/refuses', (_request, reply) =>
      reply
        .code(429)
        .header('retry-after', 7)
        .header('x-ratelimit-limit', 3)
        .send({ error: { message: 'slow down' } }),
    )
    app.register(async (scope) => {
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
      scope.post('/v1/upload', async (request) => {
        let bytes = 0
        for await (const piece of request.raw) bytes += (piece as Buffer).length
        return { bytes }
      })
    })
    app.get('/v1/stream', async (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
      reply.raw.once('close', () => (upstream.aborted += 1))
      for (let at = 0; at < 1000 && !reply.raw.destroyed; at += 1) {
        reply.raw.write(`data: ${at}\n\n`)
        await delay(10)
      }
    })
  })
  await vi.waitUntil(async () => (await hub.fetch('/v1/headers')).status === 200)
})
afterAll(() => hub[Symbol.asyncDispose]())

test('a request is forwarded with its headers, and proxy headers of a client are replaced', async () => {
  const headers = {
    'x-forwarded-for': '6.6.6.6',
    'x-forwarded-host': 'evil',
    'x-custom': 'kept',
    connection: 'close',
  }
  const seen = (await (await hub.fetch('/v1/headers', { headers })).json()) as Record<
    string,
    string
  >
  expect(seen).toMatchObject({
    authorization: `Bearer ${hub.admin.key}`,
    'x-custom': 'kept',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-host': new URL(hub.gateway.url).host,
  })
})

test('status, headers and body of the answer are returned unchanged', async () => {
  const answer = await hub.fetch('/v1/refuses')
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('7')
  expect(answer.headers.get('x-ratelimit-limit')).toBe('3')
  expect(await answer.json()).toEqual({ error: { message: 'slow down' } })
})

test('a large body is forwarded completely, beyond the limit of the gateway itself', async () => {
  const body = Buffer.alloc(5 * 1024 * 1024, 7)
  const answer = await hub.fetch('/v1/upload', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(await answer.json()).toEqual({ bytes: body.length })
})

test('a stream is forwarded chunk by chunk, and a client that disconnects ends it upstream', async () => {
  const before = upstream.aborted
  const leave = new AbortController()
  const answer = await hub.fetch('/v1/stream', { signal: leave.signal })
  const reader = answer.body?.getReader()
  const first = new TextDecoder().decode((await reader?.read())?.value)
  expect(first).toMatch(/^data: 0/)
  leave.abort()
  await expect.poll(() => upstream.aborted).toBe(before + 1)
})

test('a service without an instance is PROVIDER_UNAVAILABLE', async () => {
  const answer = await hub.fetch('/mcp', {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(503)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(await answer.json()).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
})

test('a service that has just started is found at its first request', async () => {
  for (let time = 0; time < 3; time++) {
    const { service } = await hub.startService('mcp', ({ app }) => {
      app.post('/mcp', () => ({ here: true }))
    })
    const answer = await hub.fetch('/mcp', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await answer.json()).toEqual({ here: true })
    await service.stop()
  }
})

async function refusedUpgrade(path: string): Promise<string> {
  const socket = connect(Number(new URL(hub.gateway.url).port), '127.0.0.1')
  socket.write(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
  )
  let text = ''
  for await (const piece of socket) text += String(piece)
  return text
}

test('a WebSocket without a broker, or to another address, is refused with an error text', async () => {
  expect(await refusedUpgrade('/elsewhere')).toMatch(
    /^HTTP\/1.1 404 [^]*"code":"OPERATION_NOT_FOUND"/,
  )
  expect(await refusedUpgrade('/ws')).toMatch(/^HTTP\/1.1 503 [^]*"code":"PROVIDER_UNAVAILABLE"/)
})

test('a WebSocket is relayed completely: headers, frames both ways, the close code', async () => {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'alkhub.v1' })
  await hub.startService('spoke-broker', ({ app }) => {
    app.server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (peer) => {
        peer.send(
          JSON.stringify({
            from: request.headers['x-forwarded-for'],
            key: request.headers.authorization,
          }),
        )
        peer.on('message', (data, binary) => peer.send(data, { binary }))
        peer.on('close', (code) => (upstream.received = code))
      })
    })
  })
  const url = `${hub.gateway.url.replace('http', 'ws')}/ws`
  const dial = () =>
    new WebSocket(url, ['alkhub.v1'], { headers: { authorization: 'Bearer alk_x' } })
  await vi.waitUntil(async () => {
    const probe = dial()
    const [opened] = await Promise.race([
      once(probe, 'open').then(() => [true]),
      once(probe, 'error').then(() => [false]),
    ]).catch(() => [false])
    probe.close()
    return opened
  })
  const socket = dial()
  const [hello] = (await once(socket, 'message')) as [Buffer]
  expect(socket.protocol).toBe('alkhub.v1')
  expect(JSON.parse(String(hello))).toEqual({ from: '127.0.0.1', key: 'Bearer alk_x' })
  const large = Buffer.alloc(3_000_000, 5)
  socket.send(large)
  const [echoed] = (await once(socket, 'message')) as [Buffer]
  expect(large.equals(echoed)).toBe(true)
  socket.close(4000, 'bye')
  await expect.poll(() => upstream.received).toBe(4000)
  await expect
    .poll(async () =>
      (await (await hub.fetch('/metrics')).text()).includes('alkhub_gateway_relayed_sockets 0'),
    )
    .toBe(true)
})

test('a WebSocket that one instance refuses because it drains goes to the next one', async () => {
  const refused: string[] = []
  await hub.startService('spoke-broker', ({ app }) => {
    app.server.on('upgrade', (_request, socket) => {
      refused.push('503')
      socket.end('HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n')
    })
  })
  const url = `${hub.gateway.url.replace('http', 'ws')}/ws`
  // The order of the instances is random.
  await vi.waitFor(async () => {
    const socket = new WebSocket(url, ['alkhub.v1'])
    await once(socket, 'message')
    socket.close()
    expect(refused.length).toBeGreaterThan(1)
  })
})

test('a draining gateway waits for its sockets, and closes them at the end of the drain time', async () => {
  const gateway = await hub.startGateway({ http: { ports: { gateway: 0 }, drainBudgetMs: 200 } })
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws`, ['alkhub.v1'])
  await once(socket, 'message')
  const closed = once(socket, 'close')
  await gateway.stop()
  const [code] = (await closed) as [number]
  expect(code).toBe(1006)
})
