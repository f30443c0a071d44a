import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import { createWebSocketClientEventTarget } from './event-target-websocket-client.ts'
import type {
  WebSocketClientEventTarget,
  WebSocketClientOptions,
  WebSocketConnect,
} from './event-target-websocket-client.ts'
import { createWebSocketServerEventTarget } from './event-target-websocket-server.ts'
import type {
  CreateWebSocketServerEventTargetArgs,
  WebSocketServerEventTarget,
} from './event-target-websocket-server.ts'
import { createPubSub } from './index.ts'
import { eventTargetConformance } from './testing.ts'
import type { ConformanceFault, ConformancePair } from './testing.ts'
import { openTestServer } from './fixtures/websocket-server.ts'
import type { TestServer } from './fixtures/websocket-server.ts'

type ServerArgs = Partial<CreateWebSocketServerEventTargetArgs<string>>

interface Both extends AsyncDisposable {
  readonly here: TestServer
  readonly server: WebSocketServerEventTarget<string>
  readonly faults: ConformanceFault[]
  readonly connectClient: (options?: WebSocketClientOptions) => WebSocketClientEventTarget
}

const quick = { baseMs: 2, capMs: 4 }

/** A server target, and clients of it that come as spoke-1, spoke-2, ... */
async function openBoth(
  args: ServerArgs = {},
  socketOf?: (url: string) => ReturnType<WebSocketConnect>,
): Promise<Both> {
  const faults: ConformanceFault[] = []
  const server = createWebSocketServerEventTarget<string>({
    authorizeSubscribe: () => true,
    onError: (error, context) => faults.push({ error, context }),
    ...args,
  })
  let count = 0
  const here = await openTestServer((socket) => {
    if (server.closeSignal.aborted) socket.close()
    else server.addConnection(socket, `spoke-${++count}`)
  })
  const clients: WebSocketClientEventTarget[] = []
  return {
    here,
    server,
    faults,
    connectClient: (options = {}) => {
      const client = createWebSocketClientEventTarget(
        () => (socketOf ?? ((url) => new WebSocket(url)))(here.url),
        {
          backoff: quick,
          onError: (error, context) => faults.push({ error, context }),
          ...options,
        },
      )
      clients.push(client)
      return client
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(clients.map((client) => client.close()))
      await server.close()
      await here[Symbol.asyncDispose]()
    },
  }
}

async function opened(args?: ServerArgs): Promise<Both> {
  const both = await openBoth(args)
  onTestFinished(() => both[Symbol.asyncDispose]())
  return both
}

/** Drops the newest socket on the server's side and waits until the client has noticed. */
async function breakNewest(both: Both, client: WebSocketClientEventTarget): Promise<void> {
  both.here.sockets.at(-1)?.terminate()
  await expect.poll(() => client.state, { interval: 1 }).not.toBe('open')
}

async function fromServer(
  socketOf?: (url: string) => ReturnType<WebSocketConnect>,
): Promise<ConformancePair> {
  const both = await openBoth({}, socketOf)
  const client = both.connectClient()
  await both.here.connected(1)
  return {
    publisher: both.server,
    subscriber: client,
    faults: both.faults,
    sendMalformed: () => both.here.sockets[0]?.send('{"type":"a"}'),
    breakConnection: () => breakNewest(both, client),
    [Symbol.asyncDispose]: () => both[Symbol.asyncDispose](),
  }
}

const serverToClient = {
  counts: 'connections',
  uncarried: { payload: 1n },
  malformed: true,
  reconnects: true,
} as const

test.each(eventTargetConformance({ ...serverToClient, open: () => fromServer() }))(
  'server to client: $name',
  async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  },
)

const ofWs = eventTargetConformance({
  ...serverToClient,
  open: () => fromServer((url) => new WsWebSocket(url)),
})

test.each(ofWs)('server to client of ws: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

async function toServer(): Promise<ConformancePair> {
  const both = await openBoth()
  const raw = new WsWebSocket(both.here.url)
  await once(raw, 'open')
  return {
    publisher: both.connectClient(),
    subscriber: both.server,
    faults: both.faults,
    sendMalformed: async () => {
      raw.send('null')
      await expect.poll(() => both.faults.length).toBe(1)
    },
    [Symbol.asyncDispose]: () => both[Symbol.asyncDispose](),
  }
}

const clientToServer = eventTargetConformance({
  open: toServer,
  counts: 'nothing',
  uncarried: { payload: 1n },
  malformed: true,
  reconnects: false,
})

test.each(clientToServer)('client to server: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

async function toConnection(): Promise<ConformancePair> {
  const both = await openBoth()
  const client = both.connectClient()
  await both.here.connected(1)
  const [connection] = both.server.connections
  if (!connection) throw new Error('no connection')
  return {
    publisher: connection,
    subscriber: client,
    faults: both.faults,
    [Symbol.asyncDispose]: () => both[Symbol.asyncDispose](),
  }
}

const connectionToClient = eventTargetConformance({
  open: toConnection,
  counts: 'connections',
  uncarried: { payload: 1n },
  malformed: false,
  reconnects: false,
})

test.each(connectionToClient)('one connection to its client: $name', async ({ run }) => {
  await expect(run()).resolves.toBeUndefined()
})

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

test('a socket that can not be opened is reported to onError and tried again', async () => {
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
