import { expect, test } from 'vitest'
import { ASKS, exchange, schema, TOOLS } from '../testing/exchange.ts'
import type { Body } from '../testing/exchange.ts'
import { wireAnswer } from '../testing/wire-formats.ts'
import { sealedReasoning } from './reading.ts'
import { readRequest } from './translation.ts'

/*
 * Conversations in the wire formats of OpenAI and Anthropic, through the packages of the AI SDK. The provider is a function that answers with
 * bytes, in chunks of any size.
 */

const IMAGE = 'iVBORw0KGgo='

test('two rounds of parallel tools of a chat reach Anthropic as blocks', async () => {
  const call = (id: string) => ({
    id,
    type: 'function',
    function: { name: 'weather', arguments: `{"city":"${id}"}` },
  })
  const round = (a: string, b: string) => [
    { role: 'assistant', content: null, tool_calls: [call(a), call(b)] },
    { role: 'tool', tool_call_id: a, content: `${a} sunny` },
    { role: 'tool', tool_call_id: b, content: `${b} rainy` },
  ]
  const messages = [
    { role: 'system', content: 'Be brief' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}` } },
      ],
    },
    ...round('c1', 'c2'),
    ...round('c3', 'c4'),
  ]
  const body = {
    messages,
    ...TOOLS.chat,
    max_tokens: 50,
    temperature: 0.5,
    stop: 'END',
    tool_choice: 'required',
  }
  const { sent, path } = await exchange(
    'chat',
    'messages',
    body,
    wireAnswer('messages', { model: 'm' }),
  )
  expect(path).toBe('messages')
  expect(sent).toMatchObject({
    model: 'm',
    max_tokens: 50,
    temperature: 0.5,
    stop_sequences: ['END'],
    tool_choice: { type: 'any' },
  })
  expect(JSON.stringify(sent['system'])).toContain('Be brief')
  const said = sent['messages'] as { role: string; content: Body[] }[]
  expect(said.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
  expect(said[0]?.content[1]).toMatchObject({
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: IMAGE },
  })
  expect(said[1]?.content).toMatchObject([
    { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'c1' } },
    { type: 'tool_use', id: 'c2' },
  ])
  expect(said[2]?.content).toMatchObject([
    { type: 'tool_result', tool_use_id: 'c1' },
    { type: 'tool_result', tool_use_id: 'c2' },
  ])
  expect(JSON.stringify(said[2]?.content[1])).toContain('c2 rainy')
})

test('tools, images and errors of messages reach a provider of chat completions', async () => {
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: IMAGE } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'Wait' },
        { type: 'tool_use', id: 't1', name: 'weather', input: { city: 'x' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't1', content: 'down', is_error: true },
        { type: 'text', text: 'Again' },
      ],
    },
  ]
  const body = {
    system: [{ type: 'text', text: 'Be brief' }],
    messages,
    ...TOOLS.messages,
    max_tokens: 50,
    stop_sequences: ['END'],
    tool_choice: { type: 'tool', name: 'weather' },
  }
  const { sent } = await exchange('messages', 'chat', body, wireAnswer('chat', { model: 'm' }))
  expect(sent).toMatchObject({
    max_tokens: 50,
    stop: ['END'],
    tool_choice: { type: 'function', function: { name: 'weather' } },
  })
  expect(sent['messages']).toMatchObject([
    { role: 'system', content: 'Be brief' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${IMAGE}` } },
      ],
    },
    {
      role: 'assistant',
      content: 'Wait',
      tool_calls: [{ id: 't1', function: { name: 'weather', arguments: '{"city":"x"}' } }],
    },
    { role: 'tool', tool_call_id: 't1', content: 'down' },
    { role: 'user', content: 'Again' },
  ])
})

