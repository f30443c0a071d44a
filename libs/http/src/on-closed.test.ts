import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { closeHttpApp, createHttpApp, listenHttpApp, onClosed, openEventStream } from './index.ts'
import type { HttpApp } from './index.ts'
import { silentLogger } from './testing/silent-logger.ts'

/** An app whose clients have left before their requests go on: the hook stands for the look-up of a key. */
function leavingApp(): HttpApp {
  const app = createHttpApp({
    logger: silentLogger,
    health: { ready: () => true, report: () => ({}) },
    maxHeldBodyBytes: 1000,
    maxBodyBytes: 900,
  })
  app.addHook('onRequest', (request, { raw }, next) => {
    if (request.headers['x-leaves'] === undefined) next()
    else raw.once('close', () => setImmediate(next))
  })
  onTestFinished(() => closeHttpApp(app, 200))
  return app
}

async function leave(app: HttpApp, url: string, request: string): Promise<void> {
  const { port, hostname } = new URL(url)
  const { sockets } = app.httpState
  const socket = connect(Number(port), hostname)
  socket.write(request)
  await expect.poll(() => app.httpState.active).toBe(1)
  socket.destroy()
  await expect.poll(() => sockets.size).toBe(0)
}

test('a client that leaves while its key is checked ends its event stream', async () => {
  const app = leavingApp()
  const opened = Promise.withResolvers<AbortSignal>()
  const closed = Promise.withResolvers<void>()
  app.get('/stream', async (_request, reply) => {
    onClosed(reply.raw, closed.resolve)
    opened.resolve(openEventStream(reply).signal)
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  await leave(app, url, 'GET /stream HTTP/1.1\r\nhost: x\r\nx-leaves: 1\r\n\r\n')
  const signal = await opened.promise
  expect(signal.aborted).toBe(true)
  await closed.promise
})

test('bodies of clients that leave while their keys are checked do not stay counted', async () => {
  const app = leavingApp()
  app.post('/take', () => ({ ok: true }))
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const head = 'POST /take HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  for (let count = 0; count < 3; count += 1)
    // oxlint-disable-next-line no-await-in-loop -- one client after the other
    await leave(app, url, `${head}x-leaves: 1\r\ncontent-length: 800\r\n\r\n`)
  const answer = await fetch(`${url}/take`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('x'.repeat(700)),
  })
  expect(answer.status).toBe(200)
})
