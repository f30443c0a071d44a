import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { uuidv7 } from '@alkdev/std'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerWhole, usage } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let denied: TestUpstream
let added = 0

const aliases = {
  'down-then-good': ['down/m', 'good/m'],
  'busy-then-good': ['busy/m', 'good/m'],
  'broken-then-good': ['five/m', 'good/m'],
  'refused-then-good': ['unauthorized/m', 'good/m'],
  'wrong-then-good': ['wrong/m', 'good/m'],
  'unopened-then-good': ['unopened/m', 'good/m'],
  'private-then-good': ['private/m', 'good/m'],
  'many-then-good': ['down/m', 'five/m', 'busy/m', 'good/m'],
  'all-bad': ['down/m', 'five/m'],
}

const json = { 'content-type': 'application/json' }
const events = { 'content-type': 'text/event-stream' }
const good: Handler = (answer) => void answer.writeHead(200, json).end('{"choices":[]}')
const status =
  (code: number, body = '{"error":{"message":"theirs","code":"their_code"}}'): Handler =>
  (answer) =>
    void answer.writeHead(code, json).end(body)

beforeAll(async () => {
  upstream = await startTestUpstream()
  denied = await startTestUpstream()
  proxy = await startTestProxy({
    outbound: { allow: ['127.0.0.0/8'], denyPorts: [denied.port] },
    inference: {
      aliases,
      maxInFlightPerKey: 4,
      maxInFlightPerProvider: 6,
      streamIdleTimeoutMs: 1500,
      firstByteTimeoutMs: 20_000,
    },
  })
  const add = (name: string, baseUrl: string, secret?: string) =>
    proxy.addProvider(name, { baseUrl, models: ['m'] }, secret)
  await add('good', upstream.serve(good))
  await add('down', 'http://127.0.0.1:9/v1')
  await add('busy', upstream.serve(status(429)))
  await add('five', upstream.serve(status(503)))
  await add('unauthorized', upstream.serve(status(401)))
  await add('wrong', upstream.serve(status(400)))
  await add('private', denied.serve(good))
  const id = await add('unopened', upstream.serve(good), 'sk-unopened')
  await proxy.database.sql`
    update client_secrets set value = jsonb_set(value, '{keyVersion}', '7'), key_version = 7 where client_id = ${id}`
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await denied?.[Symbol.asyncDispose]()
})

async function model(handler: Handler): Promise<string> {
  added += 1
  const name = `p-${added}`
  await proxy.addProvider(name, { baseUrl: upstream.serve(handler), models: ['m'] })
  return `${name}/m`
}

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toContain('application/json')
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  return { status: response.status, ...error }
}

test.each([
  ['down-then-good', 200, '2', 'good'],
  ['busy-then-good', 200, '2', 'good'],
  ['broken-then-good', 200, '2', 'good'],
  ['refused-then-good', 200, '2', 'good'],
  ['unopened-then-good', 200, '2', 'good'],
  ['private-then-good', 200, '2', 'good'],
  ['wrong-then-good', 400, '1', 'wrong'],
  ['many-then-good', 429, '3', 'busy'],
  ['all-bad', 503, '3', 'down'],
  ['good/m', 200, '1', 'good'],
])('the alias %s is answered with %i after %s attempts, by %s (V4)', async (alias, ...expected) => {
  const response = await proxy.chat({ model: alias })
  const { headers } = response
  await response.body?.cancel()
  expect([
    response.status,
    headers.get('x-alkhub-attempts'),
    headers.get('x-alkhub-provider'),
  ]).toEqual(expected)
})

test.each([401, 403, 407])(
  'a %i of the provider is about its key, not about that of the client',
  async (code) => {
    const response = await proxy.chat({ model: await model(status(code)) })
    expect(await errorOf(response)).toMatchObject({
      status: 502,
      type: 'server_error',
      code: 'upstream_auth_failed',
    })
    expect(response.headers.get('www-authenticate')).toBeNull()
  },
)

test('a provider whose secret cannot be opened is unavailable, and another model does not exist (V1)', async () => {
  expect(await errorOf(await proxy.chat({ model: 'unopened/m' }))).toMatchObject({
    status: 503,
    code: 'unavailable',
  })
  expect(await errorOf(await proxy.chat({ model: 'unknown/m' }))).toMatchObject({ status: 404 })
})

test('an address that the operator does not allow is refused with the name of the setting (A7)', async () => {
  const refused = await errorOf(await proxy.chat({ model: 'private/m' }))
  expect(refused).toMatchObject({ status: 403, code: 'access_denied' })
  expect(refused['message']).toContain('outbound.allow')
})

