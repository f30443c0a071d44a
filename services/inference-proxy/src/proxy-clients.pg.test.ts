import Anthropic, { NotFoundError as NoSuchThing } from '@anthropic-ai/sdk'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { embed, generateText, jsonSchema, streamText } from 'ai'
import OpenAI, { AuthenticationError, NotFoundError } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { RecordedUpstream } from './testing/recorded-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { TestUpstream } from './testing/test-upstream.ts'
import { wireFormats } from './testing/wire-formats.ts'

/*
 * The usual calls of the clients that people use, through the proxy. They change nothing but the base URL and the key.
 */

let proxy: TestProxy
let upstream: TestUpstream
let apiKey: string
let baseURL: string
const provider = new RecordedUpstream()
provider.answer = wireFormats

beforeAll(async () => {
  upstream = await startTestUpstream()
  proxy = await startTestProxy()
  apiKey = (await proxy.createKey()).key
  baseURL = `${proxy.service.url}/v1`
  await proxy.addProvider('oa', { baseUrl: upstream.serve(provider.handle) }, 'sk-oa-0123456789')
  await proxy.addProvider(
    'an',
    { baseUrl: upstream.serve(provider.handle), protocol: 'anthropic' },
    'sk-an-0123456789',
  )
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
})

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'number' } },
} as const
const ARGUMENTS = { city: '北京', days: 2 }
const messages = [{ role: 'user' as const, content: 'Hi' }]

async function textOf(parts: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const part of parts) text += part
  return text
}

test('openai: chat completions, their stream, tools, completions, embeddings and models', async () => {
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 })
  const whole = await client.chat.completions.create({ model: 'oa/m', messages })
  expect(whole.choices[0]?.message.content).toBe('Hello ✓')
  const stream = await client.chat.completions.create({
    model: 'oa/m',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  let text = ''
  let tokens = 0
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? ''
    tokens = chunk.usage?.total_tokens ?? tokens
  }
  expect([text, tokens]).toEqual(['Hello ✓', 18])
  const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }]
  const called = await client.chat.completions
    .stream({ model: 'oa/m', messages, tools })
    .finalChatCompletion()
  const [call] = called.choices[0]?.message.tool_calls ?? []
  expect(call).toMatchObject({ function: { arguments: '{"city":"北京","days":2}' } })
  const completion = await client.completions.create({ model: 'oa/m', prompt: 'Hi' })
  expect(completion.choices[0]?.text).toBe('Hello ✓')
  const { data } = await client.embeddings.create({ model: 'oa/m', input: 'Hi' })
  expect([...(data[0]?.embedding ?? [])]).toEqual([1, 0.5])
  expect((await client.models.retrieve('oa/m')).owned_by).toBe('oa')
})

test('openai: responses, their stream, tools and what follows them', async () => {
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 })
  const first = await client.responses.create({ model: 'oa/m', input: 'Hi' })
  expect(first.output_text).toBe('Hello ✓')
  const next = await client.responses
    .stream({ model: 'oa/m', input: 'Go on', previous_response_id: first.id })
    .finalResponse()
  expect(next.output_text).toBe('Hello ✓')
  expect(JSON.parse(provider.last?.text ?? '')).toMatchObject({ previous_response_id: 'resp_1' })
  const tools = [{ type: 'function' as const, name: 'weather', parameters, strict: false }]
  const called = await client.responses
    .stream({ model: 'oa/m', input: 'Hi', tools })
    .finalResponse()
  expect(called.output[0]).toMatchObject({ arguments: '{"city":"北京","days":2}' })
})

test('openai: errors have their class, code and status', async () => {
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0 })
  const unknown = client.chat.completions.create({ model: 'ao/m', messages })
  await expect(unknown).rejects.toBeInstanceOf(NotFoundError)
  await expect(unknown).rejects.toMatchObject({ code: 'model_not_found', param: 'model' })
  const wrongKey = new OpenAI({ apiKey: 'alk_wrong', baseURL, maxRetries: 0 })
  await expect(wrongKey.models.list()).rejects.toBeInstanceOf(AuthenticationError)
})

