import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { listenHttpApp, openEventStream } from './index.ts'
import type { EventStream } from './index.ts'
import { testApp, UUID_V7 } from './testing/test-app.ts'

test('a stream sends ids, events and JSON, and its signal aborts when the client leaves', async () => {
  const app = testApp()
  const opened = Promise.withResolvers<EventStream>()
  app.get('/stream', async (_request, reply) => {
    const stream = openEventStream(reply)
    await stream.send({ id: 1, data: { text: 'two\nlines' } })
    await stream.send({ event: 'completed', data: { count: 1 } })
    opened.resolve(stream)
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  const answer = await fetch(`${url}/stream`, { signal: leave.signal })
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  expect(answer.headers.get('x-request-id')).toMatch(UUID_V7)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('completed')) text += (await reader?.read())?.value ?? ''
  expect(text).toContain('id: 1\ndata: {"text":"two\\nlines"}\n\nevent: completed\n')
  const { signal } = await opened.promise
  const aborted = once(signal, 'abort')
  leave.abort()
  await aborted
  expect(signal.aborted).toBe(true)
})

test('a stream waits for a slow client instead of buffering', async () => {
  const app = testApp()
  const piece = 'x'.repeat(64 * 1024)
  let sent = 0
  app.get('/stream', async (_request, reply) => {
    const stream = openEventStream(reply, { stallMs: 300 })
    while (!stream.signal.aborted && sent < 10_000) {
      await stream.send({ data: piece })
      sent += 1
    }
  })
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  socket.pause()
  socket.write('GET /stream HTTP/1.1\r\nhost: x\r\n\r\n')
  await expect.poll(() => app.httpState.sockets.size).toBe(1)
  // The client does not read: after the stall time it is disconnected and the producer is aborted.
  await expect.poll(() => app.httpState.sockets.size).toBe(0)
  expect(sent).toBeLessThan(1000)
  socket.destroy()
})
