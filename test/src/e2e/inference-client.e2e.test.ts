import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { startScriptedModel } from '@alkdev/scripted-model'
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai'
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
  user = await hub.createKey(['inference:use', 'clients:*', 'usage:read'])
  await call(hub, user, 'clients.create', {
    name: 'fake',
    type: 'llm-provider',
    config: { baseUrl: provider.url },
    secret: 'secret-of-no-one',
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

test('a scripted model calls tools through the hub, and its calls have a cost', async () => {
  await using scripted = await startScriptedModel()
  await call(hub, user, 'clients.create', {
    name: 'scripted',
    type: 'llm-provider',
    config: { baseUrl: scripted.url },
  })
  const search = tool({
    inputSchema: jsonSchema<{ query: string }>({ type: 'object' }),
    execute: ({ query }) => ({ items: [{ operationId: 'dev.here.fs.list', query }] }),
  })
  const list = tool({
    inputSchema: jsonSchema<{ operationId: string }>({ type: 'object' }),
    execute: ({ operationId }) => ({ entries: [operationId] }),
  })
  const { text, steps } = streamText({
    model: models()('scripted/demo'),
    prompt: 'list the files',
    tools: { search, call: list },
    stopWhen: isStepCount(5),
  })
  expect(await text).toContain('dev.here.fs.list')
  expect((await steps).map(({ finishReason }) => finishReason)).toEqual([
    'tool-calls',
    'tool-calls',
    'stop',
  ])
  const usage = async (): Promise<unknown> =>
    (await call(hub, user, 'inference.usage', { by: 'model', model: 'scripted/demo' })).body
  await expect.poll(usage, { timeout: 10_000 }).toMatchObject({
    data: {
      items: [
        {
          group: 'scripted/demo',
          calls: 3,
          failed: 0,
          unpriced: 0,
          costMicros: expect.toSatisfy((cost: number) => cost > 0),
        },
      ],
    },
  })
})

test('the faults of scripted models reach a client of the hub as errors, and the hub goes on', async () => {
  await using scripted = await startScriptedModel()
  const provider = { baseUrl: scripted.url }
  await call(hub, user, 'clients.create', {
    name: 'faults',
    type: 'llm-provider',
    config: provider,
  })
  for (const name of ['cut', 'cut-call', 'no-answer', 'failing', 'refuses-key', 'too-long']) {
    const { text } = streamText({
      model: models()(`faults/${name}`),
      prompt: 'x',
      maxRetries: 0,
      onError: () => undefined,
    })
    await expect(text).rejects.toThrow(Error)
  }
  const { text } = await generateText({ model: models()('faults/echo'), prompt: 'still here' })
  expect(text).toBe('still here')
})
