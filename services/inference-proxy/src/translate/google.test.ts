import { expect, test } from 'vitest'
import { ASKS, exchange, schema, TOOLS } from '../testing/exchange.ts'
import type { Body } from '../testing/exchange.ts'
import { wireAnswer } from '../testing/wire-formats.ts'
import { sealedReasoning } from './reading.ts'

/* Conversations with the Gemini API in its own format. Source: https://ai.google.dev/api/generate-content and .../gemini-api/docs/thought-signatures. */

const IMAGE = 'iVBORw0KGgo='
const simple = wireAnswer('google', { model: 'm' })

const answered = (parts: readonly object[], more: object = { finishReason: 'STOP' }): object => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 3, thoughtsTokenCount: 4 },
})
const streamed = (parts: readonly object[]): string =>
  [...parts.map((part) => answered([part], {})), answered([])]
    .map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`)
    .join('')

test('two rounds of parallel tools, an image and the settings of a chat reach Google', async () => {
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
  const url = `data:image/png;base64,${IMAGE}`
  const messages = [
    { role: 'system', content: 'Be brief' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look' },
        { type: 'image_url', image_url: { url } },
      ],
    },
    ...round('c1', 'c2'),
    ...round('c3', 'c4'),
  ]
  const { sent, path } = await exchange(
    'chat',
    'google',
    {
      messages,
      ...TOOLS.chat,
      max_tokens: 50,
      temperature: 0.5,
      stop: 'END',
      tool_choice: 'required',
    },
    simple,
  )
  expect(path).toBe('models/m:generateContent')
  expect(sent).toMatchObject({
    systemInstruction: { parts: [{ text: 'Be brief' }] },
    generationConfig: { maxOutputTokens: 50, temperature: 0.5, stopSequences: ['END'] },
    toolConfig: { functionCallingConfig: { mode: 'ANY' } },
  })
  expect(JSON.stringify(sent['tools'])).toContain('"weather"')
  const said = sent['contents'] as { role: string; parts: Body[] }[]
  expect(said.map(({ role }) => role)).toEqual(['user', 'model', 'user', 'model', 'user'])
  expect(said[0]?.parts).toMatchObject([
    { text: 'Look' },
    { inlineData: { mimeType: 'image/png', data: IMAGE } },
  ])
  expect(said[1]?.parts).toMatchObject([
    { functionCall: { name: 'weather', args: { city: 'c1' } } },
    { functionCall: { name: 'weather', args: { city: 'c2' } } },
  ])
  expect(said[2]?.parts).toMatchObject([
    { functionResponse: { name: 'weather' } },
    { functionResponse: { name: 'weather' } },
  ])
  expect(JSON.stringify(said[2]?.parts[1])).toContain('c2 rainy')
})

test('a schema for the answer and an effort of thinking reach Google', async () => {
  const { sent } = await exchange(
    'responses',
    'google',
    {
      ...ASKS.responses,
      reasoning: { effort: 'low' },
      text: { format: { type: 'json_schema', name: 'out', schema } },
    },
    simple,
  )
  expect(sent['generationConfig']).toMatchObject({
    responseMimeType: 'application/json',
    responseJsonSchema: { properties: { city: { type: 'string' } } },
    thinkingConfig: { includeThoughts: true },
  })
})

const thinking = { text: 'Hm', thought: true, thoughtSignature: 'U0lHVA==' }
const called = {
  functionCall: { id: 'c1', name: 'weather', args: { city: 'x' } },
  thoughtSignature: 'U0lHQw==',
}

/** The next request of a client of a protocol that had this answer. */
const nextOf: Readonly<Record<'messages' | 'responses' | 'chat', (whole: Body) => Body>> = {
  messages: (whole) => ({
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: whole['content'] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'sunny' }] },
    ],
    max_tokens: 9,
  }),
  responses: (whole) => ({
    input: [
      { role: 'user', content: 'Hi' },
      ...(whole['output'] as Body[]),
      { type: 'function_call_output', call_id: 'c1', output: 'sunny' },
    ],
  }),
  chat: (whole) => ({
    messages: [
      { role: 'user', content: 'Hi' },
      (whole['choices'] as { message: Body }[])[0]?.message,
      { role: 'tool', tool_call_id: 'c1', content: 'sunny' },
    ],
  }),
}

test.each(
  (['messages', 'responses', 'chat'] as const).flatMap((client) =>
    [false, true].map((stream) => [client, stream] as const),
  ),
)(
  'the signatures of Google come back with the next request of %s (stream: %s, requirement 22)',
  async (client, stream) => {
    const parts = [thinking, called]
    const body = { ...ASKS[client], ...TOOLS[client], stream }
    const answer = stream ? streamed(parts) : answered(parts)
    const { whole } = await exchange(client, 'google', body, answer)
    const { sent } = await exchange(client, 'google', nextOf[client](whole), simple)
    const said = sent['contents'] as { parts: Body[] }[]
    const call = said[1]?.parts.find((part) => part['functionCall'] !== undefined)
    expect(call).toMatchObject({
      functionCall: { name: 'weather', args: { city: 'x' } },
      thoughtSignature: 'U0lHQw==',
    })
    // Chat completions have no place for what a model thought.
    const thoughts = said[1]?.parts.filter((part) => part['thought'] === true)
    expect(thoughts).toEqual(client === 'chat' ? [] : [thinking])
  },
)

test('the signatures of Google mean nothing to another provider', async () => {
  const { whole } = await exchange(
    'messages',
    'google',
    ASKS.messages,
    answered([thinking, called]),
  )
  expect(JSON.stringify(whole)).toContain(sealedReasoning('google', 'U0lHVA=='))
  const { sent } = await exchange(
    'messages',
    'responses',
    nextOf.messages(whole),
    wireAnswer('responses', { model: 'm' }),
  )
  expect(JSON.stringify(sent)).not.toMatch(/U0lH|alkhub-google/)
})

test.each([
  [{ finishReason: 'MAX_TOKENS' }, 'length'],
  [{ finishReason: 'SAFETY' }, 'content_filter'],
  [{ finishReason: 'STOP' }, 'stop'],
])('an answer that ended with %j says so in a chat', async (more, reason) => {
  const { whole } = await exchange('chat', 'google', ASKS.chat, answered([{ text: 'Ho' }], more))
  expect(whole).toMatchObject({
    choices: [{ finish_reason: reason }],
    usage: {
      prompt_tokens: 5,
      completion_tokens: 7,
      completion_tokens_details: { reasoning_tokens: 4 },
    },
  })
})

test('a prompt that Google refuses is a refusal', async () => {
  const refused = {
    promptFeedback: { blockReason: 'SAFETY' },
    usageMetadata: { promptTokenCount: 5 },
  }
  const { whole } = await exchange('messages', 'google', ASKS.messages, refused)
  expect(whole['stop_reason']).toBe('refusal')
})
