import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerWhole, usage } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

/* Answers with a 2xx status that are none, and answers that are no HTTP. */

let proxy: TestProxy
let upstream: TestUpstream
let raw: Server
/** What the provider `bad` sends, byte for byte. */
let bytes: string
let asked: number

beforeAll(async () => {
  upstream = await startTestUpstream()
  raw = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () => {
      asked += 1
      socket.end(bytes)
    })
  })
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  const { port } = raw.address() as AddressInfo
  proxy = await startTestProxy({
    inference: { aliases: { both: ['bad/m', 'good/m'] }, breakerFailures: 0, retryDelayMs: 1 },
  })
  await proxy.addProvider('bad', { baseUrl: `http://127.0.0.1:${port}/v1`, models: ['m'] })
  const good = upstream.serve((answer) => answerWhole(answer, 'good', usage(1, 1)))
  await proxy.addProvider('good', { baseUrl: good, models: ['m'] })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  raw?.close()
})
beforeEach(() => {
  asked = 0
})

const http = (body: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`

async function rowOf(response: Response): Promise<object | undefined> {
  const id = response.headers.get('x-request-id')
  const rows = (): Promise<readonly object[]> =>
    proxy.database
      .sql`select a.code, a.usage_source from inference_usage u join inference_attempts a on a.call_id = u.id
      where u.id = ${id} and u.ended_at is not null order by a.attempt`
  await expect.poll(async () => (await rows()).length).toBeGreaterThan(0)
  return (await rows())[0]
}

test.each(['null', '5', '"text"', '[]'])(
  'an answer that is %s is no answer: the next target is asked',
  async (body) => {
    bytes = http(body)
    const alone = await proxy.chat({ model: 'bad/m' })
    expect([alone.status, await alone.json()]).toMatchObject([
      502,
      { error: { code: 'upstream_bad_answer' } },
    ])
    const response = await proxy.chat({ model: 'both' })
    expect([response.status, response.headers.get('x-alkhub-provider')]).toEqual([200, 'good'])
    expect(await rowOf(response)).toEqual({ code: 'UPSTREAM_BAD_ANSWER', usage_source: 'estimate' })
  },
)

test.each([
  ['that may pass', { message: 'busy', type: 'overloaded_error' }, 200, 'good'],
  ['without a known code', { message: 'no luck', code: 7 }, 200, 'good'],
  ['in a word', 'no luck', 200, 'good'],
  ['of the request', { message: 'bad tool', type: 'invalid_request_error' }, 400, 'bad'],
])(
  'an answer with status 200 that reports an error %s is that error',
  async (_what, error, status, provider) => {
    bytes = http(JSON.stringify({ error, choices: null }))
    const response = await proxy.chat({ model: 'both' })
    expect([response.status, response.headers.get('x-alkhub-provider')]).toEqual([status, provider])
    expect(await rowOf(response)).toEqual({ code: 'UPSTREAM_ERROR', usage_source: 'none' })
  },
)

test('a failed response, and an answer whose error says nothing, are answers', async () => {
  bytes = http('{"id":"r","object":"response","status":"failed","output":[],"error":{"code":"x"}}')
  const failed = await proxy.post('responses', { model: 'bad/m', input: 'x' })
  expect([failed.status, await failed.json()]).toMatchObject([200, { status: 'failed' }])
  bytes = http('{"choices":[{"index":0,"message":{"content":"a"}}],"error":null}')
  expect((await proxy.chat({ model: 'bad/m' })).status).toBe(200)
})

test.each(['201 Created', '203 x', '205 Reset Content', '206 Partial Content'])(
  'a whole answer with the status %s reaches the client with the status 200',
  async (status) => {
    const body = '{"choices":[{"index":0,"message":{"content":"a"}}]}'
    bytes = http(body, status)
    const response = await proxy.chat({ model: 'bad/m' })
    expect([response.status, await response.text()]).toEqual([200, body])
  },
)

test.each([
  ['bytes that are no HTTP', '\0\u0001garbage'],
  ['a line of HTTP 0.9', '<html>'],
  ['a status that is none', 'HTTP/1.1 2x OK\r\n\r\n'],
  ['too many headers', `HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(200_000)}\r\n\r\n{}`],
])('a provider that sends %s was reached: it is asked once, and charged', async (_what, sent) => {
  bytes = sent
  const response = await proxy.chat({ model: 'bad/m' })
  expect([response.status, await response.json()]).toMatchObject([
    502,
    { error: { code: 'upstream_bad_answer' } },
  ])
  expect(asked).toBe(1)
  expect(await rowOf(response)).toEqual({ code: 'UPSTREAM_BAD_ANSWER', usage_source: 'estimate' })
})
