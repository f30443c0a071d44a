import Anthropic from '@anthropic-ai/sdk'
import { must } from '@alkdev/std'
import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { namedEvents, sendEvents, sendJson } from './testing/recorded-upstream.ts'
import { writePrices } from './testing/priced-upstream.ts'
import { startTestProxy } from './testing/test-proxy.ts'
import type { TestProxy } from './testing/test-proxy.ts'
import { startTestUpstream } from './testing/test-upstream.ts'
import type { Handler, TestUpstream } from './testing/test-upstream.ts'

type Body = Record<string, unknown> & { readonly stream?: boolean }
/** What the model does in a round: calls of tools, or a text. */
type Step = string | readonly (readonly [name: string, args: object])[]

let proxy: TestProxy
let upstream: TestUpstream
let prices: Awaited<ReturnType<typeof writePrices>>
let key: string
/** The rounds of the model, and the requests that it got. */
let steps: Step[]
let requests: Body[]

const READ: Step = [['hub__call', { operationId: 'inference.models' }]]
const CREATE: Step = [['hub__call', { operationId: 'budgets.delete', input: { id: 'x' } }]]

beforeAll(async () => {
  upstream = await startTestUpstream()
  prices = await writePrices({
    'acme/*': { input: 2, output: 10 },
    'claude/*': { input: 2, output: 10 },
  })
  proxy = await startTestProxy({ inference: { pricesFile: prices.path } })
  await proxy.addProvider('acme', {
    baseUrl: upstream.serve(respond),
    models: ['m'],
    endpoints: ['responses'],
  })
  await proxy.addProvider('claude', {
    baseUrl: upstream.serve(respond),
    models: ['m'],
    protocol: 'anthropic',
  })
  ;({ key } = await proxy.createKey())
})
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]()
  await upstream?.[Symbol.asyncDispose]()
  await prices?.[Symbol.asyncDispose]()
})
beforeEach(() => {
  requests = []
})

const respond: Handler = (answer, request) => {
  const body = JSON.parse(request.text ?? '') as Body
  requests.push(body)
  const step = steps.shift() ?? 'the end'
  const n = requests.length
  if (request.url?.endsWith('/messages') === true) return message(answer, body, step, n)
  const output =
    typeof step === 'string'
      ? [
          {
            type: 'message',
            id: `msg_${n}`,
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: step, annotations: [] }],
          },
        ]
      : step.map(([name, args], at) => ({
          type: 'function_call',
          id: `fc_${n}_${at}`,
          call_id: `call_${n}_${at}`,
          name,
          arguments: JSON.stringify(args),
          status: 'completed',
        }))
  const response = {
    id: `resp_${n}`,
    object: 'response',
    created_at: 1,
    status: 'completed',
    model: 'm',
    output,
    usage: { input_tokens: 10 * n, output_tokens: n, total_tokens: 11 * n },
  }
  if (body.stream !== true) return sendJson(answer, response)
  const begun = { ...response, status: 'in_progress', output: [], usage: null }
  const items = output.flatMap((item, output_index) => {
    const place = { output_index, item_id: item.id }
    const [begun, delta] =
      'content' in item
        ? [
            { ...item, content: [] },
            { type: 'response.output_text.delta', content_index: 0, delta: step },
          ]
        : [
            { ...item, arguments: '' },
            { type: 'response.function_call_arguments.delta', delta: item.arguments },
          ]
    return [
      { type: 'response.output_item.added', output_index, item: begun },
      { ...delta, ...place },
      { type: 'response.output_item.done', output_index, item },
    ]
  })
  return sendEvents(
    answer,
    namedEvents(
      { type: 'response.created', ...{ response: begun } },
      { type: 'response.in_progress', ...{ response: begun } },
      ...items,
      { type: 'response.completed', ...{ response } },
    ),
  )
}

