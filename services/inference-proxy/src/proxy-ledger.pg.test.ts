import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { gzipSync, brotliCompressSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  answerWhole,
  delta,
  done,
  finish,
  usage,
  usageEvent,
  writePrices,
} from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let added = 0

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({
    'acme/m': { input: 2, cacheRead: 0.5, output: 10 },
    'down/m': { input: 2, output: 10 },
  })
  proxy = await startTestProxy({
    inference: {
      pricesFile: prices.path,
      aliases: { 'down-then-acme': ['five/m', 'acme/m'] },
      callLeaseMs: 1000,
    },
  })
  await proxy.addProvider('acme', {
    baseUrl: upstream.serve((answer, request) => current(answer, request)),
    models: ['m'],
  })
  await proxy.addProvider('five', {
    baseUrl: upstream.serve((answer) => void answer.writeHead(503).end()),
    models: ['m'],
  })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})

/** What the provider does next. */
let current: Handler
const bodyOf = (request: Parameters<Handler>[1]): string => request.text ?? ''

async function unpriced(handler: Handler): Promise<string> {
  const name = `free-${(added += 1)}`
  await proxy.addProvider(name, { baseUrl: upstream.serve(handler), models: ['m'] })
  return `${name}/m`
}

type Row = Record<string, unknown>
/** The row of a call, once it is settled. */
async function rowOf(callId: string | null): Promise<Row> {
  const read = async (): Promise<Row | undefined> => {
    const [row] = await proxy.database.sql`select * from inference_usage where id = ${callId}`
    return row
  }
  await expect.poll(async () => (await read())?.['ended_at'], { timeout: 10_000 }).toBeTruthy()
  const { n } =
    (
      await proxy.database.sql`select count(*)::int as n from inference_usage where id = ${callId}`
    )[0] ?? {}
  expect(n).toBe(1)
  return (await read()) ?? {}
}

test('a whole answer has one row with its tokens, its cost and its attempt, and the client gets the same cost', async () => {
  current = (answer) => answerWhole(answer, 'Hello', usage(1000, 50, 400))
  const response = await proxy.chat({ model: 'acme/m' })
  const row = await rowOf(response.headers.get('x-request-id'))
  expect(row).toMatchObject({
    endpoint: 'chat/completions',
    requested_model: 'acme/m',
    provider: 'acme',
    model: 'm',
    status: 200,
    code: null,
    streamed: false,
    attempts: 1,
    input_tokens: '600',
    cache_read_tokens: '400',
    output_tokens: '50',
    cost_micros: String(600 * 2 + 400 * 0.5 + 50 * 10),
    unpriced: false,
    usage_source: 'provider',
    ended_by: 'done',
    truncated: false,
    upstream_request_id: 'up-1',
    settled_by: 'proxy',
  })
  expect(row['price_version']).toMatch(/\+test-1$/)
  expect(response.headers.get('x-alkhub-cost-micros')).toBe(row['cost_micros'])
  const attempts = await proxy.database
    .sql`select * from inference_attempts where call_id = ${String(row['id'])}`
  expect([...attempts]).toMatchObject([
    { attempt: 1, provider: 'acme', status: 200, output_tokens: '50' },
  ])
})

test('an answer, whole or as a stream, reaches the client while PostgreSQL still writes the row, and the row follows', async () => {
  const { sql } = proxy.database
  const answers: readonly [stream: boolean, Handler][] = [
    [false, (answer) => answerWhole(answer, 'Hello', usage(100, 5))],
    [
      true,
      (answer) =>
        void answer
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(`${delta('Hello')}${finish}${done}`),
    ],
  ]
  for (const [stream, handler] of answers) {
    current = answers[0]?.[1] as Handler
    // The statement that writes rows is prepared by a call before, and its connection is free again when the row is there.
    await rowOf((await proxy.chat({ model: 'acme/m' })).headers.get('x-request-id'))
    current = handler
    const id = await sql.begin(async (locked) => {
      await locked`lock table inference_usage in exclusive mode`
      const response = await proxy.chat({ model: 'acme/m', stream })
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringContaining('Hello'),
      ])
      const callId = response.headers.get('x-request-id')
      expect(await locked`select 1 from inference_usage where id = ${callId}`).toHaveLength(0)
      return callId
    })
    expect(await rowOf(id)).toMatchObject({ ended_by: 'done', status: 200, streamed: stream })
  }
})

test('the call is in the call history under its caller, without prompt and answer', async () => {
  current = (answer) => answerWhole(answer, 'secret answer', usage(1, 1))
  const response = await proxy.chat({
    model: 'acme/m',
    messages: [{ role: 'user', content: 'secret prompt' }],
  })
  const id = response.headers.get('x-request-id')
  const read = async (): Promise<Row | undefined> =>
    (await proxy.database.sql`select * from call_log where id = ${id}`)[0]
  await expect.poll(read, { timeout: 10_000 }).toBeTruthy()
  const call = await read()
  expect(call).toMatchObject({
    operation_name: 'inference.chatCompletions',
    status: 'completed',
    attempts: 1,
  })
  expect(call?.['account_id']).toBe((await rowOf(id))['account_id'])
  expect(JSON.stringify(call)).not.toContain('secret')
})

