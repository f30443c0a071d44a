import { connect } from 'node:net'
import type { Authenticated } from '@alkdev/contracts'
import { authenticatePlugin, closeHttpApp, createHttpApp, listenHttpApp } from '@alkdev/http'
import { StreamLimit } from '@alkdev/service'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { addMcp } from './mcp.ts'
import type { McpRouteInput } from './mcp.ts'

const identity = { id: 'ada', keyId: 'k', scopes: [] }

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
    live: {
      watch: () => {
        watched += 1
        return () => (watched -= 1)
      },
      confirm: () => {
        asked.resolve()
        return confirmed.promise
      },
    },
    streams: {
      enter(one: typeof identity) {
        entered.resolve()
        return limit.enter(one)
      },
    },
    holderOf: (one: Authenticated) => one,
    streamChanges: async () => undefined,
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
