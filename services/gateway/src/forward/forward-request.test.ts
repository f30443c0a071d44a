import { createServer } from 'node:http'
import { connect } from 'node:net'
import { sleep } from '@alkdev/std'
import { expect, onTestFinished, test, vi } from 'vitest'
import { instance } from '../testing/instances.ts'
import { portOf, relayTo } from '../testing/relay.ts'

test.each([10, 300_000])(
  'a request whose instance is unreachable goes to the next one with its whole body of %i bytes',
  async (bytes) => {
    const gone = createServer()
    const dead = await portOf(gone)
    gone.close()
    const echo = createServer((request, response) => void request.pipe(response))
    const alive = await portOf(echo)
    onTestFinished(() => void echo.close())
    const { url } = await relayTo(() => [instance(dead), instance(alive, 9)])
    const body = 'x'.repeat(bytes)
    for (let at = 0; at < 10; at += 1) {
      const answer = await fetch(`${url}/v1/echo`, { method: 'POST', body })
      expect(await answer.text()).toBe(body)
    }
  },
)

test('a request for an instance whose address is none gets an error, with a body or without', async () => {
  const gone = createServer()
  const dead = await portOf(gone)
  gone.close()
  const nowhere = { ...instance(dead, 9), instanceId: 'nowhere', url: 'nonsense' }
  for (const all of [[nowhere], [instance(dead), nowhere]]) {
    const { url } = await relayTo(() => all)
    for (const init of [{}, { method: 'POST', body: 'abc' }]) {
      const answer = await fetch(`${url}/v1/x`, init)
      expect(answer.status).toBe(500)
      expect(await answer.json()).toHaveProperty('error.code')
    }
  }
})

test('a body that comes byte by byte is passed on whole', async () => {
  const echo = createServer((request, response) => void request.pipe(response))
  const port = await portOf(echo)
  onTestFinished(() => void echo.close())
  const { url } = await relayTo(() => [instance(port)])
  const body = 'abcdefghij'
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.setNoDelay(true)
    let text = ''
    socket.on('data', (piece) => (text += String(piece)))
    socket.on('end', () => resolve(text)).on('error', reject)
    const pieces = [
      `POST /v1/x HTTP/1.1\r\nhost: hub\r\nconnection: close\r\ncontent-length: 10\r\n\r\n`,
      ...Array.from(body),
    ]
    const next = (): void => {
      const piece = pieces.shift()
      if (piece === undefined) return
      socket.write(piece)
      setTimeout(next, 5)
    }
    next()
  })
  expect(answer).toContain(body)
})

test('a request whose instance disconnects before the answer fails with PROVIDER_LOST and is not repeated', async () => {
  let requests = 0
  const breaking = createServer((request) => {
    requests += 1
    request.socket.destroy()
  })
  const port = await portOf(breaking)
  onTestFinished(() => void breaking.close())
  const { url } = await relayTo(() => [instance(port), instance(port)])
  const answer = await fetch(`${url}/v1/x`, { method: 'POST', body: 'x' })
  expect(answer.status).toBe(502)
  expect(await answer.json()).toMatchObject({
    error: { code: 'provider_lost', type: 'server_error' },
  })
  expect(requests).toBe(1)
})

test('an answer that ends too early ends with an error for the client', async () => {
  const half = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half')
    setTimeout(() => response.destroy(), 20)
  })
  const port = await portOf(half)
  onTestFinished(() => void half.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`)
  await expect(answer.text()).rejects.toThrow('terminated')
})

test('the headers of a stream come before its first piece', async () => {
  let begin = (): void => undefined
  const streaming = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    begin = () => void response.end('data: 1\n\n')
  })
  const port = await portOf(streaming)
  onTestFinished(() => void streaming.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`)
  expect(answer.headers.get('content-type')).toBe('text/event-stream')
  begin()
  expect(await answer.text()).toBe('data: 1\n\n')
})

test('a long answer waits for a client that reads slowly, and comes whole', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  let sent = 0
  const long = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': String(40 * piece.length) })
    const next = (): void => {
      while (sent < 40) {
        sent += 1
        if (!response.write(piece)) return void response.once('drain', next)
      }
      response.end()
    }
    next()
  })
  const port = await portOf(long)
  onTestFinished(() => void long.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`)
  const reader = answer.body?.getReader()
  let bytes = (await reader?.read())?.value?.length ?? 0
  await vi.waitUntil(async () => {
    const before = sent
    await sleep(200)
    return sent === before
  })
  expect(sent).toBeLessThan(40)
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read())
    bytes += read.value.length
  expect(bytes).toBe(40 * piece.length)
})

test('an answer without a body has its status and headers', async () => {
  const bare = createServer(
    (_request, response) => void response.writeHead(204, { 'x-mine': '1' }).end(),
  )
  const port = await portOf(bare)
  onTestFinished(() => void bare.close())
  const { url } = await relayTo(() => [instance(port)])
  const answer = await fetch(`${url}/v1/x`, { method: 'DELETE' })
  expect([answer.status, answer.headers.get('x-mine')]).toEqual([204, '1'])
})