function message(answer: Parameters<Handler>[0], body: Body, step: Step, n: number): void {
  const content =
    typeof step === 'string'
      ? [{ type: 'text', text: step }]
      : step.map(([name, input], at) => ({ type: 'tool_use', id: `toolu_${n}_${at}`, name, input }))
  const stop_reason = typeof step === 'string' ? 'end_turn' : 'tool_use'
  const base = {
    ...{ id: `msg_${n}`, type: 'message', role: 'assistant', model: 'm', stop_sequence: null },
  }
  const usage = { input_tokens: 10 * n, output_tokens: n }
  if (body.stream !== true) return sendJson(answer, { ...base, content, stop_reason, usage })
  const blocks = content.flatMap((block, index) => {
    const isText = block.type === 'text'
    const opened = isText ? { type: 'text', text: '' } : { ...block, input: {} }
    const delta = isText
      ? { type: 'text_delta', text: step }
      : { type: 'input_json_delta', partial_json: JSON.stringify('input' in block && block.input) }
    return [
      { type: 'content_block_start', index, content_block: opened },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]
  })
  const started = { ...base, content: [], stop_reason: null, usage }
  return sendEvents(
    answer,
    namedEvents(
      { type: 'message_start', ...{ message: started } },
      ...blocks,
      {
        type: 'message_delta',
        ...{ delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: n } },
      },
      { type: 'message_stop' },
    ),
  )
}

const hubUrl = (): string => `${proxy.service.url}/mcp`
const hub = (more: object = {}): object => ({
  type: 'mcp',
  server_label: 'hub',
  server_url: hubUrl(),
  require_approval: 'never',
  ...more,
})
const openai = (): OpenAI =>
  new OpenAI({ apiKey: key, baseURL: `${proxy.service.url}/v1`, maxRetries: 0 })

function ask(body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${proxy.service.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'acme/m', input: 'Which models are there?', ...body }),
  })
}

interface Answer {
  readonly output: readonly Record<string, unknown>[]
  readonly usage: object
}

test('a response calls operations of the hub in rounds, in the rights of its caller, and each call is in the history under its model call', async () => {
  steps = [[['hub__search', { query: 'models' }]], READ, 'There is one.']
  const response = await ask({ tools: [hub(), { type: 'function', name: 'own', parameters: {} }] })
  expect(response.status).toBe(200)
  const { output, usage } = (await response.json()) as Answer
  expect(output).toMatchObject([
    { type: 'mcp_call', server_label: 'hub', name: 'search', status: 'completed' },
    { type: 'mcp_call', name: 'call', output: expect.stringContaining('acme/m') },
    { type: 'message', content: [{ text: 'There is one.' }] },
  ])
  expect(usage).toMatchObject({ input_tokens: 60, output_tokens: 6 })
  expect(response.headers.get('x-alkhub-cost-micros')).toBe(String(60 * 2 + 6 * 10))
  const [first, , third] = requests
  const tools = must(first)['tools'] as { name: string }[]
  expect(tools.map(({ name }) => name)).toEqual([
    'own',
    'hub__list',
    'hub__search',
    'hub__schema',
    'hub__call',
  ])
  expect(third?.['input']).toMatchObject([
    { role: 'user', content: 'Which models are there?' },
    { type: 'function_call', call_id: 'call_1_0' },
    { type: 'function_call_output', call_id: 'call_1_0' },
    { type: 'function_call', call_id: 'call_2_0' },
    { type: 'function_call_output', call_id: 'call_2_0' },
  ])
  const ids = (response.headers.get('x-alkhub-calls') ?? '').split(',')
  expect(ids).toHaveLength(3)
  const rows = () => proxy.database.sql<{ id: string; parent_id: string | null }[]>`
    select id, parent_id from inference_usage where id = any(${ids}) order by started_at`
  await expect
    .poll(async () => [...(await rows())])
    .toEqual([
      { id: ids[0], parent_id: null },
      { id: ids[1], parent_id: ids[0] },
      { id: ids[2], parent_id: ids[0] },
    ])
  const called = async () => {
    const [call] = await proxy.database.sql<{ parent: string }[]>`
      select parent_id as parent from call_log where operation_name = 'inference.models'`
    return call?.parent
  }
  await expect.poll(called).toBe(ids[1])
})