test('each attempt has its own row, and only what was used costs', async () => {
  current = (answer) => answerWhole(answer, 'Hello', usage(10, 1))
  const response = await proxy.chat({ model: 'down-then-acme' })
  const row = await rowOf(response.headers.get('x-request-id'))
  expect(row).toMatchObject({
    requested_model: 'down-then-acme',
    provider: 'acme',
    attempts: 2,
    cost_micros: '30',
  })
  const attempts = await proxy.database.sql`
    select provider, status, usage_source, cost_micros from inference_attempts where call_id = ${String(row['id'])} order by attempt`
  expect([...attempts]).toEqual([
    { provider: 'five', status: 503, usage_source: 'none', cost_micros: '0' },
    { provider: 'acme', status: 200, usage_source: 'provider', cost_micros: '30' },
  ])
})

const stream =
  (...events: readonly string[]): Handler =>
  (answer) =>
    void answer.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''))

test('the proxy asks for the usage of a stream, and hides it from a client that did not (3)', async () => {
  let seen = ''
  current = (answer, request) => {
    seen = bodyOf(request)
    stream(delta('Hi'), finish, usageEvent(usage(100, 7)), done)(answer, request)
  }
  const response = await proxy.chat({ model: 'acme/m', stream: true, stream_options: { x: 1 } })
  const text = await response.text()
  expect(JSON.parse(seen)).toMatchObject({ stream_options: { x: 1, include_usage: true } })
  expect(text).not.toContain('"usage"')
  const row = await rowOf(response.headers.get('x-request-id'))
  expect(row).toMatchObject({
    usage_source: 'provider',
    input_tokens: '100',
    output_tokens: '7',
    cost_micros: '270',
    streamed: true,
  })
  expect(row['first_token_ms']).toBeGreaterThan(0)
  const notice = JSON.parse(/^: alkhub-cost (.*)\ndata: \[DONE\]$/m.exec(text)?.[1] ?? '{}') as Row
  expect(notice).toMatchObject({
    callId: row['id'],
    costMicros: 270,
    inputTokens: 100,
    outputTokens: 7,
  })
})

test('a client that asks for the usage of a stream gets it once, byte for byte', async () => {
  const events = [delta('北京 🌍'), finish, usageEvent(usage(100, 7)), done]
  current = stream(...events)
  const response = await proxy.chat({
    model: 'acme/m',
    stream: true,
    stream_options: { include_usage: true },
  })
  expect((await response.text()).replace(/^: alkhub-cost .*\n/m, '')).toBe(events.join(''))
})

test('a provider that refuses the question for the usage is asked again without it, and from then on not', async () => {
  const bodies: string[] = []
  const model = await unpriced((answer, request) => {
    bodies.push(bodyOf(request))
    if (bodyOf(request).includes('stream_options'))
      return void answer
        .writeHead(400, { 'content-type': 'application/json' })
        .end('{"error":{"message":"stream_options?"}}')
    return stream(delta('12345678'), finish, done)(answer, request)
  })
  for (const attempts of [2, 1]) {
    // oxlint-disable-next-line no-await-in-loop -- the second call knows what the first one learned
    const response = await proxy.chat({ model, stream: true })
    // oxlint-disable-next-line no-await-in-loop
    expect(await response.text()).toContain('12345678')
    // oxlint-disable-next-line no-await-in-loop
    expect(await rowOf(response.headers.get('x-request-id'))).toMatchObject({
      attempts,
      usage_source: 'estimate',
      output_tokens: '2',
      cost_micros: null,
      unpriced: true,
    })
  }
  expect(bodies.map((body) => body.includes('stream_options'))).toEqual([true, false, false])
})

test('zero tokens of the provider are stored as zero, and missing ones are estimated (2)', async () => {
  current = (answer) => answerWhole(answer, 'Hello', usage(0, 0))
  const zero = await proxy.chat({ model: 'acme/m' })
  expect(await rowOf(zero.headers.get('x-request-id'))).toMatchObject({
    usage_source: 'provider',
    input_tokens: '0',
    output_tokens: '0',
    cost_micros: '0',
  })
  current = (answer) => answerWhole(answer, '12345678')
  const missing = await proxy.chat({ model: 'acme/m' })
  expect(await rowOf(missing.headers.get('x-request-id'))).toMatchObject({
    usage_source: 'estimate',
    output_tokens: '2',
  })
})

test('a stream that is cut is an error for the client and a truncated row with an estimate (5)', async () => {
  current = (answer) => {
    answer
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .write(delta('12345678'), () => answer.destroy())
  }
  const response = await proxy.chat({ model: 'acme/m', stream: true })
  const id = response.headers.get('x-request-id')
  await expect(response.text()).rejects.toThrow('terminated')
  expect(await rowOf(id)).toMatchObject({
    ended_by: 'upstream',
    truncated: true,
    code: 'UPSTREAM_TRUNCATED',
    usage_source: 'estimate',
    output_tokens: '2',
  })
})

