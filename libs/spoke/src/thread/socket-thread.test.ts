import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { CodedError } from '@alkdev/errors'
import { expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { SocketEnd } from '../wire/frame-socket.ts'
import { openWsSocket } from '../wire/ws-socket.ts'
import { openInThread } from './socket-thread.ts'

async function listen() {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }, done) => {
      const { authorization } = req.headers
      if (authorization === 'Bearer good') done(true)
      else if (authorization === 'Bearer later') done(false, 503, '', { 'retry-after': '7' })
      else done(false, 401)
    },
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection').then(([socket]) => socket as WebSocket)
  return {
    url: `ws://127.0.0.1:${port}/ws`,
    accepted,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function listener() {
  const texts: string[] = []
  const end = Promise.withResolvers<SocketEnd>()
  let confirmed = 0
  return {
    texts,
    ended: end.promise,
    confirmed: () => confirmed,
    events: {
      onText: (text: string) => void texts.push(text),
      onAlive: () => {},
      onConfirmed: () => void (confirmed += 1),
      onEnd: end.resolve,
    },
  }
}

const { signal } = new AbortController()

/** Blocks the event loop, as a handler that computes does, and leaves the processor to the other thread. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each([
  ['on the main thread', openWsSocket],
  ['in the thread', openInThread()],
])(
  'a socket %s passes texts both ways, in order, and confirms their arrival',
  async (_where, open) => {
    await using server = await listen()
    const seen = listener()
    const socket = await open({ url: server.url, key: 'good', signal, events: seen.events })
    const peer = await server.accepted
    const received: string[] = []
    peer.on('message', (data: Buffer) => received.push(data.toString()))
    for (let n = 0; n < 1000; n++) {
      peer.send(`down ${n}`)
      expect(socket.send(`up ${n} ✓`)).toBe(true)
    }
    socket.confirm?.()
    await vi.waitFor(() => expect(seen.confirmed()).toBe(1))
    expect(received).toHaveLength(1000)
    await vi.waitFor(() => expect(seen.texts).toHaveLength(1000))
    expect(seen.texts).toEqual(Array.from({ length: 1000 }, (_, n) => `down ${n}`))
    await vi.waitFor(() => expect(socket.bufferedBytes).toBe(0))
    peer.close(4401, 'no longer')
    expect(await seen.ended).toEqual({ code: 4401, reason: 'no longer' })
    expect(socket.send('late')).toBe(false)
  },
)

test.each([
  ['bad', 'UNAUTHENTICATED', undefined],
  ['later', 'PROVIDER_UNAVAILABLE', 7000],
])('a refusal of the key %s is passed through the thread', async (key, code, retryAfterMs) => {
  await using server = await listen()
  const { events } = listener()
  const failure = await openInThread()({ url: server.url, key, signal, events }).catch(
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(CodedError)
  expect(failure).toMatchObject({ code, ...(retryAfterMs !== undefined && { retryAfterMs }) })
})

test('the signal aborts the opening', async () => {
  await using server = await listen()
  const { events } = listener()
  const controller = new AbortController()
  const opening = openInThread()({
    url: server.url,
    key: 'good',
    signal: controller.signal,
    events,
  })
  controller.abort()
  await expect(opening).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
})

test('pings are answered while the main thread is blocked, unless the socket is on the main thread (row 14)', async () => {
  // The server runs in another process, or it would be blocked as well.
  const { Worker } = await import('node:worker_threads')
  const { createRequire } = await import('node:module')
  const ws = createRequire(import.meta.url).resolve('ws')
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const { WebSocketServer } = require(${JSON.stringify(ws)})
     const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => parentPort.postMessage(server.address().port))
     server.on('connection', (socket) => {
       let pongs = 0
       socket.on('pong', () => (pongs += 1))
       const timer = setInterval(() => socket.ping(), 20)
       socket.on('message', () => { parentPort.postMessage(pongs); pongs = 0 })
       socket.on('close', () => clearInterval(timer))
     })`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  const pongs: number[] = []
  for (const open of [openInThread(), openWsSocket]) {
    const { events } = listener()
    const url = `ws://127.0.0.1:${port}`
    const socket = await open({ url, key: 'good', signal, events })
    socket.send('count from here')
    await once(worker, 'message')
    block(1500)
    // What the thread posts at once, the main thread can send only after it was blocked: the counts are taken at the same moment.
    socket.send('count')
    const [count] = (await once(worker, 'message')) as [number]
    pongs.push(count)
    socket.terminate()
  }
  await worker.terminate()
  // Of 75 pings; the exact number on a busy machine does not matter.
  expect(pongs[0]).toBeGreaterThan(5)
  expect(pongs[1]).toBeLessThan((pongs[0] ?? 0) / 2)
})

test('unread frames beyond the limit stay in the network, and the hub still gets heartbeats', async () => {
  await using server = await listen()
  const seen = listener()
  const limits = { mostUnreadBytes: 1_000_000, checkMs: 50 }
  const socket = await openInThread(limits)({
    url: server.url,
    key: 'good',
    signal,
    events: seen.events,
  })
  const peer = await server.accepted
  let pongs = 0
  peer.on('pong', () => (pongs += 1))
  const chunk = 'x'.repeat(100_000)
  for (let n = 0; n < 600; n++) peer.send(chunk)
  // 60 MB: more than limit and network together hold. The thread has to stop reading while this one is blocked.
  await new Promise(setImmediate)
  block(500)
  expect(peer.bufferedAmount).toBeGreaterThan(10_000_000)
  await vi.waitFor(() => expect(seen.texts).toHaveLength(600), 10_000)
  expect(pongs).toBeGreaterThan(0)
  socket.terminate()
})

test('a main thread that is blocked for longer than the limit counts as lost for the hub', async () => {
  await using server = await listen()
  const seen = listener()
  const limits = { maxBlockedMs: 100, checkMs: 20 }
  await openInThread(limits)({ url: server.url, key: 'good', signal, events: seen.events })
  await server.accepted
  await wait(300)
  block(400)
  expect(await seen.ended).toMatchObject({ code: 1006 })
})
