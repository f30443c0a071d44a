import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelDialect } from '@alkdev/contracts'
import type { ModelMessage } from 'ai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { callModel } from './call-model.ts'
import type { ModelRequest } from './call-model.ts'
import type { ModelDelta } from './collected-answer.ts'
import { openSeal } from './part-seal.ts'

// What the loop relies on of the AI SDK in the dialects of messages and responses, over their wire formats: in what form a request is sent, what of an answer comes with
// which metadata, what goes back, and what a failure says. Source: the types of `@anthropic-ai/sdk` 1.14.0 and `openai` 7.59.0.

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of every shape
type Body = any

let answer: (response: ServerResponse) => void = () => undefined
const bodies: Body[] = []
let headers: IncomingHttpHeaders = {}
let path: string | undefined
const server = createServer((request, response) => {
  let text = ''
  request.on('data', (chunk: Buffer) => (text += chunk.toString()))
  request.on('end', () => {
    bodies.push(JSON.parse(text))
    ;({ headers, url: path } = request)
    answer(response)
  })
})
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(() => server.closeAllConnections())
beforeEach(() => {
  bodies.length = 0
})

const never = new AbortController().signal
const hi: ModelMessage[] = [{ role: 'user', content: 'Hi' }]
const run = async (dialect: ModelDialect, more: Partial<ModelRequest> = {}) => {
  const deltas: ModelDelta[] = []
  const request: ModelRequest = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    token: 'alkt1.x.y',
    model: 'acme/gpt-5',
    dialect,
    instructions: 'Be brief.',
    messages: hi,
    tools: [{ name: 'call', description: 'Calls.', inputSchema: { type: 'object' } }],
    temperature: 0.5,
    firstByteMs: 5000,
    idleMs: 5000,
    maxMs: 60_000,
    ...more,
  }
  return { ...(await callModel(request, (delta) => deltas.push(delta), never)), deltas }
}
const stream =
  (...events: readonly Body[]) =>
  (response: ServerResponse) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(events.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join(''))

const begun = (usage: object = { input_tokens: 4, output_tokens: 1 }): Body => ({
  type: 'message_start',
  message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], usage },
})
const block = (index: number, opened: Body, ...deltas: Body[]): Body[] => [
  { type: 'content_block_start', index, content_block: opened },
  ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
]
const ended = (reason: string, usage: object = { output_tokens: 7 }): Body[] => [
  { type: 'message_delta', delta: { stop_reason: reason, stop_sequence: null }, usage },
  { type: 'message_stop' },
]
const text = (index: number, said: string): Body[] =>
  block(index, { type: 'text', text: '' }, { type: 'text_delta', text: said })

const response = { id: 'r', object: 'response', created_at: 1, model: 'gpt-5' }
const created: Body = {
  type: 'response.created',
  response: { ...response, status: 'in_progress', output: [], usage: null },
}
const item = (at: number, whole: Body, opened: Body, ...between: Body[]): Body[] => [
  { type: 'response.output_item.added', output_index: at, item: opened },
  ...between.map((one) => ({ output_index: at, item_id: whole.id, ...one })),
  { type: 'response.output_item.done', output_index: at, item: whole },
]
const completed = (more: object = {}): Body => ({
  type: 'response.completed',
  response: {
    ...response,
    status: 'completed',
    output: [],
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 16,
    },
    ...more,
  },
})
const sealsOf = ({ parts }: Awaited<ReturnType<typeof run>>) =>
  parts.map((part) => [
    part.kind,
    part.kind === 'tool-call' ? part.call.modelCallId : part.text,
    openSeal(part.seal),
  ])

