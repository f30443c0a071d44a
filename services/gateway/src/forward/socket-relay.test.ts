import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { SocketRelay } from './socket-relay.ts'
import { Upstreams } from './upstreams.ts'

const MIB = 1024 * 1024
const FRAME_MIB = 12

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A relay in front of a service that takes frames of 1 MiB. */
async function relayed(): Promise<{ relay: SocketRelay; port: number }> {
  const service = createServer()
  // The time that ws waits for a client whose frame it has refused: the relay alone must keep the close frame.
  const sockets = new WebSocketServer({
    server: service,
    maxPayload: MIB,
    ...({ closeTimeout: 100 } as object),
  })
  sockets.on('connection', (socket) => socket.on('error', () => undefined))
  const url = `http://127.0.0.1:${await listening(service)}`
  const upstreams = new Upstreams({
    instances: () => [{ instanceId: 'one', url, load: 0 }] as never,
    lookForInstances: () => Promise.resolve(),
  })
  const relay = new SocketRelay(upstreams, {
    instanceId: () => 'gateway',
    draining: new AbortController().signal,
    clientAddress: () => '127.0.0.1',
    onError: () => undefined,
  })
  const gateway = createServer()
  gateway.on('upgrade', (request, socket, head) => relay.take(request, socket, head))
  onTestFinished(() => relay.close())
  return { relay, port: await listening(gateway) }
}

/** A client over an open WebSocket of which nothing but the answer to the upgrade is read. */
async function open(port: number): Promise<Socket> {
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void client.destroy())
  client.write(
    'GET /ws HTTP/1.1\r\nhost: hub\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n' +
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  await once(client, 'readable')
  expect(String(client.read())).toMatch(/^HTTP\/1\.1 101 /)
  return client
}

/** The beginning of a masked text frame; the mask is zero. */
function frameHead(bytes: number): Buffer {
  const head = Buffer.alloc(14)
  head.writeUInt16BE(0x81_ff, 0)
  head.writeBigUInt64BE(BigInt(bytes), 2)
  return head
}

test('the close frame of a refused frame reaches a client that sends all of it before it reads', async () => {
  const { relay, port } = await relayed()
  const client = await open(port)
  client.write(frameHead(FRAME_MIB * MIB))
  for (let at = 0; at < FRAME_MIB; at++)
    if (!client.write(Buffer.alloc(MIB, 0x20))) await once(client, 'drain')
  const pieces: Buffer[] = await client.toArray()
  const frame = Buffer.concat(pieces)
  expect([frame.readUInt8(0), frame.readUInt16BE(2)]).toEqual([0x88, 1009])
  client.end()
  await expect.poll(() => relay.size).toBe(0)
})
