import { connect } from 'node:net'
import type { Authenticated } from '@alkdev/contracts'
import { authenticatePlugin, closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import { StreamLimit } from '@alkdev/service'
import type { FastifyReply } from 'fastify'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { CallerUses } from '../protocol/caller-uses.ts'
import { addMcp } from './mcp.ts'
import type { McpRouteInput } from './mcp.ts'

const identity = { id: 'ada', keyId: 'k', scopes: [] }

test('an address without changes to report opens no stream', async () => {
  const app = createHttpApp({
    logger: pino({ enabled: false }),
    health: { ready: () => true, report: () => ({}) },
  })
  onTestFinished(() => closeHttpApp(app, 200))
  const authenticated = { identity } as unknown as Authenticated
  await app.register(authenticatePlugin, { authenticator: { authenticate: () => authenticated } })
  addMcp(app, {
    path: '/mcp',
    origins: { origins: ['*'], host: '0.0.0.0', urls: [] },
    stopping: new AbortController().signal,
  } as unknown as McpRouteInput)
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const headers = { accept: 'text/event-stream', 'last-event-id': '1' }
  const { status, headers: given } = await fetch(`${url}/mcp`, { headers })
  expect({ status, allow: given.get('allow') }).toEqual({ status: 405, allow: 'POST, DELETE' })
})

test.each([undefined, '*/*', 'text/*', 'text/event-stream'])(
  'a GET that accepts %s opens the stream of changes, which counts for its key',
  async (accept) => {
    const app = createHttpApp({
      logger: pino({ enabled: false }),
      health: { ready: () => true, report: () => ({}) },
    })
    onTestFinished(() => closeHttpApp(app, 200))
    const authenticated = { identity } as unknown as Authenticated
    await app.register(authenticatePlugin, { authenticator: { authenticate: () => authenticated } })
    const limit = new StreamLimit(1)
    addMcp(app, {
      path: '/mcp',
      uses: new CallerUses({
        watch: () => () => undefined,
        confirm: () => undefined,
        hold: () => undefined,
      }),
      streams: limit,
      changes: {
        hasAny: () => true,
        stream: async (reply: FastifyReply) => {
          expect(() => limit.enter(identity)).toThrow('event streams open')
          await reply.send('the stream')
        },
      },
      origins: { origins: ['*'], host: '0.0.0.0', urls: [] },
      stopping: new AbortController().signal,
      draining: new AbortController().signal,
    } as unknown as McpRouteInput)
    await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
    const answer = await app.inject({ url: '/mcp', ...(accept && { headers: { accept } }) })
    expect({ status: answer.statusCode, body: answer.body }).toEqual({
      status: 200,
      body: 'the stream',
    })
  },
)

test('a client that leaves while its key is confirmed keeps no stream of its key', async () => {
  const app = createHttpApp({
    logger: pino({ enabled: false }),
    health: { ready: () => true, report: () => ({}) },
  })
  onTestFinished(() => closeHttpApp(app, 200))
  const authenticated = { identity } as unknown as Authenticated
  await app.register(authenticatePlugin, { authenticator: { authenticate: () => authenticated } })
  const limit = new StreamLimit(1)
  const asked = Promise.withResolvers<void>()
  const confirmed = Promise.withResolvers<void>()
  const entered = Promise.withResolvers<void>()
  let watched = 0
  addMcp(app, {
    path: '/mcp',
    uses: new CallerUses({
      watch: () => {
        watched += 1
        return () => (watched -= 1)
      },
      confirm: () => {
        asked.resolve()
        return confirmed.promise
      },
      hold: () => undefined,
    }),
    streams: {
      enter(one: typeof identity) {
        entered.resolve()
        return limit.enter(one)
      },
    },
    changes: { hasAny: () => true, stream: async () => undefined },
    origins: { origins: ['*'], host: '0.0.0.0', urls: [] },
    stopping: new AbortController().signal,
    draining: new AbortController().signal,
  } as unknown as McpRouteInput)
  const { port, hostname } = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), hostname)
  socket.write('GET /mcp HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n')
  await asked.promise
  socket.destroy()
  await expect.poll(() => app.httpState.active).toBe(0)
  confirmed.resolve()
  await entered.promise
  expect(() => limit.enter(identity)).not.toThrow()
  expect(watched).toBe(0)
})

test('a body over the limit is answered with an error of JSON-RPC', async () => {
  const app = createHttpApp({
    logger: pino({ enabled: false }),
    health: { ready: () => true, report: () => ({}) },
    maxBodyBytes: 1000,
  })
  onTestFinished(() => closeHttpApp(app, 200))
  const authenticated = { identity } as unknown as Authenticated
  await app.register(authenticatePlugin, { authenticator: { authenticate: () => authenticated } })
  addMcp(app, {
    path: '/mcp',
    origins: { origins: [], host: '0.0.0.0', urls: [] },
    stopping: new AbortController().signal,
  } as unknown as McpRouteInput)
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', more: 'x'.repeat(1000) }),
  })
  expect(answer.status).toBe(413)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(await answer.json()).toEqual({
    jsonrpc: '2.0',
    id: null,
    error: {
      code: -32_000,
      message: 'The message has more than the 1000 bytes that are allowed.',
      data: { code: 'PAYLOAD_TOO_LARGE', requestId: expect.any(String), maxBytes: 1000 },
    },
  })
})
