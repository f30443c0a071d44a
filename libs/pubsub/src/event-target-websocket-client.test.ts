import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { createWebSocketClientEventTarget } from './event-target-websocket-client.ts'
import { createPubSub } from './index.ts'
import { opened, quick } from './fixtures/websocket-pair.ts'
import { openTestServer } from './fixtures/websocket-server.ts'

test('the first listener of a topic asks for it, the last one gives it back, and close gives back the rest', async () => {
  const frames: unknown[] = []
  await using here = await openTestServer((socket) => {
    socket.on('message', (data) => frames.push(JSON.parse((data as Buffer).toString())))
  })
  const socket = new WebSocket(here.url)
  const client = createWebSocketClientEventTarget(socket)
  const [a, b] = [(): void => {}, (): void => {}]
  client.addEventListener('x:1', a)
  client.addEventListener('x:1', b)
  await client.publish({ type: 'x', id: '1', payload: 'event' })
  client.removeEventListener('x:1', a)
  client.removeEventListener('x:1', b)
  client.addEventListener('y:', a)
  await client.close()
  expect(socket.readyState).toBe(WebSocket.OPEN)
  await expect.poll(() => frames.length).toBe(5)
  expect(frames).toEqual([
    { type: '__subscribe', id: '', payload: { topic: 'x:1', ref: 2 } },
    { type: 'x', id: '1', payload: 'event' },
    { type: '__unsubscribe', id: '', payload: { topic: 'x:1' } },
    { type: '__subscribe', id: '', payload: { topic: 'y:', ref: 3 } },
    { type: '__unsubscribe', id: '', payload: { topic: 'y:' } },
  ])
  socket.close()
})

test('a given socket that closes ends the subscriptions with UNAVAILABLE, and there is no other one', async () => {
  const { here, server } = await opened()
  const client = createWebSocketClientEventTarget(new WebSocket(here.url))
  const next = createPubSub({ eventTarget: client }).subscribe('a', '').next()
  await here.connected(1)
  here.sockets[0]?.close(4401, 'no')
  await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { closeCode: 4401 } })
  expect([client.state, client.closeSignal.aborted]).toEqual(['closed', true])
  await expect.poll(() => server.connections.size).toBe(0)
  await expect(client.publish({ type: 'a', id: '', payload: 1 })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
  })
})

test('a client does not reconnect after a close code that says so', async () => {
  const { connectClient, here } = await opened()
  const client = connectClient({ shouldReconnect: (code) => code !== 4409 })
  await here.connected(1)
  here.sockets[0]?.terminate()
  await here.connected(2)
  here.sockets[1]?.close(4409)
  await expect.poll(() => client.state).toBe('closed')
  expect(client.closeSignal.reason).toMatchObject({ code: 'UNAVAILABLE' })
})

test('the states are visible, and close ends the socket that the target opened', async () => {
  const states: string[] = []
  const { connectClient, here } = await opened()
  const client = connectClient({ onStateChange: (state) => states.push(state) })
  expect(client.state).toBe('connecting')
  await expect.poll(() => client.state).toBe('open')
  here.sockets[0]?.terminate()
  await expect.poll(() => states.length).toBe(4)
  await client.close()
  await expect.poll(() => here.server.clients.size).toBe(0)
  expect(states).toEqual(['open', 'waiting', 'connecting', 'open', 'closed'])
})

test('events published before the socket is open wait, and are sent behind the topics', async () => {
  const { server, connectClient } = await opened()
  server.addEventListener('ask:', (event) => {
    void server.originOf(event)?.publish({ type: 'answer', id: '', payload: event.detail.payload })
  })
  const client = connectClient()
  const answers = createPubSub<{ answer: number }>({ eventTarget: client }).subscribe('answer', '')
  answers.start()
  void client.publish({ type: 'ask', id: '', payload: 1 })
  expect(client.waiting).toBe(1)
  expect((await answers.next()).value?.payload).toBe(1)
  expect(client.waiting).toBe(0)
})

test('a client waits until the deadline for a server that answers no subscriptions, and still receives its events', async () => {
  await using here = await openTestServer((socket) => {
    socket.on('message', () => socket.send('{"type":"a","id":"","payload":1}'))
  })
  const client = createWebSocketClientEventTarget(() => new WebSocket(here.url), {
    confirmTimeoutMs: 20,
  })
  const received: unknown[] = []
  client.addEventListener('a:', (event) => received.push(event.detail.payload))
  await expect(client.subscribed('a:')).rejects.toMatchObject({ code: 'TIMEOUT' })
  await expect.poll(() => received).toEqual([1])
  await client.close()
})

test('a socket that cannot be opened is reported to onError and tried again', async () => {
  const { here, server } = await opened()
  let attempts = 0
  const faults: unknown[] = []
  const client = createWebSocketClientEventTarget(
    () => {
      attempts += 1
      if (attempts === 1) throw new Error('no network')
      if (attempts === 2) return new WsWebSocket('ws://127.0.0.1:1')
      return new WsWebSocket(here.url)
    },
    { backoff: quick, onError: (error, context) => faults.push([error.code, context.kind]) },
  )
  await expect.poll(() => client.state).toBe('open')
  expect(faults).toEqual([
    ['UNAVAILABLE', 'transport'],
    ['UNAVAILABLE', 'transport'],
  ])
  expect(server.connections.size).toBe(1)
  await client.close()
})

test('a server that is silent is asked, and given up when it does not answer', async () => {
  const received: string[] = []
  await using silent = await openTestServer((socket) => {
    socket.on('message', (data) => received.push((data as Buffer).toString()))
  })
  const faults: string[] = []
  const client = createWebSocketClientEventTarget(() => new WsWebSocket(silent.url), {
    heartbeatMs: 5,
    shouldReconnect: () => false,
    onError: (error) => faults.push(error.message),
  })
  await expect.poll(() => client.state).toBe('closed')
  expect(faults).toEqual(['the server is silent'])
  expect(received).toEqual(Array.from({ length: 3 }, () => '{"type":"__ping","id":""}'))
})

test('a server that answers keeps its client', async () => {
  const { here, connectClient } = await opened()
  let pings = 0
  const client = connectClient({ heartbeatMs: 20 })
  await here.connected(1)
  here.sockets[0]?.on('message', () => (pings += 1))
  await expect.poll(() => pings).toBeGreaterThan(6)
  expect([client.state, here.sockets.length]).toEqual(['open', 1])
})

test('a target that is closed while its socket is being opened leaves nothing behind', async () => {
  const { here } = await opened()
  const socket = new WsWebSocket(here.url)
  const client = createWebSocketClientEventTarget(() => socket)
  await client.close()
  await expect.poll(() => socket.readyState).toBe(WsWebSocket.CLOSED)
  expect(client.state).toBe('closed')
})

test('a socket that does not open in time is given up', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const faults: string[] = []
  const client = createWebSocketClientEventTarget(() => new WsWebSocket(`ws://127.0.0.1:${port}`), {
    connectTimeoutMs: 10,
    backoff: quick,
    onError: (error) => faults.push(error.message),
  })
  await expect.poll(() => faults.length).toBeGreaterThan(1)
  expect(faults[0]).toBe('the socket did not open in time')
  await client.close()
})