test('messages: signed, hidden and redacted thinking come as parts in their order, with their signatures', async () => {
  answer = stream(
    begun({
      input_tokens: 4,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 2,
      output_tokens: 1,
    }),
    ...block(
      0,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'Hm' },
      { type: 'thinking_delta', thinking: '.' },
      { type: 'signature_delta', signature: 's1' },
    ),
    ...block(
      1,
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'signature_delta', signature: 's2' },
    ),
    ...block(2, { type: 'redacted_thinking', data: 'r' }),
    ...text(3, 'I look.'),
    ...block(
      4,
      { type: 'tool_use', id: 'c1', name: 'call', input: {} },
      { type: 'input_json_delta', partial_json: '{"a":' },
      { type: 'input_json_delta', partial_json: '1}' },
    ),
    ...block(5, { type: 'tool_use', id: 'c2', name: 'call', input: {} }),
    ...ended('tool_use'),
  )
  const made = await run('messages')
  expect(sealsOf(made)).toEqual([
    ['reasoning', 'Hm.', { anthropic: { signature: 's1' } }],
    ['reasoning', '', { anthropic: { signature: 's2' } }],
    ['reasoning', '', { anthropic: { redactedData: 'r' } }],
    ['text', 'I look.', undefined],
    ['tool-call', 'c1', undefined],
    ['tool-call', 'c2', undefined],
  ])
  expect(made).toMatchObject({
    finishReason: 'tool-calls',
    inputTokens: 9,
    outputTokens: 7,
    cachedTokens: 3,
  })
  expect(made.deltas.map(({ kind, text: piece }) => `${kind} ${piece}`)).toEqual([
    'reasoning Hm.',
    'text I look.',
    'tool-input {"a":1}',
  ])
})

test('responses: summaries come as parts of their item, the encrypted form with the last of them', async () => {
  const reasoning = { type: 'reasoning', id: 'rs', encrypted_content: 'e' }
  const call = { type: 'function_call', id: 'fc', call_id: 'c1', name: 'call' }
  const part = (at: number, delta: string): Body[] => [
    {
      type: 'response.reasoning_summary_part.added',
      summary_index: at,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.reasoning_summary_text.delta', summary_index: at, delta },
    {
      type: 'response.reasoning_summary_part.done',
      summary_index: at,
      part: { type: 'summary_text', text: delta },
    },
  ]
  const summary = ['A', 'B'].map((one) => ({ type: 'summary_text', text: one }))
  answer = stream(
    created,
    ...item(
      0,
      { ...reasoning, summary },
      { ...reasoning, encrypted_content: '', summary: [] },
      ...part(0, 'A'),
      ...part(1, 'B'),
    ),
    ...item(
      1,
      { ...call, arguments: '{"a":1}', status: 'completed' },
      { ...call, arguments: '', status: 'in_progress' },
      {
        type: 'response.function_call_arguments.delta',
        delta: '{"a":1}',
      },
    ),
    completed(),
  )
  const made = await run('responses')
  const [first, second, asked] = sealsOf(made)
  expect(first).toMatchObject(['reasoning', 'A', { openai: { itemId: 'rs' } }])
  expect(second).toMatchObject([
    'reasoning',
    'B',
    { openai: { itemId: 'rs', reasoningEncryptedContent: 'e' } },
  ])
  expect(asked).toMatchObject(['tool-call', 'c1', { openai: { itemId: 'fc' } }])
  expect(made).toMatchObject({
    finishReason: 'tool-calls',
    inputTokens: 9,
    outputTokens: 7,
    cachedTokens: 3,
  })
})

const asked = (...content: Body[]): ModelMessage[] => [
  ...hi,
  {
    role: 'assistant',
    content: [...content, { type: 'tool-call', toolCallId: 'own-id', toolName: 'gone', input: {} }],
  },
  {
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        toolCallId: 'own-id',
        toolName: 'gone',
        output: { type: 'text', value: 'x' },
      },
    ],
  },
]

test('messages: the request names the model in full, has no limit of its own, marks what is to be kept, and brings thinking back as it was', async () => {
  answer = stream(begun(), ...text(0, 'ok'), ...ended('end_turn'))
  await run('messages', {
    messages: asked(
      { type: 'reasoning', text: 'Hm.', providerOptions: { anthropic: { signature: 's1' } } },
      { type: 'reasoning', text: '', providerOptions: { anthropic: { redactedData: 'r' } } },
      { type: 'text', text: 'I look.' },
    ),
  })
  const mark = { type: 'ephemeral' }
  expect(path).toBe('/v1/messages')
  expect(headers).toMatchObject({
    authorization: 'Bearer alkt1.x.y',
    'anthropic-version': '2023-06-01',
  })
  expect(headers['x-api-key']).toBeUndefined()
  expect(bodies[0]).toMatchObject({
    model: 'acme/gpt-5',
    stream: true,
    temperature: 0.5,
    system: [{ type: 'text', text: 'Be brief.', cache_control: mark }],
    tools: [{ name: 'call', input_schema: { type: 'object' } }],
  })
  expect(bodies[0].max_tokens).toBeUndefined()
  expect(bodies[0].messages).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: mark }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 's1' },
        { type: 'redacted_thinking', data: 'r' },
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'own-id', name: 'gone', input: {} },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'own-id', content: 'x', cache_control: mark }],
    },
  ])
})

