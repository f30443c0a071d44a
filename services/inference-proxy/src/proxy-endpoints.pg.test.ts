import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { RecordedUpstream, namedEvents, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'

let proxy: TestProxy
let upstream: TestUpstream
const openai = new RecordedUpstream()
const anthropic = new RecordedUpstream()

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy({ inference: { streamPingMs: 100, maxAttempts: 1 } })
  await proxy.addProvider(
    'oa',
    { baseUrl: upstream.serve(openai.handle), forwardHeaders: ['OpenAI-Organization'] },
    'sk-oa-0123456789',
  )
  await proxy.addProvider(
    'an',
    { baseUrl: upstream.serve(anthropic.handle), protocol: 'anthropic' },
    'sk-an-0123456789',
  )
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  openai.answer = (answer) => sendJson(answer, {})
  anthropic.answer = (answer) => sendJson(answer, {})
})

/** The row of a call, once it is settled. */
async function rowOf(response: Response): Promise<Record<string, unknown>> {
  const id = response.headers.get('x-request-id')
  const read = async (): Promise<Record<string, unknown>> =>
    (await proxy.database.sql`select * from inference_usage where id = ${id}`)[0] ?? {}
  await expect.poll(async () => (await read())['ended_at'], { timeout: 10_000 }).toBeTruthy()
  return read()
}

const hi = [{ role: 'user', content: 'Hi' }]
const chatUsage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
const responsesUsage = { input_tokens: 10, output_tokens: 5, total_tokens: 15 }
const messagesUsage = { input_tokens: 10, output_tokens: 5 }

test.each([
  ['completions', { prompt: 'Hi' }, { choices: [{ text: 'Ho' }], usage: chatUsage }, 5],
  [
    'embeddings',
    { input: ['a', 'b'], encoding_format: 'base64' },
    { data: [{ embedding: 'AACAPw==' }], usage: { prompt_tokens: 10, total_tokens: 10 } },
    0,
  ],
  ['responses', { input: 'Hi' }, { object: 'response', id: 'resp_1', usage: responsesUsage }, 5],
])(
  '%s goes to the same path of the provider, and its row has the tokens',
  async (path, body, answer, output) => {
    openai.answer = (to) => sendJson(to, answer)
    const response = await proxy.post(path, { model: 'oa/m', ...body, odd: 9 })
    expect(await response.json()).toEqual(answer)
    expect(openai.last).toMatchObject({ method: 'POST', path })
    expect(openai.last?.headers['authorization']).toBe('Bearer sk-oa-0123456789')
    expect(JSON.parse(openai.last?.text ?? '')).toEqual({ model: 'm', ...body, odd: 9 })
    expect(await rowOf(response)).toMatchObject({
      endpoint: path,
      input_tokens: '10',
      output_tokens: String(output),
      usage_source: 'provider',
    })
  },
)

test('a message goes to Anthropic with its key and its version, and the answer comes back as it is', async () => {
  const answer = { type: 'message', content: [{ type: 'text', text: 'Ho' }], usage: messagesUsage }
  anthropic.answer = (to) => sendJson(to, answer)
  const response = await proxy.post(
    'messages',
    { model: 'an/claude', max_tokens: 9, messages: hi },
    { 'anthropic-beta': 'context-1m' },
  )
  expect(await response.json()).toEqual(answer)
  expect(anthropic.last).toMatchObject({ path: 'messages' })
  const headers = anthropic.last?.headers ?? {}
  expect(headers['x-api-key']).toBe('sk-an-0123456789')
  expect(headers['authorization']).toBeUndefined()
  expect(headers['anthropic-version']).toBe('2023-06-01')
  expect(headers['anthropic-beta']).toBe('context-1m')
  expect(await rowOf(response)).toMatchObject({ input_tokens: '10', output_tokens: '5' })
})

