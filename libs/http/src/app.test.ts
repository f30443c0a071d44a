import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { HttpObservation } from './index.ts'
import { closeHttpApp, listenHttpApp } from './closing.ts'
import { testApp, UUID_V7 } from './testing/test-app.ts'

test('the id of a request is made by the hub, not taken from the client', async () => {
  const app = testApp()
  const headers = { 'x-request-id': 'mine' }
  const first = await app.inject({ url: '/livez', headers })
  const second = await app.inject({ url: '/livez', headers })
  expect(first.headers['x-request-id']).toMatch(UUID_V7)
  expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
})

test('requests are observed by route, never by address', async () => {
  const seen: HttpObservation[] = []
  const app = testApp({ observe: (one) => seen.push(one) })
  app.get('/things/:id', () => 'ok')
  await app.inject('/things/42')
  await app.inject('/nowhere/42')
  expect(seen.map(({ method, route, status }) => `${method} ${route} ${status}`)).toEqual([
    'GET /things/:id 200',
    'GET unknown 404',
  ])
})

test('a client that offers HTTP/2 is answered over HTTP/1.1 where WebSockets are taken', async () => {
  const app = testApp()
  onTestFinished(() => closeHttpApp(app, 200))
  app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Taken\r\n\r\n'))
  const { hostname, port } = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const ask = async (upgrade: string): Promise<string> => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write(
      `GET /livez HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: ${upgrade}\r\n\r\n`,
    )
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return text
  }
  expect(await ask('h2c')).toMatch(/^HTTP\/1.1 200 /)
  expect(await ask('WebSocket')).toMatch(/^HTTP\/1.1 101 /)
})
