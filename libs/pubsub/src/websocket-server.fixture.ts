import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly server: WebSocketServer
  /** Sockets in the order in which they came. */
  readonly sockets: WebSocket[]
  /** Resolves when `count` sockets have come in all. */
  readonly connected: (count: number) => Promise<void>
}

/** A server of `ws` on a free port of this machine; gives each socket to `onSocket`. For tests. */
export async function openTestServer(onSocket: (socket: WebSocket) => void): Promise<TestServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const sockets: WebSocket[] = []
  server.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    sockets,
    connected: async (count) => {
      while (sockets.length < count) await once(server, 'connection')
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of server.clients) socket.terminate()
      server.close()
      await once(server, 'close')
    },
  }
}