const responseStream = namedEvents(
  { type: 'response.created', ...{ response: { object: 'response', id: 'resp_2' } } },
  { type: 'response.output_text.delta', ...{ delta: 'Hel' } },
  { type: 'response.output_text.delta', ...{ delta: 'lo' } },
  {
    type: 'response.incomplete',
    ...{ response: { object: 'response', id: 'resp_2', usage: responsesUsage } },
  },
)
const messageStream = namedEvents(
  { type: 'message_start', ...{ message: { usage: { input_tokens: 10, output_tokens: 1 } } } },
  { type: 'content_block_delta', ...{ index: 0, delta: { type: 'text_delta', text: 'Ho' } } },
  { type: 'message_delta', ...{ delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } } },
  { type: 'message_stop' },
)

test.each([
  ['responses', 'oa/m', openai, { input: 'Hi' }, responseStream],
  ['messages', 'an/m', anthropic, { messages: hi, max_tokens: 9 }, messageStream],
])(
  'a stream of %s is the bytes of the provider and the line with the cost',
  async (path, model, provider, body, stream) => {
    provider.answer = (to) => sendEvents(to, stream)
    const response = await proxy.post(path, { model, ...body, stream: true })
    const text = await response.text()
    expect(text.replaceAll(/^: .*\n/gm, '')).toBe(stream)
    expect(text).toContain(': alkhub-cost ')
    expect(await rowOf(response)).toMatchObject({
      input_tokens: '10',
      output_tokens: '5',
      ended_by: 'done',
      truncated: false,
    })
  },
)

test.each([
  ['messages/count_tokens', 'an/m', anthropic, { messages: hi }, { input_tokens: 7 }],
  [
    'responses/input_tokens',
    'oa/m',
    openai,
    { input: 'Hi' },
    { object: 'response.input_tokens', input_tokens: 7 },
  ],
])(
  '%s is answered by the provider, and costs nothing',
  async (path, model, provider, body, answer) => {
    provider.answer = (to) => sendJson(to, answer)
    const response = await proxy.post(path, { model, ...body })
    expect(await response.json()).toEqual(answer)
    expect(provider.last?.path).toBe(path)
    expect(await rowOf(response)).toMatchObject({
      cost_micros: '0',
      usage_source: 'none',
      input_tokens: '0',
    })
  },
)

test('errors below /v1/messages have the shape of Anthropic, those of the hub and those of the provider', async () => {
  const body = { max_tokens: 1, messages: hi }
  const unknown = await proxy.post('messages', { model: 'am/m', ...body })
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({
    type: 'error',
    error: { type: 'not_found_error', message: expect.stringContaining('Did you mean "an/m"?') },
    request_id: unknown.headers.get('x-request-id'),
  })
  const unauthenticated = await proxy.post('messages', body, { authorization: 'Bearer alk_no' })
  expect(unauthenticated.status).toBe(401)
  expect(await unauthenticated.json()).toMatchObject({ error: { type: 'authentication_error' } })
  anthropic.answer = (to) =>
    sendJson(
      to,
      { type: 'error', error: { type: 'invalid_request_error', message: 'theirs' } },
      400,
    )
  const refused = await proxy.post('messages', { model: 'an/m', ...body })
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: 'theirs' },
  })
})

test('the headers of the list and those of the config reach the provider, and no key and no cookie (requirement 11)', async () => {
  const sent = {
    'openai-beta': 'assistants=v2',
    'openai-organization': 'org-1',
    'idempotency-key': 'once',
    'x-client-request-id': 'c-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tracestate: 'a=b',
  }
  const dropped = { cookie: 'a=b', 'x-forwarded-for': '10.1.2.3', 'x-other': '1' }
  openai.answer = (to) =>
    to
      .writeHead(200, {
        'content-type': 'application/json',
        'x-request-id': 'up-7',
        'retry-after-ms': '5',
      })
      .end('{"choices":[]}')
  const response = await proxy.post(
    'chat/completions',
    { model: 'oa/m', messages: hi },
    { ...sent, ...dropped },
  )
  expect(openai.last?.headers).toMatchObject(sent)
  for (const name of Object.keys(dropped)) expect(openai.last?.headers[name]).toBeUndefined()
  expect(openai.last?.headers['x-alkhub-hops']).toMatch(/^[\w-]+:1$/)
  expect(response.headers.get('x-alkhub-upstream-request-id')).toBe('up-7')
  expect(response.headers.get('retry-after-ms')).toBe('5')
})

