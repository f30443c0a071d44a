import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { closeHttpApp, createHttpApp, listenHttpApp } from './index.ts'
import type { HttpApp, HttpAppOptions } from './index.ts'
import { silentLogger } from './testing/silent-logger.ts'

function appWith(options: Partial<HttpAppOptions> = {}): HttpApp {
  const app = createHttpApp({
    logger: silentLogger,
    health: {
      ready: () => true,
      report: () => ({ steps: [] }),
      metrics: () => Promise.resolve(''),
    },
    ...options,
  })
  app.post('/echo', (request, reply) => reply.send(JSON.stringify(request.body)))
  onTestFinished(() => closeHttpApp(app, 200))
  return app
}

async function post(app: HttpApp, payload: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method: 'POST',
    url: '/echo',
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  })
  return { status: answer.statusCode, text: answer.payload }
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

test('a body of 512 levels is taken, a deeper one is a VALIDATION_ERROR (A1, B1)', async () => {
  const app = appWith()
  expect(await post(app, nested(512))).toEqual({ status: 200, text: nested(512) })
  for (const text of [nested(513), nested(5000), nested(500_000), '{"a":'.repeat(9000)]) {
    const { status, text: problem } = await post(app, text)
    expect(status).toBe(400)
    expect(JSON.parse(problem)).toMatchObject({
      code: 'VALIDATION_ERROR',
      detail: 'The body is nested deeper than 512 levels.',
    })
  }
})

test.each([
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"a":[{"__proto__":null}]}',
])('%s is data (B18)', async (text) => {
  expect(await post(appWith(), text)).toEqual({ status: 200, text })
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})

test('a compressed body is refused with the reason (A12)', async () => {
  const { status, text } = await post(appWith(), gzipSync('{}'), { 'content-encoding': 'gzip' })
  expect(status).toBe(400)
  expect(JSON.parse(text)).toMatchObject({
    code: 'VALIDATION_ERROR',
    detail: 'The body is compressed (content-encoding); send it as it is.',
  })
})

/** What the server answers to some bytes until it ends the connection, as text. */
async function answerTo(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  let answer = ''
  socket.on('data', (data) => (answer += String(data)))
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return answer
}

const problemOf = (answer: string): unknown => JSON.parse(answer.split('\r\n\r\n')[1] ?? '')

test.each([
  ['GET / HTTP/9.9\r\n\r\n', 400, 'validation_error'],
  [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 431, 'payload_too_large'],
  ['GET / HTTP/1.1\r\nhost: a\r\n', 408, 'timeout'],
])(
  'an app of OpenAI clients refuses bytes that are no request in their shape (%#)',
  async (bytes, status, code) => {
    const app = appWith({ rawErrorShape: 'openai', headersTimeoutMs: 200 })
    const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
    const answer = await answerTo(url, bytes)
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain('content-type: application/json')
    expect(problemOf(answer)).toMatchObject({
      error: { code, type: 'invalid_request_error', param: null },
    })
  },
)

test.each([
  ['what is no HTTP', 'nonsense\r\n\r\n', 400, 'VALIDATION_ERROR'],
  ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 400, 'VALIDATION_ERROR'],
  [
    'headers over the limit',
    `GET /livez HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'PAYLOAD_TOO_LARGE',
  ],
  [
    'an address over the limit',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    431,
    'PAYLOAD_TOO_LARGE',
  ],
])('%s is answered with a problem (A12, N2)', async (_what, text, status, code) => {
  const answer = await answerTo(
    await listenHttpApp(appWith(), { host: '127.0.0.1', port: 0 }),
    text,
  )
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  expect(answer).toContain('\r\ncontent-type: application/problem+json\r\n')
  expect(problemOf(answer)).toMatchObject({ status, code })
})

test.each([
  ['a head', 'GET /livez HTTP/1.1\r\nhost:'],
  ['nothing', ''],
  [
    'a body',
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
  ],
  [
    'a body in chunks',
    'POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n',
  ],
])(
  'a client that sends the beginning of %s and no more is answered and cut (A12)',
  async (_, text) => {
    const app = appWith({ headersTimeoutMs: 200, bodyIdleTimeoutMs: 200 })
    const answer = await answerTo(await listenHttpApp(app, { host: '127.0.0.1', port: 0 }), text)
    if (text === '') return
    expect(answer).toContain('HTTP/1.1 408 ')
    expect(problemOf(answer)).toMatchObject({ status: 408, code: 'TIMEOUT' })
  },
)

test('an endless body that no route reads does not disturb the process', async () => {
  const app = appWith({ bodyIdleTimeoutMs: 50, requestTimeoutMs: 400, headersTimeoutMs: 300 })
  const url = await listenHttpApp(app, { host: '127.0.0.1', port: 0 })
  const answer = await answerTo(url, 'GET /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{')
  expect(answer).toContain('HTTP/1.1 200 ')
})
