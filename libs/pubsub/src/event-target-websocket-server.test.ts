import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { createPubSub } from './index.ts'
import { opened } from './fixtures/websocket-pair.ts'

test('a connection target hears its own client only; the server hears all and knows the origin', async () => {
  const { server, connectClient, here } = await opened()
  const [a, b] = [connectClient(), connectClient()]
  await here.connected(2)
  const [first, second] = [...server.connections]
  const received: string[] = []
  first?.addEventListener('x:', (event) => received.push(`first ${String(event.detail.payload)}`))
  second?.addEventListener('x:', (event) => received.push(`second ${String(event.detail.payload)}`))
  server.addEventListener('x:', (event) =>
    received.push(`all from ${server.originOf(event)?.identity}`),
  )
  const bySocket = new Map([...server.connections].map((one) => [one.identity, one]))
  expect([...bySocket.keys()]).toEqual(['spoke-1', 'spoke-2'])
  await a.publish({ type: 'x', id: '', payload: 1 })
  await expect.poll(() => received.length).toBe(2)
  await b.publish({ type: 'x', id: '', payload: 2 })
  await expect.poll(() => received.length).toBe(4)
  // Which of the two connected first is not said; each of them is received by exactly one connection target.
  expect(received.filter((line) => line.startsWith('all')).toSorted()).toEqual([
    'all from spoke-1',
    'all from spoke-2',
  ])
  expect(received.filter((line) => line.startsWith('first'))).toHaveLength(1)
  expect(received.filter((line) => line.startsWith('second'))).toHaveLength(1)
})

test('what a client sends is not passed on to other clients', async () => {
  const { connectClient, server } = await opened()
  const [sender, other] = [connectClient(), connectClient()]
  const subscription = createPubSub<{ x: string }>({ eventTarget: other }).subscribe('x', '')
  await subscription.ready()
  const received = createPubSub<{ x: string }>({ eventTarget: server }).subscribe('x', '')
  await received.ready()
  await sender.publish({ type: 'x', id: '', payload: 'from the client' })
  await received.next()
  await server.publish({ type: 'x', id: '', payload: 'from the server' })
  expect((await subscription.next()).value?.payload).toBe('from the server')
})

test('a client may hear only what the callback allows; a refused subscription ends with ACCESS_DENIED', async () => {
  const asked: string[] = []
  const { connectClient, server } = await opened({
    authorizeSubscribe: async (topic, connection) => {
      asked.push(`${connection.identity} ${topic}`)
      return topic === 'direct:spoke-1'
    },
  })
  const pubsub = createPubSub<{ direct: string }>({
    eventTarget: connectClient(),
    onError: () => {},
  })
  const own = pubsub.subscribe('direct', 'spoke-1')
  const other = pubsub.subscribe('direct', 'spoke-2')
  await expect(other.next()).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
  await own.ready()
  expect(await server.publish({ type: 'direct', id: 'spoke-2', payload: 'secret' })).toBe(0)
  expect(await server.publish({ type: 'direct', id: 'spoke-1', payload: 'hello' })).toBe(1)
  expect((await own.next()).value?.payload).toBe('hello')
  expect(asked.toSorted()).toEqual(['spoke-1 direct:spoke-1', 'spoke-1 direct:spoke-2'])
})