test('a request that has passed through 16 hubs is refused', async () => {
  const response = await proxy.post(
    'chat/completions',
    { model: 'oa/m', messages: hi },
    { 'x-alkhub-hops': 'other:15' },
  )
  expect(response.status).toBe(403)
  expect(await rowOf(response)).toMatchObject({ code: 'ACCESS_DENIED', usage_source: 'none' })
})

test.each(['api_key', 'api_base', 'base_url'])(
  'a body with %s is refused (requirement 25)',
  async (name) => {
    const count = openai.requests.length
    const response = await proxy.post('chat/completions', {
      model: 'oa/m',
      messages: hi,
      [name]: 'x',
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param: name } })
    expect(openai.requests).toHaveLength(count)
  },
)

test('a model with a name that is too long is refused and not stored', async () => {
  const response = await proxy.chat({ model: `an/${'m'.repeat(600)}`, messages: hi })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { param: 'model', message: expect.stringContaining('512 characters') },
  })
})

test('a model whose provider does not serve the endpoint is refused', async () => {
  const response = await proxy.post('embeddings', { model: 'an/m', input: 'Hi' })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { param: 'model', message: expect.stringContaining('does not serve embeddings') },
  })
})

test('while a provider is silent the client of a stream gets comments, and a later failure is an event (requirement 12)', async () => {
  const held = Promise.withResolvers<ServerResponse>()
  openai.answer = (to) => held.resolve(to)
  const response = await proxy.post('chat/completions', {
    model: 'oa/m',
    messages: hi,
    stream: true,
  })
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  const decoder = new TextDecoder()
  const first = await reader.read()
  expect(decoder.decode(first.value)).toMatch(/^(?:: ping\n)+$/)
  sendJson(await held.promise, { error: { message: 'too busy' } }, 529)
  let rest = ''
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += decoder.decode(part.value)
  } catch {
    // The connection is cut behind the event.
  }
  expect(rest).toContain('"code":"upstream_error"')
  expect(rest).not.toContain('\n\n\n')
})

test('models have their window, prices and dialect, in the shape that the client reads', async () => {
  openai.answer = (to) => sendJson(to, { data: [{ id: 'big', created: 5, context_length: 1000 }] })
  anthropic.answer = (to) =>
    sendJson(to, {
      data: [
        { id: 'claude', type: 'model', display_name: 'Claude', created_at: '2026-02-19T00:00:00Z' },
      ],
    })
  const { key } = await proxy.createKey()
  const get = async (path: string, headers: Record<string, string> = {}): Promise<unknown> =>
    (
      await fetch(`${proxy.service.url}/v1/${path}`, { headers: { 'x-api-key': key, ...headers } })
    ).json()
  expect(await get('models')).toEqual({
    object: 'list',
    data: [
      {
        id: 'an/claude',
        object: 'model',
        created: 1_771_459_200,
        owned_by: 'an',
        name: 'Claude',
        dialect: 'messages',
      },
      {
        id: 'oa/big',
        object: 'model',
        created: 5,
        owned_by: 'oa',
        dialect: 'chat',
        context_length: 1000,
        context_window: 1000,
      },
    ],
  })
  const version = { 'anthropic-version': '2023-06-01' }
  expect(await get('models/an/claude', version)).toEqual({
    type: 'model',
    id: 'an/claude',
    display_name: 'Claude',
    created_at: '2026-02-19T00:00:00.000Z',
  })
  expect(await get('models', version)).toMatchObject({
    has_more: false,
    first_id: 'an/claude',
    last_id: 'oa/big',
  })
  expect(await get('models/an/none', version)).toMatchObject({ type: 'error' })
})