test('responses: nothing is stored, tools take optional members, and the parts of an item of reasoning go back as one', async () => {
  answer = stream(created, completed())
  const openai = { itemId: 'rs', reasoningEncryptedContent: null as string | null }
  await run('responses', {
    messages: asked(
      { type: 'reasoning', text: 'A', providerOptions: { openai } },
      {
        type: 'reasoning',
        text: 'B',
        providerOptions: { openai: { ...openai, reasoningEncryptedContent: 'e' } },
      },
    ),
  })
  expect(path).toBe('/v1/responses')
  expect(headers.authorization).toBe('Bearer alkt1.x.y')
  expect(bodies[0]).toMatchObject({
    model: 'acme/gpt-5',
    store: false,
    include: ['reasoning.encrypted_content'],
    tools: [{ type: 'function', name: 'call', strict: false }],
  })
  // A model that reasons takes none.
  expect(bodies[0].temperature).toBeUndefined()
  expect(bodies[0].input).toEqual([
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    {
      type: 'reasoning',
      id: 'rs',
      encrypted_content: 'e',
      summary: ['A', 'B'].map((one) => ({ type: 'summary_text', text: one })),
    },
    { type: 'function_call', call_id: 'own-id', name: 'gone', arguments: '{}' },
    { type: 'function_call_output', call_id: 'own-id', output: 'x' },
  ])
})

test('responses: a model that is not known to reason is asked for no encrypted form, which it would refuse', async () => {
  answer = stream(created, completed())
  await run('responses', { model: 'acme/gpt-4o' })
  expect(bodies[0].include).toBeUndefined()
  expect(bodies[0].temperature).toBe(0.5)
})