test('a stream that has finished and lacks only its end gets one (5)', async () => {
  current = stream(delta('Hi'), finish)
  const response = await proxy.chat({ model: 'acme/m', stream: true })
  expect((await response.text()).match(/data: \[DONE\]/g)).toHaveLength(1)
  expect(await rowOf(response.headers.get('x-request-id'))).toMatchObject({
    ended_by: 'done',
    truncated: false,
  })
})

test('a client that leaves has one row with what was delivered (1)', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>()
  current = (answer) => {
    answer.writeHead(200, { 'content-type': 'text/event-stream' }).write(delta('x'.repeat(80)))
    arrive(answer)
  }
  const { key } = await proxy.createKey()
  const leave = new AbortController()
  const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'acme/m', stream: true, messages: [] }),
    signal: leave.signal,
  })
  await response.body?.getReader().read()
  const closed = once(await arrived, 'close')
  leave.abort()
  await closed
  expect(await rowOf(response.headers.get('x-request-id'))).toMatchObject({
    ended_by: 'client',
    truncated: true,
    usage_source: 'estimate',
    output_tokens: '20',
    code: 'ABORTED',
  })
})

test('a refusal of the provider used nothing and costs nothing', async () => {
  current = (answer) =>
    void answer
      .writeHead(400, { 'content-type': 'application/json' })
      .end('{"error":{"message":"no"}}')
  const response = await proxy.chat({ model: 'acme/m' })
  expect(response.status).toBe(400)
  expect(await rowOf(response.headers.get('x-request-id'))).toMatchObject({
    status: 400,
    code: 'UPSTREAM_ERROR',
    ended_by: 'upstream',
    usage_source: 'none',
    cost_micros: '0',
    truncated: false,
  })
})

test('the call of a proxy that was lost is settled as an estimate by the sweep', async () => {
  const id = '01990000-0000-7000-8000-000000000001'
  await proxy.database.sql`
    insert into inference_usage (id, account_id, endpoint, requested_model, provider, model, streamed, input_tokens, output_tokens, started_at, lease_until)
    values (${id}, 'an-account', 'chat/completions', 'acme/m', 'acme', 'm', true, 10, 3, now() - interval '40 seconds', now() - interval '1 second')`
  expect(await rowOf(id)).toMatchObject({
    settled_by: 'sweep',
    ended_by: 'hub',
    truncated: true,
    usage_source: 'estimate',
    code: 'PROXY_LOST',
    attempts: 1,
    cost_micros: String(10 * 2 + 3 * 10),
  })
})

const text =
  '{"model":"acme/m","seed":9007199254740993,"a":1.0,"a":2,"messages":[],"tools":[{"function":{"parameters":{"properties":{"__proto__":{"type":"string"},"constructor":{"prototype":{}}}}}}],"u":"\\u00e9"}'

test.each([
  ['identity', (body: Buffer) => body],
  ['gzip', (body: Buffer) => gzipSync(body)],
  ['br', (body: Buffer) => brotliCompressSync(body)],
  ['zstd', (body: Buffer) => zstdCompressSync(body)],
])(
  'a body in %s reaches the provider byte for byte but for the name of the model (10)',
  async (coding, encode) => {
    let seen = ''
    current = (answer, request) => {
      seen = bodyOf(request)
      answerWhole(answer, 'ok', usage(1, 1))
    }
    const { key } = await proxy.createKey()
    const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'content-encoding': coding,
      },
      body: encode(Buffer.from(text)),
    })
    expect(response.status).toBe(200)
    expect(seen).toBe(text.replace('acme/m', 'm'))
  },
)

test.each([
  ['gzip', Buffer.from('no gzip'), 400, 'not valid gzip'],
  ['compress', Buffer.from(text), 415, 'compress'],
  ['gzip', gzipSync(Buffer.alloc(40 * 1024 * 1024, ' ')), 413, 'bytes'],
])('a body in %s that cannot be read is refused (10)', async (coding, body, status, message) => {
  const { key } = await proxy.createKey()
  const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-encoding': coding,
    },
    body,
  })
  expect(response.status).toBe(status)
  expect(JSON.stringify(await response.json())).toContain(message)
})

test.each([
  ['no body', undefined, undefined],
  ['text', 'text/plain', '{"model":"acme/m"}'],
  ['a list', 'application/json', '[]'],
  ['null', 'application/json', 'null'],
])('a request with %s is refused with 400 or 415, and not with 500', async (_, type, body) => {
  const { key } = await proxy.createKey()
  const response = await fetch(`${proxy.service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(type !== undefined && { 'content-type': type }),
    },
    ...(body !== undefined && { body }),
  })
  expect([400, 415]).toContain(response.status)
})
