import { once } from 'node:events'
import { connect } from 'node:net'
import { sleep } from '@alkdev/std'
import { expect, onTestFinished, test } from 'vitest'
import { endSocket, listenHttpApp } from './index.ts'
import { testApp } from './testing/test-app.ts'

test.each([
  ['leaves bytes unread and closes', true],
  ['does not close', false],
])(
  'a refused socket whose client %s is closed',
  async (_what, closes) => {
    const app = testApp()
    const upgraded = Promise.withResolvers<void>()
    app.server.on('upgrade', (_request, socket) => {
      // Once the later bytes of the client are there.
      socket.once('readable', () => {
        endSocket(socket, 'HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n', 500)
        upgraded.resolve()
      })
    })
    const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
    const client = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: true })
    onTestFinished(() => void client.destroy())
    client.on('error', () => undefined)
    client.write('GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    await expect.poll(() => app.httpState.sockets.size, { timeout: 10_000 }).toBe(1)
    client.write('later')
    await upgraded.promise
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 404/)
    if (closes) client.end()
    await expect.poll(() => app.httpState.sockets.size, { timeout: 30_000 }).toBe(0)
  },
  60_000,
)

test('a client that sends for a while before it reads gets the last bytes', async () => {
  const app = testApp()
  const last = 'HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n'
  app.server.on('upgrade', (_request, socket) => endSocket(socket, last))
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const client = connect({ port: Number(url.port), host: url.hostname, allowHalfOpen: true })
  onTestFinished(() => void client.destroy())
  client.write('GET /x HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
  for (let at = 0; at < 12; at++) {
    if (!client.write(Buffer.alloc(1024 * 1024))) await once(client, 'drain')
    await sleep(100)
  }
  expect(String(Buffer.concat(await client.toArray()))).toBe(last)
  client.end()
  await expect.poll(() => app.httpState.sockets.size).toBe(0)
})
