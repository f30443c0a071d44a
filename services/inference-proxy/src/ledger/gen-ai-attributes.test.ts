import type { SettledCall } from '@alkdev/storage/inference'
import { expect, test } from 'vitest'
import { NOTHING_USED } from './amounts.ts'
import { genAiAttributes } from './gen-ai-attributes.ts'

const call = {
  ...NOTHING_USED,
  endpoint: 'messages',
  requestedModel: 'fast',
  provider: 'claude',
  model: 'claude-opus-5',
  streamed: true,
  firstTokenMs: 250,
  code: null,
} as unknown as SettledCall

test('tokens of all classes are in the input and the output, and the classes stand beside them', () => {
  const tokens = {
    input: 10,
    cacheRead: 5,
    cacheWrite5m: 2,
    cacheWrite1h: 1,
    output: 7,
    reasoning: 3,
  }
  expect(genAiAttributes({ ...call, ...tokens, usageSource: 'provider', sessionId: 's1' })).toEqual(
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'fast',
      'gen_ai.request.stream': true,
      'gen_ai.provider.name': 'claude',
      'gen_ai.response.model': 'claude-opus-5',
      'gen_ai.conversation.id': 's1',
      'gen_ai.usage.input_tokens': 18,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.cache_read.input_tokens': 5,
      'gen_ai.usage.cache_creation.input_tokens': 3,
      'gen_ai.usage.reasoning.output_tokens': 3,
      'gen_ai.response.time_to_first_chunk': 0.25,
    },
  )
})

test('a call that was refused has its error and no counts', () => {
  expect(
    genAiAttributes({
      ...call,
      provider: null,
      model: null,
      firstTokenMs: null,
      code: 'BUDGET_EXCEEDED',
    }),
  ).toEqual({
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'fast',
    'gen_ai.request.stream': true,
    'error.type': 'BUDGET_EXCEEDED',
  })
})
