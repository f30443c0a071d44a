import { expect, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { exchange } from '../testing/exchange.ts'
import type { Body } from '../testing/exchange.ts'
import { wireAnswer } from '../testing/wire-formats.ts'
import { providerName } from './responses-tools.ts'
import { readRequest, sdkModel, sdkRequest } from './translation.ts'

const schema = { type: 'object', properties: { id: { type: 'string' } } }
const tools = [
  {
    type: 'namespace',
    name: 'mcp__hub',
    description: 'The hub.',
    tools: [
      { type: 'function', name: 'query', parameters: schema },
      {
        type: 'custom',
        name: 'edit',
        format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
      },
    ],
  },
  { type: 'function', name: 'query', parameters: schema },
  { type: 'web_search' },
]

/** Answers of a chat with one call of a tool, whole or as a stream. */
function chatCall(name: string, text: string, stream: boolean): unknown {
  const call = { id: 'c1', type: 'function', function: { name, arguments: text } }
  const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
  if (!stream)
    return {
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { role: 'assistant', content: null, tool_calls: [call] },
        },
      ],
      usage,
    }
  const event = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }], usage: finish === null ? null : usage })}\n\n`
  const [first, rest] = [text.slice(0, 5), text.slice(5)]
  return [
    event({ tool_calls: [{ ...call, index: 0, function: { name, arguments: first } }] }, null),
    event({ tool_calls: [{ index: 0, function: { arguments: rest } }] }, null),
    event({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ].join('')
}

test.each([false, true])(
  'a call of a tool in a namespace comes back with its namespace (stream: %s)',
  async (stream) => {
    const answer = chatCall('mcp__hub__query', '{"id":"7"}', stream)
    const { sent, whole, text } = await exchange(
      'responses',
      'chat',
      { input: 'Hi', tools, stream },
      answer,
    )
    const names = (sent['tools'] as { function: Body }[]).map((tool) => tool.function['name'])
    expect(names).toEqual(['mcp__hub__query', 'mcp__hub__edit', 'query'])
    const [item] = whole['output'] as Body[]
    expect(item).toMatchObject({
      type: 'function_call',
      call_id: 'c1',
      namespace: 'mcp__hub',
      name: 'query',
      arguments: '{"id":"7"}',
    })
    expect(text.includes('"namespace":"mcp__hub"')).toBe(stream)
  },
)

test.each([false, true])(
  'a call of a custom tool comes back with its text (stream: %s)',
  async (stream) => {
    const given = 'a "quoted" ✓\nline'
    const answer = chatCall('mcp__hub__edit', JSON.stringify({ input: given }), stream)
    const { sent, whole, text } = await exchange(
      'responses',
      'chat',
      { input: 'Hi', tools, stream },
      answer,
    )
    const [, edit] = sent['tools'] as { function: Body }[]
    expect(edit?.function['description']).toContain('start: "x"')
    const [item] = whole['output'] as Body[]
    expect(item).toMatchObject({
      type: 'custom_tool_call',
      namespace: 'mcp__hub',
      name: 'edit',
      input: given,
    })
    expect(text.includes('"type":"response.custom_tool_call_input.done"')).toBe(stream)
    expect(text).not.toContain('function_call_arguments')
  },
)

test('earlier calls and their results reach the provider under the names of its tools', async () => {
  const input = [
    { type: 'message', role: 'user', content: 'Hi' },
    {
      type: 'function_call',
      call_id: 'a',
      namespace: 'mcp__hub',
      name: 'query',
      arguments: '{"id":"7"}',
    },
    { type: 'function_call_output', call_id: 'a', output: 'seven' },
    { type: 'custom_tool_call', call_id: 'b', namespace: 'mcp__hub', name: 'edit', input: 'x' },
    { type: 'custom_tool_call_output', call_id: 'b', output: 'done' },
  ]
  const { sent } = await exchange(
    'responses',
    'chat',
    { input, tools },
    chatCall('query', '{}', false),
  )
  const calls = (sent['messages'] as Body[]).flatMap(
    (message) => (message['tool_calls'] as { function: Body }[] | undefined) ?? [],
  )
  expect(calls.map((one) => one.function)).toEqual([
    { name: 'mcp__hub__query', arguments: '{"id":"7"}' },
    { name: 'mcp__hub__edit', arguments: '{"input":"x"}' },
  ])
})

test.each(['chat', 'messages'] as const)(
  'a tool that the provider would run is left out for a provider of %s, with a warning',
  async (into) => {
    const provider = { name: 'acme', config: { baseUrl: 'http://acme.test/v1' } }
    const bodies: string[] = []
    const fetch = (async (_url: string, init: RequestInit) => {
      bodies.push(init.body as string)
      return Response.json(wireAnswer(into, { model: 'm' }))
    }) as typeof globalThis.fetch
    const model = sdkModel(provider as unknown as Provider, into, 'm', fetch)
    const request = readRequest('responses', { input: 'Hi', tools })
    const { warnings } = await model.doGenerate(sdkRequest(request, 100))
    expect(JSON.stringify(warnings)).toContain('web_search')
    expect(bodies.join('')).not.toContain('web_search')
  },
)

test('a chosen tool is named as the provider knows it', async () => {
  const choice = { type: 'function', namespace: 'mcp__hub', name: 'query' }
  const body = { input: 'Hi', tools, tool_choice: choice }
  const { sent } = await exchange('responses', 'chat', body, chatCall('query', '{}', false))
  expect(sent['tool_choice']).toEqual({ type: 'function', function: { name: 'mcp__hub__query' } })
})

test.each([
  ['two tools of one name', { tools: [tools[1], tools[1]] }],
  [
    'a tool of a namespace that has its name already',
    { tools: [tools[0], { type: 'function', name: 'mcp__hub__query' }] },
  ],
  ['a tool without a name', { tools: [{ type: 'custom' }] }],
  ['a namespace in a namespace', { tools: [{ type: 'namespace', name: 'a', tools: [tools[0]] }] }],
  [
    'only tools that the provider runs, where one is required',
    { tools: [tools[2]], tool_choice: 'required' },
  ],
  ['a chosen tool that the provider runs', { tools, tool_choice: { type: 'web_search' } }],
])('%s is refused', async (_what, more) => {
  const asked = exchange(
    'responses',
    'chat',
    { input: 'Hi', ...more },
    chatCall('query', '{}', false),
  )
  await expect(asked).rejects.toMatchObject({ code: 'VALIDATION_ERROR' })
})

test('a long name is cut to what every provider takes, and differs from others with the same beginning', () => {
  const names = ['a', 'b'].map((end) => providerName('x'.repeat(60) + end, 'namespace'))
  expect(names.map((name) => name.length)).toEqual([64, 64])
  expect(new Set(names).size).toBe(2)
})
