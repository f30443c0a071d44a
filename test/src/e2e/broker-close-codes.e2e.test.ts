import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { PlainSocket } from '../plain-socket.ts'
import type { PlainFrame } from '../plain-socket.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack } from '../test-stack.ts'
import { HandSpoke, specOf } from './broker-spoke.ts'

const MIB = 1024 * 1024
let hub: TestStack

// Little patience and little memory for each socket: 1 MiB that is not read closes it.
beforeAll(async () => {
  hub = await startTestStack({
    spokes: { heartbeatMs: 500, maxFrameBytes: 128 * 1024 },
    limits: { maxPayloadBytes: 64 * 1024 },
  })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

test('a peer that answers no ping and says nothing is closed with 4408', async () => {
  const socket = new WebSocket(`${hub.broker.replace('http', 'ws')}/ws`, {
    headers: { authorization: `Bearer ${hub.admin.key}` },
    autoPong: false,
  })
  let pings = 0
  socket.on('ping', () => (pings += 1))
  const { promise, resolve, reject } = Promise.withResolvers<object>()
  socket.on('error', reject)
  socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  expect(await promise).toEqual({ code: 4408, reason: 'no sign of life' })
  expect(pings).toBeGreaterThanOrEqual(2)
})

test('a peer that does not read what it asked for is closed with 1013, and its calls are aborted', async () => {
  await using spoke = await HandSpoke.attach(hub.broker, hub.admin.key, 'writer', [
    specOf('slow'),
    specOf('large'),
  ])
  const socket = await PlainSocket.open(hub.broker, hub.admin.key)
  socket.send('call.requested', 'slow', { operationId: spoke.id('slow'), input: {} })
  const slow = await spoke.asked()
  const large = 'x'.repeat(60 * 1024)
  spoke.socket.socket.on('message', (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as PlainFrame
    if (frame.type === 'call.requested') spoke.answer(frame.id, large)
  })
  socket.socket.pause()
  const aborted = (): boolean =>
    spoke.socket.frames.some(({ type, id }) => type === 'call.aborted' && id === slow.id)
  // What the network holds comes on top of what the hub does.
  for (let at = 0; at < 2000 && !aborted(); at++) {
    socket.send('call.requested', `l${at}`, { operationId: spoke.id('large'), input: {} })
    await wait(2)
  }
  expect(aborted()).toBe(true)
  // Its close frame is behind all unread data.
  socket.socket.resume()
  expect(await socket.closed).toEqual({ code: 1013, reason: 'the peer does not read' })
})

test.each(['broker', 'gateway'] as const)(
  'a peer of the %s that sends a frame over the limit for a while before it reads finds 1009',
  async (way) => {
    const { hostname, port } = new URL(hub[way])
    const peer = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    peer.write(
      `GET /ws HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer ${hub.admin.key}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    await once(peer, 'readable')
    expect(String(peer.read())).toMatch(/^HTTP\/1\.1 101 /)
    // A masked text frame of 12 MiB; the mask is zero.
    const head = Buffer.alloc(14)
    head.writeUInt16BE(0x81_ff, 0)
    head.writeBigUInt64BE(BigInt(12 * MIB), 2)
    peer.write(head)
    for (let at = 0; at < 12; at++) {
      if (!peer.write(Buffer.alloc(MIB, 0x20))) await once(peer, 'drain')
      await wait(100)
    }
    const end = Buffer.concat(await peer.toArray())
    // After signs of life, a close frame with 1009.
    expect(end.subarray(-4)).toEqual(Buffer.from([0x88, 2, 0x03, 0xf1]))
    peer.end()
  },
)

test('(row 9) no socket is closed while every connection to Postgres breaks, over many heartbeats', async () => {
  await using spoke = await HandSpoke.attach(hub.broker, hub.admin.key, 'steady', [specOf('x')])
  await using socket = await PlainSocket.open(hub.broker, hub.admin.key)
  const beats = (): number => spoke.socket.frames.filter(({ type }) => type === 'hub.alive').length
  const before = beats()
  let cuts = 0
  while (beats() < before + 6) {
    const killed = await hub.database.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where pid <> pg_backend_pid() and datname = current_database()`.catch(() => [])
    cuts += killed.length
    await wait(50)
  }
  expect(cuts).toBeGreaterThan(20)
  const pending = socket.call(spoke.id('x'), {})
  spoke.answer((await spoke.asked()).id, 'still here')
  expect((await pending).payload.output.data).toBe('still here')
  expect([spoke.socket.socket.readyState, socket.socket.readyState]).toEqual([1, 1])
})
