import { expect, test } from 'vitest'
import { CodedError } from '@alkdev/errors'
import { readRequest } from './translation.ts'

/*
 * Bodies of clients in which any value may be another one. A reader gives a request or refuses the body; it never fails in another way.
 */

const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  '',
  'data:;base64,',
  'data:image/png;base64,%%%',
  'http://[',
  'a'.repeat(2000),
  '\u0000\uD800',
  [],
  [null, [[]], 7],
  {},
  { type: 'text' },
  { type: 'tool_use', id: 5, name: null },
  { type: 'function', function: 'x' },
  { role: 'constructor', content: { toString: 1 } },
]

const BODIES = {
  chat: {
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'x' }] },
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
      },
      {
        role: 'assistant',
        content: 'x',
        tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"a":1}' } }],
      },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ],
    tools: [
      { type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
    response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
    stop: ['a'],
    reasoning_effort: 'low',
  },
  responses: {
    input: [
      { role: 'user', content: [{ type: 'input_image', image_url: 'https://example.org/a.png' }] },
      {
        type: 'reasoning',
        id: 'r',
        summary: [{ text: 'x' }],
        encrypted_content: 'alkhub-anthropic::SIG',
      },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_text', text: 'x' }] },
    ],
    tools: [{ type: 'function', name: 'f', parameters: {} }],
    text: { format: { type: 'json_schema', name: 'n', schema: {} } },
    reasoning: { effort: 'high' },
  },
  messages: {
    system: [{ type: 'text', text: 'x' }],
    messages: [
      { role: 'user', content: [{ type: 'document', source: { type: 'base64', data: 'AA' } }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'x', signature: 'alkhub-openai:rs_1:E' },
          { type: 'tool_use', id: 't', name: 'f', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'x' }] },
        ],
      },
    ],
    tools: [{ name: 'f', input_schema: {} }],
    tool_choice: { type: 'tool', name: 'f' },
    thinking: { type: 'enabled', budget_tokens: 5 },
    output_config: { effort: 'low', format: { type: 'json_schema', schema: {} } },
  },
} as const

/** All bodies that differ from the given one in one value. */
function* variants(value: unknown): Generator {
  yield* JUNK
  if (Array.isArray(value)) {
    for (const [at, one] of value.entries())
      for (const other of variants(one)) yield value.with(at, other)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, one] of Object.entries(value))
      for (const other of variants(one)) yield { ...value, [name]: other }
  }
}

test.each(['chat', 'responses', 'messages'] as const)(
  'a body of %s with any wrong value is read or refused with VALIDATION_ERROR',
  (protocol) => {
    let count = 0
    for (const body of variants(BODIES[protocol])) {
      if (typeof body !== 'object' || body === null || Array.isArray(body)) continue
      count += 1
      try {
        readRequest(protocol, body as Record<string, unknown>)
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'VALIDATION_ERROR')
          throw new Error(`failed for ${JSON.stringify(body)}`, { cause: error })
      }
    }
    expect(count).toBeGreaterThan(300)
  },
)
