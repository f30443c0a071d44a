import { isStepCount, jsonSchema, simulateReadableStream, streamText, tool } from 'ai'
import type { ModelMessage, ToolSet } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { expect, test } from 'vitest'

// What `call-model.ts` and the loop of a turn rely on, and why the loop is ours: behaviours of the pinned version of the AI SDK. A new version that fails
// here needs another look at that file.

const usage = {
  inputTokens: { total: 7, noCache: 4, cacheRead: 3, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined },
}
type Chunk = { readonly type: string } & Readonly<Record<string, unknown>>
const text = (delta: string): Chunk => ({ type: 'text-delta', id: 't', delta })
const finish = (unified: string): Chunk => ({
  type: 'finish',
  finishReason: { unified, raw: unified },
  usage,
})
const toolCall = (toolName: string, input: string): Chunk => ({
  type: 'tool-call',
  toolCallId: 'c1',
  toolName,
  input,
})
const said = (...chunks: readonly Chunk[]): Chunk[] => [
  { type: 'stream-start', warnings: [] },
  ...chunks,
]

/** A model that answers each call with the next list. */
const modelOf = (...answers: readonly (readonly Chunk[])[]) =>
  new MockLanguageModelV4({
    doStream: answers.map((chunks) => ({
      stream: simulateReadableStream({
        chunks: [...chunks],
        initialDelayInMs: 0,
        chunkDelayInMs: 1,
      }),
    })) as never,
  })

const tools: ToolSet = {
  call: tool({
    description: 'Calls.',
    inputSchema: jsonSchema<object>({ type: 'object', properties: { id: { type: 'string' } } }),
  }),
}
const one = { maxRetries: 0, stopWhen: isStepCount(1), onError: () => undefined } as const

type Part = { readonly type: string } & Readonly<Record<string, unknown>>
async function partsOf(result: { readonly stream: AsyncIterable<unknown> }): Promise<Part[]> {
  const parts: Part[] = []
  for await (const part of result.stream) parts.push(part as Part)
  return parts
}
const typesOf = (parts: readonly Part[]): string[] => parts.map(({ type }) => type)

test('a tool without `execute` ends the step after one call of the model, with the call as a part', async () => {
  const model = modelOf(said(toolCall('call', '{"id":"x"}'), finish('tool-calls')))
  const parts = await partsOf(streamText({ ...one, model, tools, prompt: 'Hi' }))
  expect(parts.find(({ type }) => type === 'tool-call')).toMatchObject({ input: { id: 'x' } })
  expect(parts.find(({ type }) => type === 'finish-step')).toMatchObject({
    finishReason: 'tool-calls',
    usage: { inputTokens: 7, outputTokens: 2, inputTokenDetails: { cacheReadTokens: 3 } },
  })
  expect(model.doStreamCalls).toHaveLength(1)
})

test.each([
  ['an unknown tool', 'nothing', '{}'],
  ['an input that is not JSON', 'call', '{"id":'],
])(
  '%s is a call that says that it is not valid, and no error of the stream',
  async (_what, name, input) => {
    const model = modelOf(said(toolCall(name, input), finish('tool-calls')))
    const parts = await partsOf(streamText({ ...one, model, tools, prompt: 'Hi' }))
    expect(parts.find(({ type }) => type === 'tool-call')).toMatchObject({ invalid: true })
    expect(typesOf(parts)).toContain('finish-step')
    expect(typesOf(parts)).not.toContain('error')
  },
)

test('an abort in a text ends the stream with `abort`, and without an error', async () => {
  const ending = new AbortController()
  const model = modelOf(
    said({ type: 'text-start', id: 't' }, ...Array.from({ length: 500 }, () => text('word '))),
  )
  const parts: string[] = []
  for await (const part of streamText({
    ...one,
    model,
    prompt: 'Hi',
    abortSignal: ending.signal,
  }).stream) {
    parts.push(part.type)
    if (part.type === 'text-delta') ending.abort()
  }
  expect(parts).toContain('abort')
  expect(parts).not.toContain('error')
  expect(parts).not.toContain('finish-step')
})