test("the provider's own error keeps its status and words; what is none becomes one", async () => {
  expect(await errorOf(await proxy.chat({ model: 'busy/m' }))).toEqual({
    status: 429,
    message: 'theirs',
    code: 'their_code',
  })
  const html: Handler = (answer) =>
    void answer.writeHead(502, { 'content-type': 'text/html' }).end('<html>')
  expect(await errorOf(await proxy.chat({ model: await model(html) }))).toMatchObject({
    status: 502,
    code: 'upstream_error',
    type: 'server_error',
  })
  const plain = await model(status(404, '{"error":"model not found"}'))
  const refusal = await errorOf(await proxy.chat({ model: plain }))
  expect(refusal['message']).toContain('model not found')
  const deep = await model(
    status(500, `{"error":{"message":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`),
  )
  expect(await errorOf(await proxy.chat({ model: deep }))).toMatchObject({ status: 500 })
})

const wrongAnswers: readonly (readonly [string, boolean, Handler])[] = [
  [
    'a web page',
    false,
    (answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ],
  [
    'a stream for JSON',
    false,
    (answer) => void answer.writeHead(200, events).end('data: [DONE]\n\n'),
  ],
  ['JSON for a stream', true, good],
  ['broken JSON', false, (answer) => void answer.writeHead(200, json).end('{"choices":')],
  [
    'half an answer',
    false,
    (answer) => {
      answer.writeHead(200, { ...json, 'content-length': '100' })
      answer.write('{"choices"', () => answer.destroy())
    },
  ],
]

test.each(wrongAnswers)('%s with status 200 is an error', async (_, stream, handler) => {
  const response = await proxy.chat({ model: await model(handler), stream })
  expect(await errorOf(response)).toMatchObject({ status: 502, code: 'upstream_bad_answer' })
})

/** All that arrives until the connection ends or is cut. */
async function received(response: Response): Promise<{ text: string; cut: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array)
    return { text, cut: false }
  } catch {
    return { text, cut: true }
  }
}

const word = 'data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}\n\n'
const begin = (answer: ServerResponse): ServerResponse => {
  answer.writeHead(200, events).write(word)
  return answer
}
const cutStreams: readonly (readonly [string, Handler, string])[] = [
  ['ends without a finish reason', (answer) => void begin(answer).end(), 'upstream_truncated'],
  [
    'breaks off within an event',
    (answer) => void begin(answer).write('data: {"cho', () => answer.destroy()),
    'upstream_truncated',
  ],
  ['is silent for too long', (answer) => void begin(answer), 'timeout'],
]

test.each(cutStreams)(
  'a stream that %s ends with an error event and is cut',
  async (_, handler, code) => {
    const { text, cut } = await received(
      await proxy.chat({ model: await model(handler), stream: true }),
    )
    expect(cut).toBe(true)
    const datas = text.split('\n').filter((line) => line.startsWith('data: '))
    expect(datas.map((line) => JSON.parse(line.slice(6)))).toMatchObject([
      { choices: [{}] },
      { error: { code } },
    ])
  },
)

