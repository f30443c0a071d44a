import { expect, test } from 'vitest'
import { textOfAnswer, usageOfAnswer } from './protocol.ts'
import { NO_TOKENS } from './usage.ts'

test('an embedding uses input only, and its vectors are no text', () => {
  const answer = {
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: 'AAAA' }],
    usage: { prompt_tokens: 8, total_tokens: 8 },
  }
  expect(usageOfAnswer('embeddings', answer)?.tokens).toEqual({ ...NO_TOKENS, input: 8 })
  expect(textOfAnswer('embeddings', answer)).toBe(0)
})

test('the text of a whole answer is that of the model, without ids, roles and types', () => {
  expect(
    textOfAnswer('chat', {
      id: 'chatcmpl-1',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: {
            role: 'assistant',
            content: 'ab',
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } },
            ],
          },
        },
      ],
    }),
  ).toBe(5)
  expect(
    textOfAnswer('responses', {
      output: [
        { type: 'message', id: 'msg_1', status: 'completed', content: [{ text: 'abc' }] },
        { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      ],
    }),
  ).toBe(6)
  expect(
    textOfAnswer('messages', {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'hm', signature: 'xyz' },
        { type: 'text', text: 'ab' },
      ],
    }),
  ).toBe(4)
})
