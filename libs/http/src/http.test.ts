import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Authenticated } from '@alkdev/contracts'
import { CodedError } from '@alkdev/errors'
import { Type } from '@alkdev/typebox'
import type { FastifyBaseLogger } from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import {
  authenticatePlugin,
  closeHttpApp,
  createHttpApp,
  drainHttpApp,
  httpIdle,
  keyFromHeaders,
  listenHttpApp,
  openEventStream,
} from './index.ts'
import type { EventStream, HttpApp, HttpAppOptions, HttpObservation } from './index.ts'

const silent: FastifyBaseLogger = {
  level: 'silent',
  fatal: () => undefined,
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  trace: () => undefined,
  silent: () => undefined,
  child: () => silent,
}
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function appWith(options: Partial<HttpAppOptions> = {}): HttpApp {
  const app = createHttpApp({
    logger: silent,
    health: {
      ready: () => true,
      report: () => ({ steps: [] }),
      metrics: () => Promise.resolve('up 1\n'),
    },
    ...options,
  })
  app.post('/echo', (request) => request.body)
  app.get('/fails', () => {
    throw new TypeError('/root/secret.txt is missing: select * from api_keys')
  })
  onTestFinished(() => closeHttpApp(app, 200))
  return app
}

test('an error without a code becomes UNKNOWN_ERROR and tells nothing of its cause', async () => {
  const answer = await appWith().inject('/fails')
  expect(answer.statusCode).toBe(500)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(answer.json()).toEqual({
    type: 'urn:alkhub:error:UNKNOWN_ERROR',
    title: 'Unknown error',
    status: 500,
    detail: 'Something failed inside the hub.',
    code: 'UNKNOWN_ERROR',
    requestId: answer.headers['x-request-id'],
  })
})

test('a coded error keeps its code, details, status and time to wait', async () => {
  const app = appWith()
  app.get('/busy', () => {
    throw new CodedError('OVERLOADED', 'The queue is full.', {
      retryAfterMs: 2500,
      details: { queued: 9 },
    })
  })
  app.get('/own', () => {
    throw Object.assign(new CodedError('GONE_FISHING', 'Back soon.'), { httpStatus: 410 })
  })
  const busy = await app.inject('/busy')
  expect(busy.statusCode).toBe(503)
  expect(busy.headers['retry-after']).toBe('3')
  expect(busy.json()).toMatchObject({ code: 'OVERLOADED', details: { queued: 9 } })
  expect((await app.inject('/own')).json()).toMatchObject({ code: 'GONE_FISHING', status: 410 })
})

test('each request has an id of the hub, whatever the client sends', async () => {
  const app = appWith()
  const headers = { 'x-request-id': 'mine' }
  const first = await app.inject({ url: '/livez', headers })
  const second = await app.inject({ url: '/livez', headers })
  expect(first.headers['x-request-id']).toMatch(UUID_V7)
  expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
})

test.each([
  ['text that is not JSON', 'application/json', '{"a":', 400, 'VALIDATION_ERROR'],
  ['an empty body', 'application/json', '', 400, 'VALIDATION_ERROR'],
  ['a form', 'application/x-www-form-urlencoded', 'a=1', 400, 'VALIDATION_ERROR'],
  ['a body over the limit', 'application/json', `"${'x'.repeat(2000)}"`, 413, 'PAYLOAD_TOO_LARGE'],
])('%s is refused with its code', async (_what, contentType, payload, status, code) => {
  const app = appWith({ maxBodyBytes: 1000 })
  const headers = { 'content-type': contentType }
  const answer = await app.inject({ method: 'POST', url: '/echo', headers, payload })
  expect(answer.statusCode).toBe(status)
  expect(answer.json()).toMatchObject({ code, status })
  expect(answer.body).not.toContain('node:')
})

