import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, streamText } from 'ai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFakeProvider } from '../fake-provider.ts'
import type { FakeProvider } from '../fake-provider.ts'
import { call } from '../http.ts'
import { startTestStack } from '../test-stack.ts'
import type { TestStack, TestKey } from '../test-stack.ts'

let hub: TestStack
let provider: FakeProvider
let user: TestKey

beforeAll(async () => {
  hub = await startTestStack()
  provider = await startFakeProvider()
  user = await hub.createKey(['inference:use', 'clients:*'])
  await call(hub, user, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret: 'sk-x',
  })
})
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]()
  await provider?.[Symbol.asyncDispose]()
})

const models = () =>
  createOpenAICompatible({ name: 'alkhub', baseURL: `${hub.gateway}/v1`, apiKey: user.key })

test('the AI SDK gets a text and its usage through the hub', async () => {
  const { text, usage } = await generateText({ model: models()('fake/good'), prompt: 'Hi' })
  expect(text).toBe('Hello ✓')
  expect(usage.totalTokens).toBe(5)
})

test('the AI SDK streams through the hub', async () => {
  const words: string[] = []
  for await (const word of streamText({ model: models()('fake/good'), prompt: 'Hi' }).textStream)
    words.push(word)
  expect(words.join('')).toBe('Hello ✓')
  expect(words.length).toBeGreaterThan(1)
})

test('the AI SDK reads our errors', async () => {
  const failing = generateText({ model: models()('unknown/x'), prompt: 'Hi', maxRetries: 0 })
  await expect(failing).rejects.toThrow(/There is no model/)
})