test('@anthropic-ai/sdk: messages, their stream, tools, tokens, models and errors', async () => {
  const client = new Anthropic({ apiKey, baseURL: proxy.service.url, maxRetries: 0 })
  const asked = { model: 'an/m', max_tokens: 100, messages }
  expect((await client.messages.create(asked)).content[0]).toMatchObject({ text: 'Hello ✓' })
  const streamed = await client.messages.stream(asked).finalMessage()
  expect(streamed.content[0]).toMatchObject({ text: 'Hello ✓' })
  expect(streamed.usage).toMatchObject({ input_tokens: 11, output_tokens: 7 })
  const tools = [{ name: 'weather', input_schema: parameters }]
  const called = await client.messages.stream({ ...asked, tools }).finalMessage()
  expect(called.content[0]).toMatchObject({ type: 'tool_use', input: ARGUMENTS })
  expect(await client.messages.countTokens({ model: 'an/m', messages })).toEqual({
    input_tokens: 9,
  })
  const listed = await client.models.list()
  expect(listed.data.map(({ id }) => id)).toContain('an/m')
  const unknown = client.messages.create({ ...asked, model: 'na/m' })
  await expect(unknown).rejects.toBeInstanceOf(NoSuchThing)
  await expect(unknown).rejects.toMatchObject({
    error: { type: 'error', error: { type: 'not_found_error' } },
  })
})

const weather = { description: 'x', inputSchema: jsonSchema<object>(parameters) }
// The warnings of the SDK about unknown models are of no interest here.
Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false })

test.each([
  [
    '@ai-sdk/openai-compatible',
    () => createOpenAICompatible({ name: 'hub', apiKey, baseURL })('oa/m'),
  ],
  ['@ai-sdk/openai with responses', () => createOpenAI({ apiKey, baseURL })('oa/m')],
  ['@ai-sdk/openai with chat', () => createOpenAI({ apiKey, baseURL }).chat('oa/m')],
  ['@ai-sdk/anthropic', () => createAnthropic({ apiKey, baseURL })('an/m')],
])('ai with %s: a text, a stream and a tool', async (_, modelOf) => {
  const model = modelOf()
  const { text, usage } = await generateText({ model, prompt: 'Hi', maxRetries: 0 })
  expect(text).toBe('Hello ✓')
  expect(usage).toMatchObject({ inputTokens: 11, outputTokens: 7 })
  expect(await textOf(streamText({ model, prompt: 'Hi', maxRetries: 0 }).textStream)).toBe(
    'Hello ✓',
  )
  const called = streamText({ model, prompt: 'Hi', tools: { weather }, maxRetries: 0 })
  expect(await called.toolCalls).toMatchObject([{ toolName: 'weather', input: ARGUMENTS }])
})

test('ai with @ai-sdk/openai: an embedding', async () => {
  const model = createOpenAI({ apiKey, baseURL }).embedding('oa/m')
  await expect(embed({ model, value: 'Hi', maxRetries: 0 })).resolves.toBeTruthy()
})

test('@langchain/openai: a text, a stream, a tool and an embedding', async () => {
  const options = { model: 'oa/m', apiKey, configuration: { baseURL }, maxRetries: 0 }
  const chat = new ChatOpenAI(options)
  expect((await chat.invoke('Hi')).text).toBe('Hello ✓')
  let text = ''
  for await (const chunk of await chat.stream('Hi')) text += chunk.text
  expect(text).toBe('Hello ✓')
  const bound = chat.bindTools([{ type: 'function', function: { name: 'weather', parameters } }])
  expect((await bound.invoke('Hi')).tool_calls).toMatchObject([
    { name: 'weather', args: ARGUMENTS },
  ])
  const embeddings = new OpenAIEmbeddings(options)
  expect(await embeddings.embedQuery('Hi')).toEqual([1, 0.5])
})