test('a callback that throws refuses with UNAVAILABLE, and a topic can be asked for again', async () => {
  let failing = true
  const { connectClient, faults } = await opened({
    authorizeSubscribe: () => {
      if (failing) throw new Error('database')
      return true
    },
  })
  const client = connectClient()
  client.addEventListener('a:', () => {})
  await expect(client.subscribed('a:')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(faults[0]?.context).toMatchObject({ kind: 'subscribe', topic: 'a:' })
  failing = false
  await expect(client.subscribed('a:')).resolves.toBeUndefined()
})

test('events of a client that the callback refuses reach no listener', async () => {
  const { server, connectClient } = await opened({ authorizePublish: ({ type }) => type !== 'bad' })
  const received: unknown[] = []
  server.addEventListener('bad:', (event) => received.push(event.type))
  server.addEventListener('good:', (event) => received.push(event.type))
  const client = connectClient()
  await client.publish({ type: 'bad', id: '', payload: 1 })
  await client.publish({ type: 'good', id: '', payload: 1 })
  await expect.poll(() => received).toEqual(['good:'])
})

test('a server that closes a connection that is too slow counts it as no receiver any more', async () => {
  const reported: number[] = []
  const gone: string[] = []
  const { server, connectClient, here } = await opened({
    maxBufferedAmount: 1000,
    onBackpressure: (_socket, bufferedAmount) => void reported.push(bufferedAmount),
    onDisconnection: (connection) => void gone.push(connection.identity),
  })
  const client = connectClient({ shouldReconnect: () => false })
  client.addEventListener('a:', () => {})
  await client.subscribed('a:')
  // Written to the socket within one turn, so nothing leaves meanwhile once the kernel's buffer is full.
  const socket = here.sockets[0]
  const payload = 'x'.repeat(1024 * 1024)
  let receivers = 1
  for (let n = 0; n < 64 && receivers === 1; n++)
    receivers = await server.publish({ type: 'a', id: '', payload })
  expect(receivers).toBe(0)
  expect(reported[0]).toBeGreaterThan(1000)
  expect([server.connections.size, gone]).toEqual([0, ['spoke-1']])
  await expect.poll(() => socket?.readyState).toBe(WebSocket.CLOSED)
})

test('a server may drop events for a slow connection and keep it', async () => {
  const { server, connectClient } = await opened({
    maxBufferedAmount: 0,
    onBackpressure: () => 'drop',
  })
  const client = connectClient()
  const received: unknown[] = []
  client.addEventListener('a:', (event) => received.push((event.detail.payload as { n: number }).n))
  await client.subscribed('a:')
  const padding = 'x'.repeat(4 * 1024 * 1024)
  const counts = await Promise.all(
    [1, 2, 3].map((n) => server.publish({ type: 'a', id: '', payload: { n, padding } })),
  )
  expect(counts[0]).toBe(1)
  expect(counts.slice(1)).toContain(0)
  await expect.poll(() => server.publish({ type: 'a', id: '', payload: { n: 9 } })).toBe(1)
  await expect.poll(() => received.at(-1)).toBe(9)
  expect(server.connections.size).toBe(1)
})

test('a connection has maxTopics topics at most', async () => {
  const { connectClient } = await opened({ maxTopics: 2 })
  const client = connectClient()
  for (const topic of ['a:', 'b:', 'c:']) client.addEventListener(topic, () => {})
  await Promise.all([client.subscribed('a:'), client.subscribed('b:')])
  await expect(client.subscribed('c:')).rejects.toMatchObject({ code: 'OVERLOADED' })
})

test.each([
  ['text that is not JSON', '{', 0],
  ['JSON that is no envelope', '[1]', 0],
  ['a subscription without a topic', '{"type":"__subscribe","id":"","payload":{}}', 0],
  ['a topic without a type', '{"type":"__subscribe","id":"","payload":{"topic":":x"}}', 0],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe]), 0],
  ['a message over the limit', `{"type":"a","id":"","payload":"${'x'.repeat(2000)}"}`, 1009],
])('%s is reported to onError with its connection', async (_name, message, closeCode) => {
  const faults: unknown[] = []
  const { here } = await opened({
    maxMessageBytes: 1000,
    onError: (error, context) =>
      faults.push([error.code, context.kind, context.connection?.identity]),
  })
  const socket = new WsWebSocket(here.url)
  const closed = Promise.withResolvers<number>()
  socket.on('close', closed.resolve)
  await here.connected(1)
  await once(socket, 'open')
  socket.send(message)
  await expect
    .poll(() => faults)
    .toEqual([
      [closeCode === 1009 ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION_ERROR', 'malformed', 'spoke-1'],
    ])
  if (closeCode === 0) socket.close(1000)
  expect(await closed.promise).toBe(closeCode || 1000)
})

test('a message nested too deep is reported to onError by the side that reads it, and the next one is received', async () => {
  const faults: string[] = []
  const onError = (error: Error): void => void faults.push(error.message)
  const { here, server, connectClient } = await opened({ onError })
  const received: unknown[] = []
  server.addEventListener('a:', (event) => received.push(event.detail.payload))
  const client = connectClient({ onError })
  client.addEventListener('b:', (event) => received.push(event.detail.payload))
  await client.subscribed('b:')
  const text = (type: string, levels: number): string =>
    `{"type":"${type}","id":"","payload":${'['.repeat(levels)}${']'.repeat(levels)}}`
  const raw = new WsWebSocket(here.url)
  await once(raw, 'open')
  for (const [socket, type] of [
    [here.sockets[0], 'b'],
    [raw, 'a'],
  ] as const)
    for (const levels of [516, 100_000, 512]) socket?.send(text(type, levels))
  await expect.poll(() => [received.length, faults.length]).toEqual([2, 4])
  expect(new Set(faults)).toEqual(new Set(['a message is nested deeper than 516 levels']))
  raw.close()
})

test('binary messages are read as well, by both sides', async () => {
  const { here, server, connectClient } = await opened()
  const received: unknown[] = []
  server.addEventListener('a:', (event) => received.push(event.detail.payload))
  const client = connectClient()
  client.addEventListener('b:', (event) => received.push(event.detail.payload))
  await client.subscribed('b:')
  here.sockets[0]?.send(Buffer.from('{"type":"b","id":"","payload":"to the client"}'))
  const raw = new WsWebSocket(here.url)
  await once(raw, 'open')
  raw.send(Buffer.from('{"type":"a","id":"","payload":"to the server"}'))
  await expect
    .poll(() => received.map(String).toSorted())
    .toEqual(['to the client', 'to the server'])
  raw.close()
})