test('thinking of Anthropic comes back with its signature through responses, and is left out elsewhere (requirement 22)', async () => {
  const answer = {
    ...(wireAnswer('messages', { model: 'm' }) as Body),
    content: [
      { type: 'thinking', thinking: 'Hm', signature: 'SIG==' },
      { type: 'text', text: 'Ho' },
    ],
  }
  const { whole } = await exchange('responses', 'messages', ASKS.responses, answer)
  const [reasoning, message] = whole['output'] as Body[]
  expect(reasoning).toMatchObject({
    type: 'reasoning',
    summary: [{ text: 'Hm' }],
    encrypted_content: sealedReasoning('anthropic', 'SIG=='),
  })
  const input = [
    { role: 'user', content: 'Hi' },
    reasoning,
    message,
    { role: 'user', content: 'Go on' },
  ]
  const back = await exchange('responses', 'messages', { input }, answer)
  const said = back.sent['messages'] as { content: Body[] }[]
  expect(said[1]?.content[0]).toEqual({ type: 'thinking', thinking: 'Hm', signature: 'SIG==' })
  const elsewhere = await exchange(
    'responses',
    'chat',
    { input },
    wireAnswer('chat', { model: 'm' }),
  )
  expect(JSON.stringify(elsewhere.sent)).not.toContain('SIG')
  const history = [
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'SIG==' },
        { type: 'redacted_thinking', data: 'R' },
        { type: 'text', text: 'Ho' },
      ],
    },
    { role: 'user', content: 'Go on' },
  ]
  const dropped = await exchange(
    'messages',
    'responses',
    { messages: history, max_tokens: 9 },
    wireAnswer('responses', { model: 'm' }),
  )
  expect(JSON.stringify(dropped.sent)).not.toMatch(/SIG|thinking/)
})

test('encrypted reasoning of OpenAI comes back through the signature of a message (requirement 22)', async () => {
  const response = wireAnswer('responses', { model: 'm' }) as { output: Body[] }
  const answer = {
    ...response,
    output: [
      {
        type: 'reasoning',
        id: 'rs_9',
        summary: [{ type: 'summary_text', text: 'Hm' }],
        encrypted_content: 'ENC',
      },
      ...response.output,
    ],
  }
  const { whole } = await exchange('messages', 'responses', ASKS.messages, answer)
  const [thinking] = whole['content'] as Body[]
  expect(thinking).toMatchObject({ type: 'thinking', thinking: 'Hm' })
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: whole['content'] },
    { role: 'user', content: 'Go on' },
  ]
  const back = await exchange('messages', 'responses', { messages, max_tokens: 9 }, answer)
  expect(back.sent['store']).toBe(false)
  expect(back.sent['input']).toContainEqual(
    expect.objectContaining({ type: 'reasoning', id: 'rs_9', encrypted_content: 'ENC' }),
  )
})

test.each([
  ['chat', { response_format: { type: 'json_schema', json_schema: { name: 'out', schema } } }],
  ['responses', { text: { format: { type: 'json_schema', name: 'out', schema } } }],
  ['messages', { output_config: { format: { type: 'json_schema', schema } } }],
] as const)(
  'the schema of a structured answer of %s reaches the provider',
  async (client, more) => {
    const into = client === 'responses' ? 'chat' : 'responses'
    const { sent } = await exchange(
      client,
      into,
      { ...ASKS[client], ...more },
      wireAnswer(into, { model: 'm' }),
    )
    expect(JSON.stringify(sent)).toContain('"city"')
    expect(JSON.stringify(sent)).toContain('json_schema')
  },
)

test('an answer that was cut by its limit, and a refusal, say so in each protocol', async () => {
  const base = wireAnswer('chat', { model: 'm' }) as { choices: Body[] }
  const ended = (finish_reason: string) => ({
    ...base,
    choices: [{ ...base.choices[0], finish_reason }],
  })
  const long = await exchange('messages', 'chat', ASKS.messages, ended('length'))
  expect(long.whole['stop_reason']).toBe('max_tokens')
  const refused = await exchange('messages', 'chat', ASKS.messages, ended('content_filter'))
  expect(refused.whole['stop_reason']).toBe('refusal')
  const incomplete = await exchange('responses', 'chat', ASKS.responses, ended('length'))
  expect(incomplete.whole).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
  })
})

test.each([
  ['chat', { n: 2 }, 'n over 1'],
  ['chat', { tools: [{ type: 'custom' }] }, 'no function'],
  ['responses', { previous_response_id: 'resp_1' }, 'previous_response_id'],
  ['responses', { tools: [{ type: 'mcp', server_url: 'http://a.test' }] }, 'mcp'],
  ['messages', { tools: [{ type: 'web_search_20250305', name: 'x' }] }, 'web_search'],
] as const)('what has no counterpart is refused: %s %j', (client, more, what) => {
  expect(() => readRequest(client, { ...ASKS[client], ...more })).toThrow(what)
})