test('a pause beyond its own time limit looks like an abort: the loop has a limit of its own', async () => {
  const pausing = new ReadableStream({
    start(controller) {
      for (const chunk of said({ type: 'text-start', id: 't' }, text('a')))
        controller.enqueue(chunk)
    },
  })
  const model = new MockLanguageModelV4({ doStream: { stream: pausing } as never })
  const parts = await partsOf(streamText({ ...one, model, prompt: 'Hi', timeout: { chunkMs: 50 } }))
  expect(typesOf(parts)).toContain('abort')
  expect(typesOf(parts)).not.toContain('error')
})

test('a failed call of the model is an error part, and is not repeated', async () => {
  let calls = 0
  const model = new MockLanguageModelV4({
    doStream: () => {
      calls += 1
      return Promise.reject(new Error('broken'))
    },
  })
  const parts = await partsOf(streamText({ ...one, model, prompt: 'Hi' }))
  expect(parts.find(({ type }) => type === 'error')).toMatchObject({
    error: { message: 'broken' },
  })
  expect(calls).toBe(1)
})

const asked: ModelMessage[] = [
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: [
      { type: 'tool-call', toolCallId: 'a', toolName: 'call', input: {} },
      { type: 'tool-call', toolCallId: 'b', toolName: 'call', input: {} },
    ],
  },
]
const resultOf = (toolCallId: string): ModelMessage => ({
  role: 'tool',
  content: [
    { type: 'tool-result', toolCallId, toolName: 'call', output: { type: 'text', value: 'x' } },
  ],
})

test.each([
  ['none of two results', asked],
  ['one of two results', [...asked, resultOf('a')]],
])('a history with %s is refused before the model is called', async (_what, messages) => {
  const model = modelOf(said(finish('stop')))
  const parts = await partsOf(streamText({ ...one, model, tools, messages }))
  expect(parts.find(({ type }) => type === 'error')).toMatchObject({
    error: { name: 'AI_MissingToolResultsError' },
  })
  expect(model.doStreamCalls).toHaveLength(0)
})

test('a history with all results is accepted', async () => {
  const model = modelOf(said(finish('stop')))
  const messages = [...asked, resultOf('a'), resultOf('b')]
  expect(typesOf(await partsOf(streamText({ ...one, model, tools, messages })))).not.toContain(
    'error',
  )
  expect(model.doStreamCalls).toHaveLength(1)
})

test('a system message among the messages is refused: instructions are given apart', async () => {
  const model = modelOf(said(finish('stop')))
  const messages: ModelMessage[] = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
  ]
  const run = async () => partsOf(streamText({ ...one, model, messages }))
  const ended = await run().then(
    (parts) => typesOf(parts).includes('error'),
    () => true,
  )
  expect(ended).toBe(true)
  expect(model.doStreamCalls).toHaveLength(0)
})

test('callbacks that throw stop nothing: nothing of the loop depends on them', async () => {
  const executed: string[] = []
  const model = modelOf(
    said(toolCall('act', '{}'), finish('tool-calls')),
    said({ type: 'text-start', id: 't' }, text('done'), finish('stop')),
  )
  const parts = await partsOf(
    streamText({
      model,
      prompt: 'Hi',
      maxRetries: 0,
      stopWhen: isStepCount(2),
      onError: () => undefined,
      tools: {
        act: tool({
          description: 'Acts.',
          inputSchema: jsonSchema<object>({ type: 'object' }),
          execute: () => {
            executed.push('act')
            return 'x'
          },
        }),
      },
      onToolExecutionStart: () => {
        throw new Error('not stored')
      },
      onStepEnd: () => {
        throw new Error('not stored')
      },
    }),
  )
  expect(executed).toEqual(['act'])
  expect(model.doStreamCalls).toHaveLength(2)
  expect(typesOf(parts)).toContain('finish')
})

test('a stream that is left after `finish-step` neither hangs nor fails', async () => {
  const model = modelOf(said({ type: 'text-start', id: 't' }, text('x'), finish('stop')))
  const ending = new AbortController()
  for await (const part of streamText({ ...one, model, prompt: 'Hi', abortSignal: ending.signal })
    .stream)
    if (part.type === 'finish-step') break
  ending.abort()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(model.doStreamCalls).toHaveLength(1)
})