test('the tags of a request are on the row of each of its rounds', async () => {
  steps = [READ, 'There is one.']
  const response = await ask({ tools: [hub()] }, { 'x-alkhub-tags': 'team-a, batch:7' })
  const ids = (response.headers.get('x-alkhub-calls') ?? '').split(',')
  // An answer leaves while its row is written.
  const tags = async () => [
    ...(await proxy.database.sql`select tags from inference_usage where id = any(${ids})`),
  ]
  await expect
    .poll(tags)
    .toEqual([{ tags: ['team-a', 'batch:7'] }, { tags: ['team-a', 'batch:7'] }])
})

test('a stream of a response shows the calls as events, with one beginning and one end', async () => {
  steps = [READ, 'There is one.']
  const stream = await openai().responses.create({
    model: 'acme/m',
    input: 'Which?',
    stream: true,
    tools: [hub() as never],
  })
  const types: string[] = []
  const numbers: number[] = []
  let final: unknown
  for await (const event of stream) {
    types.push(event.type)
    numbers.push(event.sequence_number)
    if (event.type === 'response.completed') final = event.response
  }
  expect(types).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.mcp_call.in_progress',
    'response.mcp_call_arguments.done',
    'response.mcp_call.completed',
    'response.output_item.done',
    'response.output_item.added',
    'response.output_text.delta',
    'response.output_item.done',
    'response.completed',
  ])
  expect(numbers).toEqual(numbers.map((_, at) => at))
  expect(final).toMatchObject({
    output: [{ type: 'mcp_call' }, { type: 'message' }],
    usage: { input_tokens: 30, output_tokens: 3 },
  })
})

test('without require_approval the client is asked, and its approval makes the call, its denial does not', async () => {
  steps = [READ]
  const tools = [hub({ require_approval: undefined })]
  const asked = (await (await ask({ tools })).json()) as Answer
  expect(asked.output).toMatchObject([
    { type: 'mcp_approval_request', name: 'call', server_label: 'hub' },
  ])
  expect(requests).toHaveLength(1)
  const [question] = asked.output
  const answered = (approve: boolean): object => ({
    tools,
    input: [
      { role: 'user', content: 'Which?' },
      question,
      { type: 'mcp_approval_response', approval_request_id: question?.['id'], approve },
    ],
  })
  steps = ['One.']
  const approved = (await (await ask(answered(true))).json()) as Answer
  expect(approved.output).toMatchObject([
    { type: 'mcp_call', output: expect.stringContaining('acme/m') },
    { type: 'message' },
  ])
  steps = ['Then not.']
  const denied = (await (await ask(answered(false))).json()) as Answer
  expect(denied.output).toMatchObject([{ type: 'message' }])
  expect(requests.at(-1)?.['input']).toMatchObject([
    { role: 'user' },
    { type: 'function_call', name: 'hub__call' },
    { type: 'function_call_output', output: expect.stringContaining('denied') },
  ])
})

test('only calls that change something need approval when read-only ones do not', async () => {
  steps = [READ, CREATE]
  const tools = [hub({ require_approval: { never: { read_only: true } } })]
  const { output } = (await (await ask({ tools })).json()) as Answer
  expect(output).toMatchObject([{ type: 'mcp_call' }, { type: 'mcp_approval_request' }])
})