test('an unknown address and a broken one are problems too', async () => {
  const app = appWith()
  expect((await app.inject('/nowhere')).json()).toMatchObject({
    code: 'OPERATION_NOT_FOUND',
    status: 404,
  })
  expect((await app.inject('/%c0%af')).json()).toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('an input that does not fit names every failing path', async () => {
  const app = appWith()
  const body = Type.Object({ a: Type.Integer(), b: Type.String() })
  app.post('/typed', { schema: { body } }, () => 'ok')
  const answer = await app.inject({ method: 'POST', url: '/typed', payload: { a: '1', b: 2 } })
  expect(answer.json()).toMatchObject({
    code: 'VALIDATION_ERROR',
    details: { errors: [{ path: '/a' }, { path: '/b' }] },
  })
})

test('liveness, readiness, health and metrics need no key and follow the port', async () => {
  let ready = false
  const health = {
    ready: () => ready,
    report: () => ({ steps: ['config'] }),
    metrics: () => Promise.resolve('up 1\n'),
  }
  const app = appWith({ health })
  expect((await app.inject('/livez')).statusCode).toBe(200)
  expect((await app.inject('/readyz')).statusCode).toBe(503)
  ready = true
  expect((await app.inject('/readyz')).statusCode).toBe(200)
  expect((await app.inject('/health')).json()).toEqual({ steps: ['config'] })
  const metrics = await app.inject('/metrics')
  expect(metrics.body).toBe('up 1\n')
  expect(metrics.headers['content-type']).toContain('text/plain')
})

test('requests are observed by route, never by address', async () => {
  const seen: HttpObservation[] = []
  const app = appWith({ observe: (one) => seen.push(one) })
  app.get('/things/:id', () => 'ok')
  await app.inject('/things/42')
  await app.inject('/nowhere/42')
  expect(seen.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
    'GET /things/:id 200',
    'GET unknown 404',
  ])
})

const known: Authenticated = Object.freeze({
  identity: { id: 'account', scopes: ['*'] },
  expiresAtMs: 1,
})
const authenticator = {
  authenticate(
    headers: Parameters<typeof keyFromHeaders>[0],
  ): Authenticated | Promise<Authenticated> {
    const key = keyFromHeaders(headers)
    if (key === 'alk_cached') return known
    if (key === 'alk_stored') return Promise.resolve(known)
    throw new CodedError('UNAUTHENTICATED', 'The key is not valid.')
  },
}

async function guardedApp(): Promise<HttpApp> {
  const app = appWith()
  await app.register(async (scope) => {
    await scope.register(authenticatePlugin, { authenticator })
    scope.get('/me', ({ identity, authenticated }) => [
      identity,
      authenticated,
      authenticated === known,
    ])
    scope.post('/body', (request) => request.body)
  })
  return app
}

test('a key is taken from either header, cached or not', async () => {
  const app = await guardedApp()
  const get = async (headers: Record<string, string>) => app.inject({ url: '/me', headers })
  expect((await get({ authorization: 'Bearer alk_cached' })).json()).toEqual([
    known.identity,
    known,
    true,
  ])
  expect((await get({ authorization: 'bearer alk_stored' })).json()).toEqual([
    known.identity,
    known,
    true,
  ])
  expect((await get({ 'x-api-key': 'alk_cached' })).json()).toEqual([known.identity, known, true])
  const both = { authorization: 'Bearer alk_cached', 'x-api-key': 'alk_cached' }
  expect((await get(both)).statusCode).toBe(200)
})

test.each([
  ['no key', {}],
  ['another scheme', { authorization: 'Basic YTpi' }],
  ['a bare scheme', { authorization: 'Bearer' }],
  ['a wrong key', { authorization: 'Bearer alk_wrong' }],
  ['two different keys', { authorization: 'Bearer alk_cached', 'x-api-key': 'alk_stored' }],
  ['another scheme beside a good key', { authorization: 'Basic YTpi', 'x-api-key': 'alk_cached' }],
])('%s is UNAUTHENTICATED', async (_what, headers) => {
  const app = await guardedApp()
  const answer = await app.inject({ url: '/me', headers: headers as Record<string, string> })
  expect(answer.statusCode).toBe(401)
  expect(answer.headers['www-authenticate']).toBe('Bearer')
  expect(answer.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
})

test('without a key the body is not even looked at', async () => {
  const app = await guardedApp()
  const answer = await app.inject({ method: 'POST', url: '/body', payload: 'not json' })
  expect(answer.statusCode).toBe(401)
})

test('a browser may show its key as a subprotocol', () => {
  const headers = { 'sec-websocket-protocol': 'alkhub.v1, bearer.alk_abc' }
  expect(keyFromHeaders(headers, { subprotocolPrefix: 'bearer.' })).toBe('alk_abc')
  expect(() => keyFromHeaders(headers)).toThrow('No key was shown')
})

test('a preflight of /mcp allows the headers of MCP, and its session header is exposed', async () => {
  const app = appWith({ cors: { origins: ['https://console.example.org'] } })
  const sent = [
    'authorization',
    'content-type',
    'last-event-id',
    'mcp-session-id',
    'mcp-protocol-version',
    'mcp-method',
    'mcp-name',
    'mcp-param-region',
  ]
  const headers = {
    origin: 'https://console.example.org',
    'access-control-request-method': 'POST',
    'access-control-request-headers': [...sent, 'x-other'].join(', '),
  }
  const answer = await app.inject({ method: 'OPTIONS', url: '/mcp', headers })
  expect(answer.statusCode).toBe(204)
  const listed = (name: string): string[] => String(answer.headers[name]).split(', ')
  expect(listed('access-control-allow-headers')).toEqual(expect.arrayContaining(sent))
  expect(listed('access-control-allow-headers')).not.toContain('x-other')
  expect(listed('access-control-allow-methods')).toEqual(['GET', 'POST', 'DELETE'])
  expect(listed('access-control-expose-headers')).toContain('mcp-session-id')
  expect(answer.headers['vary']).toBe('origin')
})

test('CORS answers preflights of the configured origins only', async () => {
  const app = appWith({ cors: { origins: ['https://console.example.org'] } })
  const preflight = (origin: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/echo',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
  const good = await preflight('https://console.example.org')
  expect(good.statusCode).toBe(204)
  expect(good.headers['access-control-allow-origin']).toBe('https://console.example.org')
  expect(good.headers['access-control-allow-headers']).toContain('idempotency-key')
  const bad = await preflight('https://evil.example.org')
  expect(bad.headers['access-control-allow-origin']).toBeUndefined()
})

test('an answer while draining asks the client to open a new connection', async () => {
  const app = appWith()
  expect((await app.inject('/livez')).headers['connection']).not.toBe('close')
  drainHttpApp(app)
  expect((await app.inject('/livez')).headers['connection']).toBe('close')
})

test('closing lets a request in flight end', async () => {
  const app = appWith()
  const entered = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    entered.resolve()
    await delay(150)
    return { done: true }
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const answer = fetch(`${url}/slow`)
  await entered.promise
  await closeHttpApp(app, 5000)
  expect(await (await answer).json()).toEqual({ done: true })
})

test('closing returns though a client holds an upgraded socket, and another one upgrades too late', async () => {
  const app = appWith()
  let closed = false
  app.addHook('onClose', (_app, done) => {
    closed = true
    done()
  })
  const preClose = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  app.addHook('preClose', async () => {
    preClose.resolve()
    await goOn.promise
  })
  app.server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
  })
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const options = {
    port: url.port,
    host: url.hostname,
    headers: { connection: 'upgrade', upgrade: 'x' },
  }
  const first = httpRequest(options).end()
  first.on('error', () => undefined)
  const [, held] = (await once(first, 'upgrade')) as [unknown, NodeJS.EventEmitter]
  held.on('error', () => undefined)

  const closing = closeHttpApp(app, 300)
  await preClose.promise
  const late = httpRequest(options).end()
  const [answer] = (await once(late, 'response')) as [{ statusCode: number }]
  expect(answer.statusCode).toBe(503)
  goOn.resolve()
  await closing
  expect(closed).toBe(true)
})

test('closing cuts a client that never ends its request', async () => {
  const app = appWith()
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  )
  socket.resume()
  await expect.poll(() => app.httpState.sockets.size).toBe(1)
  await closeHttpApp(app, 100)
  if (!socket.closed) await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
})

