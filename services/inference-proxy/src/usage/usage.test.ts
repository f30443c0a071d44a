import { expect, test } from 'vitest'
import { mergeMessagesUsage, messagesUsage } from './messages-usage.ts'
import { chatUsage, responsesUsage } from './openai-usage.ts'
import { NO_TOKENS } from './usage.ts'

test('tokens of a chat completion are counted in one class each', () => {
  expect(
    chatUsage({
      prompt_tokens: 100,
      completion_tokens: 60,
      prompt_tokens_details: { cached_tokens: 30, audio_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 40, audio_tokens: 8 },
    }),
  ).toEqual({
    tokens: {
      ...NO_TOKENS,
      input: 65,
      cacheRead: 30,
      audioInput: 5,
      output: 12,
      reasoning: 40,
      audioOutput: 8,
    },
    inconsistent: false,
  })
})

test('reasoning that is counted beside the output is billed once and included (18)', () => {
  const grok = {
    prompt_tokens: 36,
    completion_tokens: 10,
    total_tokens: 736,
    completion_tokens_details: { reasoning_tokens: 690 },
  }
  expect(chatUsage(grok)?.tokens).toEqual({ ...NO_TOKENS, input: 36, output: 10, reasoning: 690 })
})

test('what the total has beyond input and output is what Gemini thought, or a cache beside the input (17, 18)', () => {
  // As servers convert it: https://github.com/mozilla-ai/any-llm/issues/1290
  const gemini = { prompt_tokens: 20, completion_tokens: 198, total_tokens: 623 }
  expect(chatUsage(gemini)).toEqual({
    tokens: { ...NO_TOKENS, input: 20, output: 198, reasoning: 405 },
    inconsistent: false,
  })
  const beside = { ...gemini, total_tokens: 318, prompt_tokens_details: { cached_tokens: 100 } }
  expect(chatUsage(beside)).toEqual({
    tokens: { ...NO_TOKENS, input: 20, cacheRead: 100, output: 198 },
    inconsistent: false,
  })
  const less = { ...gemini, total_tokens: 3 }
  expect(chatUsage(less)?.tokens).toEqual({ ...NO_TOKENS, input: 20, output: 198 })
  expect(chatUsage({ prompt_tokens: 8, total_tokens: 9 })?.tokens).toEqual({
    ...NO_TOKENS,
    input: 8,
  })
})

test('zero tokens are counts of the provider, and missing or null ones are not (2)', () => {
  expect(chatUsage({ prompt_tokens: 0, completion_tokens: 0 })).toEqual({
    tokens: NO_TOKENS,
    inconsistent: false,
  })
  for (const none of [
    undefined,
    null,
    {},
    [],
    'x',
    { prompt_tokens: null },
    { prompt_tokens: -1 },
    { prompt_tokens: 1.5 },
    { prompt_tokens: 10, completion_tokens: -5 },
    { prompt_tokens: 10, completion_tokens: 1e12 },
    { prompt_tokens: '10', completion_tokens: 5 },
  ])
    expect(chatUsage(none)).toBeUndefined()
})

test('counts that contradict each other are kept and marked (2)', () => {
  expect(chatUsage({ prompt_tokens: 0, completion_tokens: 9 })).toMatchObject({
    tokens: { output: 9 },
    inconsistent: true,
  })
  expect(
    chatUsage({
      prompt_tokens: 5,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 9 },
    }),
  ).toMatchObject({ tokens: { input: 0, cacheRead: 9 }, inconsistent: true })
  expect(
    messagesUsage({
      input_tokens: 1,
      cache_creation_input_tokens: 1,
      cache_creation: { ephemeral_1h_input_tokens: 5 },
    }),
  ).toMatchObject({ tokens: { cacheWrite1h: 1, cacheWrite5m: 0 }, inconsistent: true })
})

test('tokens of a response are counted in one class each', () => {
  expect(
    responsesUsage({
      input_tokens: 50,
      input_tokens_details: { cached_tokens: 20 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 4 },
    })?.tokens,
  ).toEqual({ ...NO_TOKENS, input: 30, cacheRead: 20, output: 5, reasoning: 4 })
})

test('tokens of a message are counted in one class each, and a stream completes them', () => {
  const start = {
    input_tokens: 7,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 30,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    output_tokens: 1,
  }
  const whole = mergeMessagesUsage(start, { output_tokens: 55, input_tokens: null })
  expect(messagesUsage(whole)).toEqual({
    tokens: {
      ...NO_TOKENS,
      input: 7,
      cacheRead: 100,
      cacheWrite5m: 10,
      cacheWrite1h: 20,
      output: 55,
    },
    inconsistent: false,
  })
})

test('a message whose cache is reported by its parts alone is counted by them', () => {
  expect(
    messagesUsage({
      input_tokens: 7,
      output_tokens: 2,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    }),
  ).toEqual({
    tokens: { ...NO_TOKENS, input: 7, cacheWrite5m: 10, cacheWrite1h: 20, output: 2 },
    inconsistent: false,
  })
})

test('a compaction is counted beside the message, and its other iterations are in the message', () => {
  const usage = {
    input_tokens: 20,
    output_tokens: 5,
    iterations: [
      { type: 'compaction', input_tokens: 1000, output_tokens: 90, cache_read_input_tokens: 7 },
      { type: 'message', input_tokens: 20, output_tokens: 5 },
    ],
  }
  expect(messagesUsage(usage)).toEqual({
    tokens: { ...NO_TOKENS, input: 1020, cacheRead: 7, output: 95 },
    inconsistent: false,
  })
  const broken = { ...usage, iterations: [{ type: 'compaction', input_tokens: -1 }] }
  expect(messagesUsage(broken)).toEqual({
    tokens: { ...NO_TOKENS, input: 20, output: 5 },
    inconsistent: true,
  })
})

test('a message with a negative count is not believed', () => {
  expect(messagesUsage({ input_tokens: 7, output_tokens: -2 })).toBeUndefined()
})
