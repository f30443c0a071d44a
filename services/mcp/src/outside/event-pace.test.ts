import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANY_ADDRESS } from '@alkdev/outbound'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { EventPace } from './event-pace.ts'
import { createOutboundFetch } from './outbound-fetch.ts'

afterEach(() => {
  vi.useRealTimers()
})

function paced() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const pace = new EventPace()
  let read = 0
  const take = (lines: number): void => void pace.take(lines).then(() => (read += 1))
  return { take, read: () => read, pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) }
}

test('beyond 1500 lines in a second a stream waits for the next one', async () => {
  const { take, read, pass } = paced()
  for (let n = 0; n < 10; n += 1) take(150)
  await pass(0)
  expect(read()).toBe(10)
  take(1)
  await pass(900)
  expect(read()).toBe(10)
  await pass(100)
  expect(read()).toBe(11)
})

test('a part with the lines of three seconds is followed by none for three seconds', async () => {
  const { take, read, pass } = paced()
  take(4500)
  take(1)
  await pass(2900)
  expect(read()).toBe(1)
  await pass(200)
  expect(read()).toBe(2)
})

test('a service that floods an event stream waits for its reader, and no event is lost', async () => {
  let written = 0
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const more = (): void => {
      while (written < 200_000) {
        written += 1
        if (!response.write(`data: ${'x'.repeat(1000)}\n\n`))
          return void response.once('drain', more)
      }
      response.end()
    }
    more()
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
  const outbound = createOutboundFetch({
    policy: ANY_ADDRESS,
    url,
    headers: {},
    deploymentId: 'a',
    pace: new EventPace(),
  })
  onTestFinished(() => outbound.close())
  const answer = await outbound.fetch(url)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (text.length < 1_500_000) text += (await reader?.read())?.value ?? ''
  const events = text.split('\n\n').slice(0, -1)
  expect(new Set(events)).toEqual(new Set([`data: ${'x'.repeat(1000)}`]))
  // What the sockets and streams hold, and no more, was written ahead.
  expect(written).toBeLessThan(50_000)
  await reader?.cancel()
})
