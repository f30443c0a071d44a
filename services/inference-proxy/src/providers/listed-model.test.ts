import { expect, test } from 'vitest'
import { readModelList } from './listed-model.ts'

test.each([
  [
    'OpenRouter',
    {
      id: 'acme/large',
      name: 'Acme: Large',
      created: 1_700_000_000,
      context_length: 200_000,
      architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'] },
      top_provider: { max_completion_tokens: 8192 },
    },
    {
      id: 'acme/large',
      name: 'Acme: Large',
      created: 1_700_000_000,
      contextWindow: 200_000,
      maxOutputTokens: 8192,
      inputModalities: ['text', 'image'],
      outputModalities: ['text'],
    },
  ],
  [
    'Anthropic',
    { type: 'model', id: 'm', display_name: 'M', created_at: '2026-02-19T00:00:00Z' },
    { id: 'm', name: 'M', created: 1_771_459_200 },
  ],
  [
    'Google',
    { name: 'models/m', displayName: 'M', inputTokenLimit: 1000, outputTokenLimit: 100 },
    { id: 'm', name: 'M', contextWindow: 1000, maxOutputTokens: 100 },
  ],
  ['vLLM', { id: 'm', max_model_len: 32_768 }, { id: 'm', contextWindow: 32_768 }],
  [
    'Groq',
    { id: 'm', context_window: 131_072, max_completion_tokens: 0 },
    { id: 'm', contextWindow: 131_072 },
  ],
])('the fields of %s are read', (_, entry, model) => {
  expect(readModelList({ data: [entry] }, 10)).toEqual([model])
})

test('a list may be the whole answer, and entries without an id are left out', () => {
  expect(readModelList([{ id: 'a' }, {}, null, { id: 7 }], 10)).toEqual([{ id: 'a' }])
  expect(readModelList({ data: [{ id: 'a' }, { id: 'b' }] }, 1)).toHaveLength(1)
  expect(readModelList('nothing', 10)).toEqual([])
})
