import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import Anthropic, { BadRequestError } from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { RecordedUpstream, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'
import { wireAnswer, wireFormats } from './testing/wire-formats.ts'

/* Clients of one protocol with providers of another. */

const SECRET = 'sk-planted-0123456789'
/** A package that the hub does not use: it comes with `ai`, and has a wire format of its own. */
const GATEWAY = createRequire(createRequire(import.meta.url).resolve('ai')).resolve(
  '@ai-sdk/gateway',
)
let proxy: TestProxy
let upstream: TestUpstream
let openai: OpenAI
let anthropic: Anthropic
const provider = new RecordedUpstream()

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy({
    inference: {
      maxAttempts: 2,
      aliases: { both: ['c/m', 'a/m'] },
      packages: { compat: '@ai-sdk/openai-compatible', gateway: pathToFileURL(GATEWAY).href },
    },
    http: { maxBodyBytes: 65_536, maxInferenceBodyBytes: 1_048_576 },
  })
  const baseUrl = upstream.serve(provider.handle)
  await proxy.addProvider('c', { baseUrl, endpoints: ['chat'] }, SECRET)
  await proxy.addProvider('lost', { baseUrl, endpoints: ['chat'] }, SECRET)
  await proxy.addProvider('r', { baseUrl, endpoints: ['responses'] }, SECRET)
  await proxy.addProvider('a', { baseUrl, protocol: 'anthropic' }, SECRET)
  await proxy.addProvider('g', { baseUrl, protocol: 'google' }, SECRET)
  const models = ['m']
  await proxy.addProvider('p', { baseUrl, protocol: 'package', package: 'compat', models }, SECRET)
  await proxy.addProvider('w', { baseUrl, protocol: 'package', package: 'gateway', models }, SECRET)
  await proxy.addProvider('x', { baseUrl, protocol: 'package', package: 'absent', models }, SECRET)
  const { key: apiKey } = await proxy.createKey()
  openai = new OpenAI({ apiKey, baseURL: `${proxy.service.url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey, baseURL: proxy.service.url, maxRetries: 0 })
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  provider.answer = wireFormats
})

const messages = [{ role: 'user' as const, content: 'Hi' }]
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } } }

test.each([
  ['a/m', 'messages'],
  ['r/m', 'responses'],
  ['g/m', 'models/m:generateContent'],
  ['w/m', 'language-model'],
])('openai chat completions with %s, which serves %s', async (model, path) => {
  const whole = await openai.chat.completions.create({ model, messages })
  expect(provider.last?.path).toBe(path)
  expect(whole.choices[0]?.message.content).toBe('Hello ✓')
  expect(whole.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 7 })
  const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }]
  const called = await openai.chat.completions
    .stream({ model, messages, tools })
    .finalChatCompletion()
  expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { name: 'weather', arguments: '{"city":"北京","days":2}' },
  })
})

test.each([
  ['a/m', 'messages'],
  ['c/m', 'chat/completions'],
  ['g/m', 'models/m:generateContent'],
  ['p/m', 'chat/completions'],
  ['w/m', 'language-model'],
])('openai responses with %s, which serves %s', async (model, path) => {
  const whole = await openai.responses.create({ model, input: 'Hi' })
  expect(provider.last?.path).toBe(path)
  expect(whole.output_text).toBe('Hello ✓')
  const streamed = await openai.responses.stream({ model, input: 'Hi' }).finalResponse()
  expect(streamed.output_text).toBe('Hello ✓')
  expect(streamed.usage).toMatchObject({ input_tokens: 11, output_tokens: 7 })
  const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: false }]
  const called = await openai.responses.stream({ model, input: 'Hi', tools }).finalResponse()
  // The signature of Google's call comes before it.
  expect(called.output.at(-1)).toMatchObject({ arguments: '{"city":"北京","days":2}' })
})

test.each([
  ['c/m', 'chat/completions'],
  ['r/m', 'responses'],
  ['g/m', 'models/m:generateContent'],
  ['p/m', 'chat/completions'],
  ['w/m', 'language-model'],
])('anthropic messages with %s, which serves %s', async (model, path) => {
  const asked = { model, messages, max_tokens: 100 }
  const whole = await anthropic.messages.create(asked)
  expect(provider.last?.path).toBe(path)
  expect(whole.content[0]).toMatchObject({ type: 'text', text: 'Hello ✓' })
  const streamed = await anthropic.messages.stream(asked).finalMessage()
  expect(streamed.content[0]).toMatchObject({ text: 'Hello ✓' })
  expect(streamed.usage).toMatchObject({ output_tokens: 7 })
  const tools = [{ name: 'weather', input_schema: parameters }]
  const called = await anthropic.messages.stream({ ...asked, tools }).finalMessage()
  expect(called.content.at(-1)).toMatchObject({
    type: 'tool_use',
    input: { city: '北京', days: 2 },
  })
})

test('the tokens of a message are estimated for a provider that does not count them', async () => {
  const count = provider.requests.length
  const { input_tokens } = await anthropic.messages.countTokens({ model: 'c/m', messages })
  expect(input_tokens).toBeGreaterThan(0)
  expect(provider.requests).toHaveLength(count)
})

test.each([
  ['c', 'chat'],
  ['g', 'google'],
  ['p', 'package'],
  ['w', 'package'],
])(
  'a translated stream of %s (%s) has a row with the tokens of the provider, and the client gets its cost',
  async (name, format) => {
    const response = await proxy.post('messages', {
      model: `${name}/m`,
      messages,
      max_tokens: 9,
      stream: true,
    })
    expect(response.headers.get('x-alkhub-translated')).toBe(format)
    expect(await response.text()).toContain(': alkhub-cost ')
    const id = response.headers.get('x-request-id')
    const read = async () =>
      (await proxy.database.sql`select * from inference_usage where id = ${id}`)[0] ?? {}
    await expect.poll(async () => (await read())['ended_at'], { timeout: 10_000 }).toBeTruthy()
    expect(await read()).toMatchObject({
      endpoint: 'messages',
      provider: name,
      input_tokens: '11',
      output_tokens: '7',
      usage_source: 'provider',
      ended_by: 'done',
    })
  },
)

test('a package gets the key where it puts it, and the hub asks it for nothing else', async () => {
  await openai.chat.completions.create({ model: 'g/m', messages })
  expect(provider.last?.headers).toMatchObject({ 'x-goog-api-key': SECRET })
  expect(provider.last?.headers.authorization).toBeUndefined()
  await openai.chat.completions.create({ model: 'p/m', messages })
  expect(provider.last?.headers).toMatchObject({ authorization: `Bearer ${SECRET}` })
  await openai.chat.completions.create({ model: 'w/m', messages })
  expect(provider.last?.headers).toMatchObject({
    authorization: `Bearer ${SECRET}`,
    'ai-language-model-id': 'm',
  })
  const count = provider.requests.length
  for (const model of ['g/../files', 'g/m?x=', 'g/a#b', 'g/a%2fb'])
    // oxlint-disable-next-line no-await-in-loop -- a few requests
    expect((await proxy.chat({ model, messages })).status).toBe(400)
  const absent = await proxy.chat({ model: 'x/m', messages })
  expect(absent.status).toBe(503)
  expect(await absent.json()).toMatchObject({
    error: { code: 'unavailable', message: expect.stringContaining('inference.packages') },
  })
  expect(provider.requests).toHaveLength(count)
})

test("Google's models are listed by their ids, and its refusal of the key is one of the hub", async () => {
  provider.answer = (to) =>
    sendJson(to, {
      models: [{ name: 'models/gemini-x', displayName: 'Gemini X', inputTokenLimit: 1000 }],
    })
  const listed = (await openai.models.list()).data.find(({ id }) => id === 'g/gemini-x')
  expect(listed).toMatchObject({ name: 'Gemini X', context_length: 1000 })
  provider.answer = (to) =>
    sendJson(
      to,
      { error: { code: 400, message: SECRET, details: [{ reason: 'API_KEY_INVALID' }] } },
      400,
    )
  await expect(openai.chat.completions.create({ model: 'g/m', messages })).rejects.toMatchObject({
    status: 502,
    code: 'upstream_auth_failed',
  })
})

test.each([
  ['c', 'chat'],
  ['g', 'google'],
  ['w', 'gateway'],
] as const)(
  'a translated stream of %s (%s) that is cut ends with an error event of the protocol of the client',
  async (name, format) => {
    const whole = String(wireAnswer(format, { model: 'm', stream: true }))
    const half = whole.slice(0, whole.indexOf('lo '))
    provider.answer = (to) => sendEvents(to, half)
    const response = await proxy.post('messages', {
      model: `${name}/m`,
      messages,
      max_tokens: 9,
      stream: true,
    })
    let text = ''
    try {
      for await (const part of response.body ?? [])
        text += Buffer.from(part as Uint8Array).toString()
    } catch {
      // The connection is cut behind the event.
    }
    expect(text).toContain('event: error\ndata: {"type":"error"')
    expect(text).toContain('upstream_truncated')
    expect(text).not.toContain('message_stop')
  },
)

test('of a translated stream whose connection is lost the client gets all text that the ledger counts', async () => {
  const pieces = 40
  const event = (content: string): string =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
  provider.answer = (to) => {
    to.writeHead(200, { 'content-type': 'text/event-stream' })
    to.write(event('word').repeat(pieces), () => setTimeout(() => to.destroy(), 20))
  }
  const response = await proxy.post('messages', {
    model: 'lost/m',
    messages,
    max_tokens: 9,
    stream: true,
  })
  let text = ''
  try {
    for await (const part of response.body ?? []) text += Buffer.from(part as Uint8Array).toString()
  } catch {
    // The connection is cut behind the event.
  }
  expect(text).toContain('upstream_truncated')
  expect(text).not.toContain('message_stop')
  expect(text.match(/"text_delta","text":"word"/g)).toHaveLength(pieces)
})

test('a translated stream with an event that does not end is cut', async () => {
  const whole = String(wireAnswer('chat', { model: 'm', stream: true }))
  const half = whole.slice(0, whole.indexOf('lo '))
  provider.answer = (to) => {
    to.writeHead(200, { 'content-type': 'text/event-stream' })
    to.write(`${half.slice(0, half.lastIndexOf('\n\n'))}\n\ndata: ${'x'.repeat(2_000_000)}`)
  }
  const response = await proxy.post('messages', {
    model: 'c/m',
    messages,
    max_tokens: 9,
    stream: true,
  })
  let text = ''
  try {
    for await (const part of response.body ?? []) text += Buffer.from(part as Uint8Array).toString()
  } catch {
    // The connection is cut behind the event.
  }
  expect(text).toContain('upstream_bad_answer')
})

test('a translated stream that fails before its first content goes to the next target', async () => {
  provider.answer = (to, request) =>
    request.url?.endsWith('/chat/completions')
      ? sendEvents(to, 'data: {"error":{"message":"busy","code":"server_error"}}\n\n')
      : wireFormats(to, request)
  const response = await proxy.post('responses', { model: 'both', input: 'Hi', stream: true })
  expect(await response.text()).toContain('response.completed')
  expect(response.headers.get('x-alkhub-provider')).toBe('a')
})

test('errors of the provider keep their status in the shape of the client, and show no key', async () => {
  provider.answer = (to) =>
    sendJson(to, { error: { message: `bad ${SECRET}`, type: 'invalid_request_error' } }, 400)
  const failed = anthropic.messages.create({ model: 'c/m', messages, max_tokens: 9 })
  await expect(failed).rejects.toBeInstanceOf(BadRequestError)
  await expect(failed).rejects.toMatchObject({
    error: { type: 'error', error: { type: 'invalid_request_error', message: 'bad [redacted]' } },
  })
  provider.answer = (to) => sendJson(to, { error: { message: SECRET } }, 401)
  await expect(openai.chat.completions.create({ model: 'a/m', messages })).rejects.toMatchObject({
    status: 502,
    code: 'upstream_auth_failed',
  })
})

test.each([
  ['c', 'chat'],
  ['g', 'google'],
  ['w', 'gateway'],
] as const)(
  'a key that a provider writes into a translated answer of %s (%s) is taken out, also across chunks',
  async (name, format) => {
    const stream = String(wireAnswer(format, { model: 'm', stream: true })).replace(
      'Hel',
      `x${SECRET}x`,
    )
    provider.answer = (to) => {
      to.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const byte of Buffer.from(stream)) to.write(Buffer.from([byte]))
      to.end()
    }
    const response = await proxy.post('messages', {
      model: `${name}/m`,
      messages,
      max_tokens: 9,
      stream: true,
    })
    const text = await response.text()
    expect(text).toContain('[redacted]')
    expect(text).not.toContain('planted')
  },
)

test('what cannot be translated is refused with 400 and the name of the member', async () => {
  const response = await proxy.post('responses', {
    model: 'c/m',
    input: 'Hi',
    tools: [{ type: 'code_interpreter' }],
  })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('code_interpreter') },
  })
})

test('a client that leaves a translated stream stops the provider, and its row says so', async () => {
  const closed = Promise.withResolvers<void>()
  const begun = String(wireAnswer('chat', { model: 'm', stream: true })).split('lo ')[0] ?? ''
  const events = begun.slice(0, begun.lastIndexOf('\n\n') + 2)
  provider.answer = (to) => {
    to.once('close', () => closed.resolve())
    to.writeHead(200, { 'content-type': 'text/event-stream' }).write(events)
  }
  const leave = new AbortController()
  const { key } = await proxy.createKey()
  const response = await fetch(`${proxy.service.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'c/m', messages, max_tokens: 9, stream: true }),
    signal: leave.signal,
  })
  await response.body?.getReader().read()
  leave.abort()
  await closed.promise
  const id = response.headers.get('x-request-id')
  const read = async () =>
    (await proxy.database.sql`select * from inference_usage where id = ${id}`)[0]?.['ended_by']
  await expect.poll(read, { timeout: 10_000 }).toBe('client')
})

const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`

test.each([
  ['an empty list of choices', 'data: {"choices":[]}\n\ndata: [DONE]\n\n'],
  ['events of another protocol', 'event: message_start\ndata: {"type":"message_start"}\n\n'],
  ['JSON that is nested deep', `data: {"choices":${deep}}\n\n`],
  ['numbers for texts', 'data: {"choices":[{"delta":{"content":7},"finish_reason":8}]}\n\n'],
  ['no JSON', 'data: {"choices\n\n: x\n\ndata: nothing\n\n'],
  ['nothing', ''],
])('%s of a provider neither hangs a translated stream nor ends the process', async (_, text) => {
  provider.answer = (to) => sendEvents(to, text)
  const response = await proxy.post('messages', {
    model: 'c/m',
    messages,
    max_tokens: 9,
    stream: true,
  })
  const answer = await response.text().catch(() => 'cut')
  expect([200, 502]).toContain(response.status)
  expect(answer.length).toBeGreaterThan(0)
  provider.answer = wireFormats
  expect(
    (await anthropic.messages.create({ model: 'c/m', messages, max_tokens: 9 })).id,
  ).toBeTruthy()
})