test('a call that fails is shown to the model as an error, and an operation that the caller may not see does not exist', async () => {
  steps = [
    [
      ['hub__call', { operationId: 'accounts.list' }],
      ['hub__call', {}],
    ],
    'I cannot.',
  ]
  const { output } = (await (await ask({ tools: [hub()] })).json()) as Answer
  expect(output).toMatchObject([
    { type: 'mcp_call', status: 'failed', output: null, error: expect.any(String) },
    { type: 'mcp_call', status: 'failed', error: expect.stringContaining('operationId') },
    { type: 'message' },
  ])
})

test('a message calls operations of the hub in any model, also of a provider with another protocol, whole and as a stream', async () => {
  const client = new Anthropic({ apiKey: key, baseURL: proxy.service.url, maxRetries: 0 })
  for (const model of ['claude/m', 'acme/m'])
    for (const isStream of [false, true]) {
      steps = [READ, 'There is one.']
      requests = []
      const body = {
        model,
        max_tokens: 100,
        messages: [{ role: 'user' as const, content: 'Which?' }],
        tools: [hub() as never],
      }
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const answer = isStream
        ? // oxlint-disable-next-line no-await-in-loop
          await client.messages.stream(body).finalMessage()
        : // oxlint-disable-next-line no-await-in-loop
          await client.messages.create(body)
      expect(answer.content).toMatchObject([
        { type: 'mcp_tool_use', name: 'call', server_name: 'hub' },
        {
          type: 'mcp_tool_result',
          is_error: false,
          content: [{ text: expect.stringContaining('acme/m') }],
        },
        { type: 'text', text: 'There is one.' },
      ])
      expect(answer.stop_reason).toBe('end_turn')
      expect(answer.usage).toMatchObject({ output_tokens: 3 })
      expect(requests).toHaveLength(2)
    }
})

test('a response of a model that serves another protocol calls operations, too', async () => {
  steps = [READ, 'There is one.']
  const response = await ask({ model: 'claude/m', tools: [hub()] })
  const { output } = (await response.json()) as Answer
  expect(output).toMatchObject([{ type: 'mcp_call' }, { type: 'message' }])
})

test('the history of a conversation with calls goes to the model as the calls that they were', async () => {
  steps = ['Hello.']
  await ask({
    tools: [hub()],
    input: [
      { role: 'user', content: 'Which?' },
      { type: 'mcp_list_tools', server_label: 'hub', tools: [] },
      {
        type: 'mcp_call',
        id: 'mcp_call_1_0',
        server_label: 'hub',
        name: 'list',
        arguments: '{}',
        output: '[]',
      },
    ],
  })
  expect(requests[0]?.['input']).toEqual([
    { role: 'user', content: 'Which?' },
    { type: 'function_call', call_id: 'call_1_0', name: 'hub__list', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1_0', output: '[]' },
  ])
})

test('what cannot be obeyed is refused, and the tools of other servers are left to the provider', async () => {
  const status = async (tool: object): Promise<number> => (await ask({ tools: [tool] })).status
  expect(await status(hub({ authorization: 'another-key' }))).toBe(400)
  expect(await status(hub({ require_approval: 'sometimes' }))).toBe(400)
  expect(requests).toEqual([])
  const message = await fetch(`${proxy.service.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'claude/m', max_tokens: 5, messages: [] },
      tools: [hub({ require_approval: 'always' })],
    }),
  })
  expect(message.status).toBe(400)
  steps = ['ok']
  const other = { type: 'mcp', server_label: 'x', server_url: 'https://mcp.example.org/mcp' }
  expect(await status(other)).toBe(200)
  expect(requests[0]?.['tools']).toEqual([other])
})

test('an error of the provider in a later round ends the request with it', async () => {
  steps = [READ]
  const respondOnce = respond
  const failing = upstream.serve((answer, request) => {
    if (requests.length > 0) sendJson(answer, { error: { message: 'no more' } }, 400)
    else respondOnce(answer, request)
  })
  await proxy.addProvider('failing', { baseUrl: failing, models: ['m'] })
  const response = await ask({ model: 'failing/m', tools: [hub()] })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { message: 'no more' } })
})
