import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { createWebSocketClientEventTarget } from './event-target-websocket-client.ts'
import { createWebSocketServerEventTarget } from './event-target-websocket-server.ts'
import {
  createWorkerHostEventTarget,
  createWorkerThreadEventTarget,
} from './event-target-worker.ts'
import { createInProcessEventTarget, createPubSub } from './index.ts'
import type { TypedEventTarget } from './index.ts'
import { openTestServer } from './fixtures/websocket-server.ts'

/** What is known to be wrong with the package of this name that was published elsewhere; each must not return. */

test('defect: publishing on the bare event type, which no scoped transport can deliver', async () => {
  const types: string[] = []
  const target = {
    addEventListener: () => {},
    removeEventListener: () => {},
    dispatchEvent: (event: Event) => types.push(event.type) > 0,
  } as unknown as TypedEventTarget
  createPubSub({ eventTarget: target }).publish('session.status', 's1', 'idle')
  expect(types).toEqual(['session.status:s1'])
})

test('defect: one slow subscriber overflows and disables everything on the same target', async () => {
  const pubsub = createPubSub<{ n: number }>({ eventTarget: createInProcessEventTarget() })
  const slow = pubsub.subscribe('n', '')
  const quick = pubsub.subscribe('n', '')
  await Promise.all([slow.ready(), quick.ready()])
  for (let n = 0; n < 3000; n++) {
    pubsub.publish('n', '', n)
    expect((await quick.next()).value?.payload).toBe(n)
  }
  for (let n = 0; n < 1024; n++) await slow.next()
  await expect(slow.next()).rejects.toMatchObject({ code: 'OVERLOADED' })
})

test('defect: adapters take over onmessage', async () => {
  await using here = await openTestServer(() => {})
  const received: string[] = []
  const socket = new WebSocket(here.url)
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the handler that adapters must leave alone
  socket.onmessage = (event) => void received.push(String(event.data))
  const handler = socket.onmessage
  const client = createWebSocketClientEventTarget(socket)
  await here.connected(1)
  const onServer = here.sockets[0]
  if (!onServer) throw new Error('no socket')
  // oxlint-disable-next-line unicorn/prefer-add-event-listener -- as above
  onServer.onmessage = (event) => void received.push(JSON.stringify(event.data))
  const server = createWebSocketServerEventTarget({ authorizeSubscribe: () => true })
  server.addConnection(onServer)
  await client.publish({ type: 'a', id: '', payload: 1 })
  onServer.send('{"type":"b","id":"","payload":2}')
  await expect.poll(() => received).toHaveLength(2)
  server.removeConnection(onServer)
  await client.close()
  expect(socket.onmessage).toBe(handler)
  expect(onServer.listenerCount('message')).toBe(1)
  const { port1, port2 } = new MessageChannel()
  onTestFinished(() => {
    port1.close()
    port2.close()
  })
  const worker = createWorkerHostEventTarget(port1)
  await worker.close()
  expect(port1.listenerCount('message')).toBe(0)
})

test('defect: a socket must be open before anything subscribes, or the topics are lost', async () => {
  const server = createWebSocketServerEventTarget({ authorizeSubscribe: () => true })
  await using here = await openTestServer((socket) => server.addConnection(socket))
  const client = createWebSocketClientEventTarget(new WebSocket(here.url))
  const subscription = createPubSub<{ n: number }>({ eventTarget: client }).subscribe('n', '')
  await subscription.ready()
  expect(await server.publish({ type: 'n', id: '', payload: 1 })).toBe(1)
  await client.close()
})

test('defect: a subscription gets no events after its socket is lost', async () => {
  await using here = await openTestServer((socket) => socket.terminate())
  const client = createWebSocketClientEventTarget(new WebSocket(here.url), { onError: () => {} })
  const next = createPubSub({ eventTarget: client }).subscribe('n', '').next()
  await expect(next).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('defect: no rule limits the topics that a connection may receive', () => {
  expect(() => createWebSocketServerEventTarget({} as never)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
})

test('defect: a listener for all connections cannot tell which of them sent an event', async () => {
  const server = createWebSocketServerEventTarget<string>({ authorizeSubscribe: () => false })
  await using here = await openTestServer((socket) => server.addConnection(socket, 'spoke-9'))
  const from: (string | undefined)[] = []
  server.addEventListener('a:', (event) => from.push(server.originOf(event)?.identity))
  const socket = new WsWebSocket(here.url)
  await once(socket, 'open')
  socket.send('{"type":"a","id":"","payload":1}')
  await expect.poll(() => from).toEqual(['spoke-9'])
})

test('defect: a client sends control frames in the name of the transport through publish', async () => {
  const server = createWebSocketServerEventTarget({ authorizeSubscribe: () => true })
  await using here = await openTestServer((socket) => server.addConnection(socket))
  const client = createWebSocketClientEventTarget(new WebSocket(here.url))
  const frame = { type: '__subscribe', id: '', payload: { topic: 'secret:' } }
  await expect(client.publish(frame)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
  expect(() => client.dispatchEvent(new CustomEvent('__subscribe:', { detail: frame }))).toThrow(
    expect.objectContaining({ code: 'VALIDATION_ERROR' }),
  )
  await client.close()
})

test("defect: the worker factories have each the other one's name", () => {
  expect(() => createWorkerThreadEventTarget()).toThrow(/inside a worker/)
})

test('defect: an 11th listener of a topic makes Node warn of a leak', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning)
  process.on('warning', onWarning)
  const pubsub = createPubSub()
  const subscriptions = Array.from({ length: 20 }, () => pubsub.subscribe('a', ''))
  await Promise.all(subscriptions.map((subscription) => subscription.ready()))
  await new Promise(setImmediate)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
  expect(await pubsub.send('a', '', 1)).toBe(20)
})
