import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { request } from 'undici'
import { AddressPolicy } from './address-policy.ts'
import { createOutboundAgent } from './outbound-agent.ts'
import { repeatOnStaleConnection } from './stale-connection.ts'

const times = { connectTimeoutMs: 20_000, headersTimeoutMs: 20_000, bodyTimeoutMs: 20_000 }
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok'

type OnRequest = (socket: Socket, nth: number, connection: number) => void

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

/** A server that does with each request what the test says. `nth`: of its connection, from 1. */
async function serve(onRequest: OnRequest) {
  const sockets = new Set<Socket>()
  let requests = 0
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    const connection = sockets.size
    let nth = 0
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      if (!chunk.toString('latin1').startsWith('POST')) return
      requests += 1
      nth += 1
      onRequest(socket, nth, connection)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const policy = new AddressPolicy({ allow: ['127.0.0.0/8'], denyPorts: [] })
  const kept = createOutboundAgent(policy, times)
  const fresh = createOutboundAgent(policy, { ...times, keepsConnections: false })
  const dispatcher = repeatOnStaleConnection(kept, fresh)
  closing.push(async () => {
    await Promise.all([kept.destroy(), fresh.destroy()])
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const post = async (body: string | Iterable<Buffer> = '{}'): Promise<string> => {
    const answer = await request(url, { method: 'POST', dispatcher, body: body as string })
    const text = await answer.body.text()
    // The connection is kept by then.
    await sleep(50)
    return text
  }
  return { post, counts: () => [requests, sockets.size] }
}

/** The first connection answers once and closes at the second request; how it closes differs. */
const closesAtSecond =
  (close: (socket: Socket) => void): OnRequest =>
  (socket, nth, connection) => {
    if (connection === 1 && nth === 2) close(socket)
    else socket.write(ANSWER)
  }

test.each([
  ['ends', (socket: Socket) => void socket.end()],
  ['resets', (socket: Socket) => void socket.resetAndDestroy()],
])(
  'a request that meets a kept connection which the server %s is sent once more',
  async (_, close) => {
    const { post, counts } = await serve(closesAtSecond(close))
    expect(await post()).toBe('ok')
    expect(await post()).toBe('ok')
    expect(counts()).toEqual([3, 2])
  },
)

test('many requests that meet closed connections at the same time are all answered', async () => {
  const { post } = await serve((socket, nth) => {
    if (nth === 2) socket.resetAndDestroy()
    else socket.write(ANSWER)
  })
  for (let round = 0; round < 5; round += 1)
    // oxlint-disable-next-line no-await-in-loop -- one round after the other
    expect(await Promise.all(Array.from({ length: 8 }, () => post()))).toEqual(
      Array.from({ length: 8 }, () => 'ok'),
    )
})

test('a request on a new connection is sent once', async () => {
  const { post, counts } = await serve((socket) => void socket.destroy())
  await expect(post()).rejects.toThrow(/closed|reset|terminated|socket/i)
  expect(counts()).toEqual([1, 1])
})

test('a request whose answer has begun is sent once', async () => {
  const { post, counts } = await serve(
    closesAtSecond((socket) => void socket.write('HTTP/1.1 2', () => socket.destroy())),
  )
  expect(await post()).toBe('ok')
  await expect(post()).rejects.toThrow(/closed|reset|terminated|socket/i)
  expect(counts()).toEqual([2, 1])
})

test('a request that the server has worked on for over a second is sent once', async () => {
  const { post, counts } = await serve(
    closesAtSecond((socket) => void setTimeout(() => socket.destroy(), 1300)),
  )
  expect(await post()).toBe('ok')
  await expect(post()).rejects.toThrow(/closed|reset|terminated|socket/i)
  expect(counts()).toEqual([2, 1])
})

test('a body that can be read once is sent once', async () => {
  const { post, counts } = await serve(closesAtSecond((socket) => void socket.resetAndDestroy()))
  expect(await post()).toBe('ok')
  await expect(post([Buffer.from('{}')])).rejects.toThrow(/closed|reset|terminated|socket/i)
  expect(counts()).toEqual([2, 1])
})

test('the second request is not repeated again', async () => {
  const { post, counts } = await serve((socket, nth, connection) => {
    if (connection === 1 && nth === 1) socket.write(ANSWER)
    else socket.resetAndDestroy()
  })
  expect(await post()).toBe('ok')
  await expect(post()).rejects.toThrow(/closed|reset|terminated|socket/i)
  expect(counts()).toEqual([3, 2])
})
