import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { closeHttpApp, createHttpApp, listenHttpApp } from './index.ts'
import type { HttpApp } from './index.ts'
import { silentLogger } from './testing/silent-logger.ts'

// E note a: 440 MB of bodies at once ended a gateway with 256 MB of memory.

interface Held {
  readonly app: HttpApp
  readonly url: string
  /** Ends the answers that wait, and those to come. */
  readonly release: () => void
  /** Resolves when the handler has been given a body. */
  readonly given: () => Promise<void>
}

/** An app that holds 1,000 bytes of bodies, whose route answers when it is released. */
async function holding(): Promise<Held> {
  const app = createHttpApp({
    logger: silentLogger,
    health: { ready: () => true, report: () => ({}) },
    maxHeldBodyBytes: 1000,
    maxBodyBytes: 900,
    bodyIdleTimeoutMs: 200,
  })
  const released = Promise.withResolvers<void>()
  let given = Promise.withResolvers<void>()
  app.post('/wait', async () => {
    given.resolve()
    await released.promise
    return { ok: true }
  })
  app.post('/fail', () => {
    throw new Error('on purpose')
  })
  app.post('/on', { onRequest: (_request, reply, _done) => void reply.send('"on"') }, () => '')
  onTestFinished(() => closeHttpApp(app, 200))
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  return {
    app,
    url,
    release: () => released.resolve(),
    async given() {
      await given.promise
      given = Promise.withResolvers<void>()
    },
  }
}

const bodyOf = (bytes: number): string => JSON.stringify('x'.repeat(bytes - 2))

function post(url: string, bytes: number, chunked = false): Promise<Response> {
  const text = bodyOf(bytes)
  const body = chunked ? new Blob([text]).stream() : text
  const headers = { 'content-type': 'application/json' }
  return fetch(url, { method: 'POST', headers, body, duplex: 'half' })
}

function rawPost(url: string, head: string, body: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.resume()
  socket.write(
    `POST /wait HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${head}\r\n\r\n${body}`,
  )
  return socket
}

test.each([
  ['a length', false],
  ['chunks', true],
])(
  'a body with %s that makes the sum of the held ones too large is OVERLOADED until one of them has ended',
  async (_, chunked) => {
    const { app, url, given, release } = await holding()
    const first = post(`${url}/wait`, 600, chunked)
    await given()
    expect(app.heldBodies.bytes).toBe(600)
    const second = await post(`${url}/wait`, 500, chunked)
    expect(second.status).toBe(503)
    expect(second.headers.get('retry-after')).toBe('1')
    expect(await second.json()).toMatchObject({
      code: 'OVERLOADED',
      detail: 'The bodies of all requests in flight may take 1000 bytes, which the others use.',
    })
    const fits = post(`${url}/wait`, 400, chunked)
    await given()
    expect(app.heldBodies.bytes).toBe(1000)
    release()
    expect([(await first).status, (await fits).status]).toEqual([200, 200])
    await expect.poll(() => app.heldBodies.bytes).toBe(0)
    expect((await post(`${url}/wait`, 500, chunked)).status).toBe(200)
  },
)

test('what a body was counted with is released however its request ends', async () => {
  const { app, url, given, release } = await holding()

  const isReleased = () => expect.poll(() => app.heldBodies.bytes).toBe(0)
  expect((await post(`${url}/fail`, 800)).status).toBe(500)
  expect((await post(`${url}/nowhere`, 800)).status).toBe(404)
  expect((await post(`${url}/wait`, 901)).status).toBe(413)
  expect((await post(`${url}/wait`, 901, true)).status).toBe(413)
  await isReleased()
  // The client leaves while its body arrives, and while it is answered.
  const left = rawPost(url, 'content-length: 800', '"')
  await expect.poll(() => app.heldBodies.bytes).toBe(800)
  left.destroy()
  await isReleased()
  const gone = rawPost(url, 'content-length: 800', bodyOf(800))
  await given()
  gone.destroy()
  await isReleased()
  // The body stops arriving, with a length and in chunks.
  for (const head of ['content-length: 800', 'transfer-encoding: chunked']) {
    const slow = rawPost(url, head, head.startsWith('content') ? '"' : '1\r\n"\r\n')
    await once(slow, 'close')
    await isReleased()
  }
  release()
})

test('a route that passes bodies on counts none', async () => {
  const { app, url, given, release } = await holding()
  const first = post(`${url}/wait`, 900)
  await given()
  expect((await post(`${url}/on`, 500)).status).toBe(200)
  expect(app.heldBodies.bytes).toBe(900)
  release()
  expect((await first).status).toBe(200)
})
