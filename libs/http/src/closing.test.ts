import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { closeHttpApp, drainHttpApp, httpIdle, httpQuiet, listenHttpApp } from './index.ts'
import { testApp } from './testing/test-app.ts'

test('an answer while draining asks the client to open a new connection', async () => {
  const app = testApp()
  expect((await app.inject('/livez')).headers['connection']).not.toBe('close')
  drainHttpApp(app)
  expect((await app.inject('/livez')).headers['connection']).toBe('close')
})

test('closing lets a request in flight end', async () => {
  const app = testApp()
  const entered = Promise.withResolvers<void>()
  app.get('/slow', async () => {
    entered.resolve()
    await delay(150)
    return { done: true }
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const answer = fetch(`${url}/slow`)
  await entered.promise
  await closeHttpApp(app, 5000)
  expect(await (await answer).json()).toEqual({ done: true })
})

test('closing ends upgraded sockets and refuses later upgrades', async () => {
  const app = testApp()
  let closed = false
  app.addHook('onClose', (_app, done) => {
    closed = true
    done()
  })
  const preClose = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  app.addHook('preClose', async () => {
    preClose.resolve()
    await goOn.promise
  })
  app.server.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
  })
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const options = {
    port: url.port,
    host: url.hostname,
    headers: { connection: 'upgrade', upgrade: 'websocket' },
  }
  const first = httpRequest(options).end()
  first.on('error', () => undefined)
  const [, held] = (await once(first, 'upgrade')) as [unknown, NodeJS.EventEmitter]
  held.on('error', () => undefined)

  const closing = closeHttpApp(app, 300)
  await preClose.promise
  const late = httpRequest(options).end()
  const [answer] = (await once(late, 'response')) as [{ statusCode: number }]
  expect(answer.statusCode).toBe(503)
  goOn.resolve()
  await closing
  expect(closed).toBe(true)
})

test('closing cuts a client that never ends its request', async () => {
  const app = testApp()
  const url = new URL(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(url.port), url.hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  )
  socket.resume()
  await expect.poll(() => app.httpState.sockets.size).toBe(1)
  await closeHttpApp(app, 100)
  if (!socket.closed) await once(socket, 'close')
  expect(socket.destroyed).toBe(true)
})

test('an app is idle when its last answer has ended, also when the client left', async () => {
  const app = testApp()
  app.get('/never', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200).write('x')
  })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const leave = new AbortController()
  await fetch(`${url}/never`, { signal: leave.signal })
  expect(app.httpState.active).toBe(1)
  const busy = new AbortController()
  const gaveUp = httpIdle(app, busy.signal)
  busy.abort()
  await gaveUp
  leave.abort()
  await httpIdle(app, AbortSignal.timeout(5000))
  expect(app.httpState.active).toBe(0)
})

test('an app is quiet some time after its last request, whatever asks for its health meanwhile', async () => {
  const app = testApp()
  app.get('/work', () => ({ done: true }))
  const quiet = httpQuiet(app, 400, AbortSignal.timeout(20_000))
  let workedAt = 0
  // Longer than the time that must pass, and never a pause of that time.
  for (const until = performance.now() + 800; performance.now() < until; await delay(50)) {
    workedAt = performance.now()
    await app.inject('/work')
  }
  const over = new AbortController()
  const monitor = (async () => {
    while (!over.signal.aborted) {
      await app.inject('/readyz')
      await delay(20)
    }
  })()
  await quiet
  expect(performance.now() - workedAt).toBeGreaterThanOrEqual(400)
  over.abort()
  await monitor
  const gaveUp = new AbortController()
  const never = httpQuiet(app, 60_000, gaveUp.signal)
  gaveUp.abort()
  await never
})