test('a stream that goes on may take longer than the limit of a whole request', async () => {
  const name = `p-${(added += 1)}`
  const baseUrl = upstream.serve((answer) => {
    begin(answer)
    let words = 0
    const timer = setInterval(() => {
      words += 1
      if (words < 5) {
        answer.write(word)
      } else {
        clearInterval(timer)
        answer.end('data: [DONE]\n\n')
      }
    }, 100)
  })
  await proxy.addProvider(name, { baseUrl, models: ['m'], timeoutMs: 300 })
  const answer = await received(await proxy.chat({ model: `${name}/m`, stream: true }))
  expect(answer.cut).toBe(false)
  expect(answer.text.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a key with too many requests is refused at once, other keys and providers go on, and places come back', async () => {
  const open: ServerResponse[] = []
  const hanging = await model((answer) => void open.push(answer))
  const [one, two, three] = await Promise.all([1, 2, 3].map(() => proxy.createKey()))
  const hung = [1, 2, 3, 4].map(() => proxy.chat({ model: hanging }, one?.key))
  await expect.poll(() => open.length, { timeout: 10_000 }).toBe(4)
  const over = await proxy.chat({ model: 'good/m' }, one?.key)
  expect(over.headers.get('retry-after')).toBe('1')
  expect(await errorOf(over)).toMatchObject({ status: 429, code: 'rate_limited' })
  expect((await proxy.chat({ model: 'good/m' }, two?.key)).status).toBe(200)
  hung.push(...[1, 2].map(() => proxy.chat({ model: hanging }, two?.key)))
  await expect.poll(() => open.length, { timeout: 10_000 }).toBe(6)
  expect(await errorOf(await proxy.chat({ model: hanging }, three?.key))).toMatchObject({
    status: 503,
    code: 'overloaded',
  })
  // Another provider of the same origin is not touched by it.
  expect((await proxy.chat({ model: 'good/m' }, three?.key)).status).toBe(200)
  for (const answer of open) good(answer, answer.req)
  expect((await Promise.all(hung)).map((response) => response.status)).toEqual(hung.map(() => 200))
  expect((await proxy.chat({ model: 'good/m' }, one?.key)).status).toBe(200)
})

test('each session has places of its own beside those of its key', async () => {
  const open: ServerResponse[] = []
  const hanging = await model((answer) => void open.push(answer))
  const { key, keyId } = await proxy.createKey()
  const [busy, idle] = [uuidv7(), uuidv7()]
  const ask = async (session: string, name: string): Promise<Response> =>
    proxy.chat({ model: name }, await proxy.sessionToken(keyId, session))
  const hung = [1, 2, 3, 4].map(() => ask(busy, hanging))
  await expect.poll(() => open.length, { timeout: 60_000 }).toBe(4)
  const over = await errorOf(await ask(busy, 'good/m'))
  expect(over).toMatchObject({ status: 429, code: 'rate_limited' })
  expect(over['message']).toContain('this session')
  expect((await ask(idle, 'good/m')).status).toBe(200)
  expect((await proxy.chat({ model: 'good/m' }, key)).status).toBe(200)
  for (const answer of open) good(answer, answer.req)
  expect((await Promise.all(hung)).map((response) => response.status)).toEqual(hung.map(() => 200))
})

test('a client that leaves frees its place and stops the provider', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>()
  const name = await model((answer) => arrive(begin(answer)))
  const leave = new AbortController()
  const { key } = await proxy.createKey()
  const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: name, stream: true, messages: [] }),
    signal: leave.signal,
  })
  await response.body?.getReader().read()
  const closed = once(await arrived, 'close')
  leave.abort()
  await closed
  await expect.poll(() => proxy.logs(), { timeout: 10_000 }).toContain('ABORTED: The client left')
})

test.each([
  ['GET', '/v1/nothing', undefined, 404],
  ['PUT', '/v1/chat/completions', '{}', 405],
  ['POST', '/v1/chat/completions', '{"model":', 400],
  ['POST', '/v1/chat/completions', `"${'x'.repeat(70_000)}"`, 400],
  ['GET', '/v1/%zz', undefined, 400],
  ['GET', `/v1/models/${'x'.repeat(1500)}`, undefined, 404],
])('%s %s is refused as OpenAI clients read it', async (method, path, body, code) => {
  const { key } = await proxy.createKey()
  const response = await fetch(`${proxy.service.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body !== undefined && json) },
    ...(body !== undefined && { body }),
  })
  expect(await errorOf(response)).toMatchObject({
    status: code,
    message: expect.any(String),
    code: expect.any(String),
  })
  expect((await errorOf(await fetch(`${proxy.service.url}${path}`, { method })))['status']).toBe(
    path.includes('%') ? 400 : 401,
  )
})

test('a provider that closes a kept connection as the next request comes does not fail the call', async () => {
  let requests = 0
  const closing: Handler = (answer, request) => {
    requests += 1
    const { socket } = request
    const isSecond = seenSockets.has(socket)
    seenSockets.add(socket)
    if (isSecond) socket.resetAndDestroy()
    else answerWhole(answer, 'Hi', usage(10, 5))
  }
  const seenSockets = new WeakSet<object>()
  const name = await model(closing)
  const ids: unknown[] = []
  for (let call = 0; call < 4; call += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each call finds the connection of the one before
    const response = await proxy.chat({ model: name })
    // oxlint-disable-next-line no-await-in-loop
    await response.text()
    expect([response.status, response.headers.get('x-alkhub-attempts')]).toEqual([200, '1'])
    ids.push(response.headers.get('x-request-id'))
    // oxlint-disable-next-line no-await-in-loop -- until the connection is kept
    await sleep(100)
  }
  expect(requests).toBeGreaterThan(4)
  const rows = async (): Promise<unknown> => proxy.database.sql`
    select distinct attempts, usage_source, code from inference_usage
    where requested_model = ${name} and ended_at is not null`
  await expect
    .poll(rows, { timeout: 20_000 })
    .toEqual([{ attempts: 1, usage_source: 'provider', code: null }])
})
