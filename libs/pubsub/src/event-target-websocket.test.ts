import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket as WsWebSocket } from 'ws'
import type {
  WebSocketClientEventTarget,
  WebSocketConnect,
} from './event-target-websocket-client.ts'
import { eventTargetConformance } from './testing.ts'
import type { ConformancePair } from './testing.ts'
import { openBoth } from './fixtures/websocket-pair.ts'
import type { Both } from './fixtures/websocket-pair.ts'

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
