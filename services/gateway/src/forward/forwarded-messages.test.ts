import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import { connect, createServer as createRawServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { sleep } from '@alkdev/std'
import { expect, onTestFinished, test } from 'vitest'
import { instance } from '../testing/instances.ts'
import { portOf, relayTo } from '../testing/relay.ts'

const MIB = 1024 * 1024

async function behind(listener: RequestListener): Promise<{ readonly port: number; url: string }> {
  const server = createServer(listener)
  const port = await portOf(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port, url: (await relayTo(() => [instance(port)])).url }
}

/** A service that answers every connection with these bytes, and the relay before it. */
async function behindBytes(answer: string): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return (await relayTo(() => [instance(port)])).url
}

/** What comes back for these bytes until the gateway closes. */
async function answerTo(url: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write(bytes, 'latin1')
  let answer = ''
  for await (const piece of socket) answer += String(piece)
  return answer
}

test('an answer to HEAD keeps its length and has no body', async () => {
  const { url } = await behind((_request, response) =>
    response.writeHead(200, { 'content-length': '12', 'x-mine': '1' }).end(),
  )
  const answer = await fetch(`${url}/v1/x`, { method: 'HEAD' })
  expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
    200,
    '12',
    '',
  ])
})

test('interim answers are left out, and the final one follows', async () => {
  const { url } = await behind((_request, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' })
    response.writeProcessing()
    response.end('final')
  })
  expect(await (await fetch(`${url}/v1/x`)).text()).toBe('final')
})

test('an answer that ends with its connection comes whole, and its trailers do not', async () => {
  const ended = await behindBytes('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end')
  expect(await (await fetch(`${ended}/v1/x`)).text()).toBe('to the end')
  const trailed = await behindBytes(
    'HTTP/1.1 200 OK\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n',
  )
  const answer = await answerTo(
    trailed,
    'GET /v1/x HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n',
  )
  expect(answer).toContain('abc')
  expect(answer).not.toContain('x-sum')
})

// https://github.com/nodejs/undici/issues/5360
test.each([
  ['with a length', `content-length: ${8 * MIB}\r\n`],
  ['without a length', ''],
])(
  'a long answer %s whose connection ends while its client reads nothing comes whole',
  async (_, length) => {
    const body = 'x'.repeat(8 * MIB)
    const url = await behindBytes(`HTTP/1.1 200 OK\r\n${length}connection: close\r\n\r\n${body}`)
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    // HTTP/1.0: an answer without a length ends with its connection, and has no chunks.
    socket.write('GET /v1/x HTTP/1.0\r\nhost: hub\r\n\r\n')
    await once(socket, 'readable')
    // The gateway pauses meanwhile.
    await sleep(300)
    let bytes = 0
    for await (const piece of socket) bytes += (piece as Buffer).length
    expect(bytes).toBeGreaterThan(body.length)
  },
)

test('a header with several values arrives several times, and hop-by-hop headers do not arrive', async () => {
  let seen: IncomingMessage | undefined
  const { url } = await behind((request, response) => {
    seen = request
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.setHeader('x-private', '1')
    response.setHeader('connection', 'x-private, keep-alive')
    response.setHeader('x-own', '1')
    response.end('{}')
  })
  const answer = await answerTo(
    url,
    'GET /v1/x HTTP/1.1\r\nhost: hub\r\nconnection: close, X-Secret\r\nx-secret: 1\r\nte: trailers\r\nproxy-authorization: x\r\nx-kept: 1\r\nx-kept: 2\r\n\r\n',
  )
  expect(answer).toMatch(/set-cookie: a=1\r\nset-cookie: b=2\r\n/)
  expect(answer).toContain('x-own: 1')
  expect(answer).not.toContain('x-private')
  const { headers } = seen ?? {}
  expect(headers).toMatchObject({ 'x-kept': '1, 2', 'x-forwarded-host': 'hub' })
  expect(Object.keys(headers ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(?:x-secret|te|proxy-authorization)$/)]),
  )
})

test.each([
  ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n', '0\r\n\r\n'],
  ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n', 'abcde'],
  ['chunks that are not the last encoding', 'transfer-encoding: chunked, gzip\r\n', '0\r\n\r\n'],
  ['a line feed alone in a value', 'x-a: b\nx-forwarded-for: 6.6.6.6\r\n', ''],
  ['a carriage return in a value', 'x-a: b\rx-b: c\r\n', ''],
  ['a space before the colon', 'content-length : 5\r\n', 'abcde'],
])('a request with %s does not reach the service', async (_, headers, body) => {
  let requests = 0
  const { url } = await behind((_request, response) => {
    requests += 1
    response.end()
  })
  const answer = await answerTo(
    url,
    `POST /v1/x HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n${headers}\r\n${body}`,
  )
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(requests).toBe(0)
})

test('the type of a body is left to the service', async () => {
  const { url } = await behind((request, response) => response.end(request.headers['content-type']))
  const headers = { 'content-type': ';' }
  const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: 'x', headers })
  expect([answer.status, await answer.text()]).toEqual([200, ';'])
})

test('a client that leaves before the answer ends the request at the service', async () => {
  const arrived = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  const { url } = await behind((_request, response) => {
    response.once('close', () => left.resolve())
    arrived.resolve()
  })
  const leave = new AbortController()
  const asked = fetch(`${url}/v1/x`, { method: 'POST', body: 'x', signal: leave.signal })
  await arrived.promise
  leave.abort()
  await expect(asked).rejects.toThrow('aborted')
  await left.promise
})

test.each([
  ['with a length', 'content-length: 10\r\n\r\nabc'],
  ['in chunks', 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
])('a body %s that stops arriving is refused with TIMEOUT', async (_, rest) => {
  const server = createServer((request) => void request.resume())
  const port = await portOf(server)
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { url } = await relayTo(() => [instance(port)], { bodyIdleTimeoutMs: 100 })
  const answer = await answerTo(url, `POST /v1/x HTTP/1.1\r\nhost: hub\r\n${rest}`)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toContain('"timeout"')
})

test('an answer before the end of a long body reaches the client, which may then ask again', async () => {
  const { url } = await behind((_request, response) => response.writeHead(403).end('no'))
  for (let at = 0; at < 3; at += 1) {
    const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: Buffer.alloc(4 * MIB) })
    expect([answer.status, await answer.text()]).toEqual([403, 'no'])
  }
})