test('a stream sends ids, events and JSON, and learns that its client has gone', async () => {
  const app = appWith()
  const opened = Promise.withResolvers<EventStream>()
  app.get('/stream', async (_request, reply) => {
    const stream = openEventStream(reply)
    await stream.send({ id: 1, data: { text: 'two\nlines' } })
    await stream.send({ event: 'completed', data: { count: 1 } })
    opened.resolve(stream)
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  const answer = await fetch(`${url}/stream`, { signal: leave.signal })
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  expect(answer.headers.get('x-request-id')).toMatch(UUID_V7)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('completed')) text += (await reader?.read())?.value ?? ''
  expect(text).toContain('id: 1\ndata: {"text":"two\\nlines"}\n\nevent: completed\n')
  const { signal } = await opened.promise
  const aborted = once(signal, 'abort')
  leave.abort()
  await aborted
  expect(signal.aborted).toBe(true)
})

test('a stream waits for a client that reads slowly instead of holding what it did not take', async () => {
  const app = appWith()
  const piece = 'x'.repeat(64 * 1024)
  let sent = 0
  app.get('/stream', async (_request, reply) => {
    const stream = openEventStream(reply, { stallMs: 300 })
    while (!stream.signal.aborted && sent < 10_000) {
      await stream.send({ data: piece })
      sent += 1
    }
  })
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => app.httpState.sockets.size).toBe(1)
  // The client does not read: after the stall time it is disconnected and the producer is aborted.
  await expect.poll(() => app.httpState.sockets.size, { timeout: 5000 }).toBe(0)
  expect(sent).toBeLessThan(1000)
  socket.destroy()
})

test('an app is idle when its last answer has ended, also when the client left', async () => {
  const app = appWith()
  app.get('/never', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200).write('x')
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  await fetch(`${url}/never`, { signal: leave.signal })
  expect(app.httpState.active).toBe(1)
  const busy = new AbortController()
  const gaveUp = httpIdle(app, busy.signal)
  busy.abort()
  await gaveUp
  leave.abort()
  await httpIdle(app, AbortSignal.timeout(5000))
  expect(app.httpState.active).toBe(0)
})

test.each([
  ['a key without its scheme', { authorization: 'alk_abc' }, 'must be `Bearer <key>`'],
  ['two words', { authorization: 'Bearer alk_abc alk_def' }, 'must be `Bearer <key>`'],
  ['a repeated x-api-key', { 'x-api-key': 'alk_abc, alk_def' }, 'Two different keys'],
  ['blank headers', { authorization: ' ', 'x-api-key': '' }, 'No key was shown'],
])('%s is refused', (_what, headers, message) => {
  expect(() => keyFromHeaders(headers)).toThrow(message)
})