test('chat: the signature of a tool call comes as its metadata and goes back with it', async () => {
  const chunk = (delta: object, finish: string | null = null): Body => ({
    id: 'x',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const signed = { extra_content: { google: { thought_signature: 't' } } }
  const call = { index: 0, id: 'c', type: 'function', function: { name: 'call', arguments: '{}' } }
  answer = (reply) =>
    reply
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(
        [chunk({ tool_calls: [{ ...call, ...signed }] }), chunk({}, 'tool_calls')]
          .map((one) => `data: ${JSON.stringify(one)}\n\n`)
          .join(''),
      )
  const made = await run('chat')
  const seal = openSeal(made.parts[0]?.seal)
  expect(seal).toEqual({ alkhub: { thoughtSignature: 't' } })
  const [first, , result] = asked()
  const content = [
    { type: 'tool-call', toolCallId: 'own-id', toolName: 'gone', input: {}, providerOptions: seal },
  ]
  await run('chat', {
    messages: [first, { role: 'assistant', content }, result] as ModelMessage[],
  })
  expect(bodies[1].messages[2].tool_calls[0]).toMatchObject({ id: 'own-id', ...signed })
})

const httpError =
  (status: number, error: object, more: Record<string, string> = {}) =>
  (reply: ServerResponse) =>
    reply
      .writeHead(status, { 'content-type': 'application/json', ...more })
      .end(JSON.stringify({ type: 'error', error }))
const invalid = (message: string) => ({ type: 'invalid_request_error', message })

test.each<[ModelDialect, number, object, object]>([
  ['messages', 401, { type: 'authentication_error', message: 'No.' }, { reason: 'revoked' }],
  [
    'messages',
    402,
    { type: 'billing_error', message: 'No.', code: 'budget_exceeded', param: 'b' },
    { reason: 'budget', budgetId: 'b' },
  ],
  ['messages', 400, invalid('prompt is too long: 9 tokens > 8'), { reason: 'context-exhausted' }],
  ['messages', 429, { type: 'rate_limit_error', message: 'No.' }, { reason: 'rate-limit' }],
  ['messages', 529, { type: 'overloaded_error', message: 'No.' }, { isRetryable: true }],
  ['messages', 400, invalid('No.'), { reason: 'provider-error', isRetryable: false, status: 400 }],
  [
    'responses',
    402,
    { message: 'No.', code: 'budget_exceeded', param: 'b' },
    { reason: 'budget', budgetId: 'b' },
  ],
  [
    'responses',
    400,
    { message: 'Too long.', code: 'context_length_exceeded' },
    { reason: 'context-exhausted' },
  ],
  ['responses', 429, { message: 'No.' }, { reason: 'rate-limit', retryAfterMs: 30_000 }],
  ['responses', 409, { message: 'No.', code: 'response_target_gone' }, { status: 409 }],
])('%s: an answer %i %j is a failure %j', async (dialect, status, error, expected) => {
  answer = httpError(status, error, { 'retry-after': '30' })
  await expect(run(dialect)).rejects.toMatchObject(expected)
  expect(bodies).toHaveLength(1)
})

const failedResponse = (code: string): Body => ({
  type: 'response.failed',
  sequence_number: 0,
  response: { ...response, status: 'failed', error: { code, message: 'No.' } },
})
const failedMessage = (type: string, more: object = {}): Body => ({
  type: 'error',
  error: { type, message: 'No.', ...more },
})

// A stream may have begun with comments before its provider was asked.
test.each<[ModelDialect, Body[], object]>([
  ['messages', [failedMessage('rate_limit_error')], { reason: 'rate-limit' }],
  [
    'messages',
    [failedMessage('authentication_error', { code: 'unauthenticated' })],
    { reason: 'revoked' },
  ],
  ['messages', [failedMessage('invalid_request_error')], { status: 400, isRetryable: false }],
  [
    'messages',
    [begun(), ...text(0, 'Hel'), failedMessage('overloaded_error')],
    { reason: 'provider-error', isRetryable: true },
  ],
  ['messages', [begun(), ...text(0, 'Hel')], { code: 'PROVIDER_LOST', isRetryable: true }],
  ['messages', [begun()], { isRetryable: true }],
  [
    'messages',
    [begun(), ...text(0, 'Hel'), ...ended('model_context_window_exceeded')],
    { reason: 'context-exhausted' },
  ],
  ['responses', [failedResponse('rate_limit_exceeded')], { reason: 'rate-limit' }],
  [
    'responses',
    [created, failedResponse('context_length_exceeded')],
    { reason: 'context-exhausted' },
  ],
  ['responses', [created, failedResponse('invalid_encrypted_content')], { status: 400 }],
  ['responses', [created, failedResponse('server_error')], { isRetryable: true }],
  ['responses', [created], { isRetryable: true }],
])('%s: a stream %j is a failure %j', async (dialect, events, expected) => {
  answer = stream(...events)
  await expect(run(dialect)).rejects.toMatchObject(expected)
  expect(bodies).toHaveLength(1)
})

test.each<[ModelDialect, Body[]]>([
  ['messages', [begun(), ...text(0, 'No.'), ...ended('refusal')]],
  [
    'responses',
    [
      created,
      ...item(
        0,
        {
          type: 'message',
          id: 'm',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'refusal', refusal: 'No.' }],
        },
        { type: 'message', id: 'm', role: 'assistant', status: 'in_progress', content: [] },
        { type: 'response.refusal.delta', content_index: 0, delta: 'No.' },
        { type: 'response.refusal.done', content_index: 0, refusal: 'No.' },
      ),
      completed(),
    ],
  ],
])('%s: a refusal is an answer with its text', async (dialect, events) => {
  answer = stream(...events)
  const { finishReason, parts } = await run(dialect)
  expect(finishReason).toBe('content-filter')
  expect(parts).toMatchObject([{ kind: 'text', text: 'No.' }])
})
