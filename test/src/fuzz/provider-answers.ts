import type { Random } from '../torture/random.ts'
import { hostileText } from './hostile-json.ts'
import { oneHostile } from './one-hostile.ts'

const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }
const HEAD = { id: 'chatcmpl-1', created: 1_767_225_600, model: 'm' }
const TOOL_CALL = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }

const COMPLETION = {
  ...HEAD,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'x', tool_calls: [TOOL_CALL] },
      finish_reason: 'stop',
    },
  ],
  usage: USAGE,
}

const delta = (content: string, finish_reason: string | null = null): object => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason }],
})

/** The answer of a model provider, as it should be but for a member or two. */
export function completionText(random: Random): string {
  return random.next() < 0.9 ? oneHostile(random, COMPLETION) : hostileText(random)
}

/** Its stream: chunks of which one is hostile, odd line ends and fields, with or without an end. */
export function completionStream(random: Random): string {
  const usage = { ...HEAD, object: 'chat.completion.chunk', choices: [], usage: USAGE }
  const chunks = [delta('a'), delta('b'), delta('', 'stop'), usage]
  const hostile = random.between(0, chunks.length)
  const lines = chunks.map((chunk, at) => {
    const data = at === hostile ? oneHostile(random, chunk) : JSON.stringify(chunk)
    return random.pick([
      [8, `data: ${data}\n\n`],
      [1, `data:${data}\r\n\r\n`],
      [1, `: comment\nid: 1\nevent: \u0000\ndata: ${data}\n\n`],
      [1, `data: ${data.slice(0, data.length / 2)}\ndata: ${data.slice(data.length / 2)}\n\n`],
      [1, `data: ${hostileText(random)}\n\n`],
    ])
  })
  const end = random.pick([
    [6, 'data: [DONE]\n\n'],
    [1, ''],
    [1, 'data: {"error":{"message":"x","type":"server_error"}}\n\n'],
    [1, 'data: {"choices"'],
  ])
  return lines.join('') + end
}

const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_767_225_600,
  status: 'completed',
  model: 'm',
  output: [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'x' }] },
    {
      type: 'message',
      id: 'msg_1',
      role: 'assistant',
      status: 'completed',
      content: [{ type: 'output_text', text: 'x', annotations: [] }],
    },
    { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{"a":1}' },
  ],
  usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 },
}
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [
    { type: 'thinking', thinking: 'x', signature: 'x' },
    { type: 'text', text: 'x' },
    { type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
}
const EMBEDDINGS = {
  object: 'list',
  model: 'm',
  data: [{ object: 'embedding', index: 0, embedding: [0.5, 0.25] }],
  usage: { prompt_tokens: 1, total_tokens: 1 },
}
type Event = { readonly type: string } & Readonly<Record<string, unknown>>
const EVENTS: Readonly<Record<string, readonly Event[]>> = {
  responses: [
    { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: RESPONSE.output[1] },
    {
      type: 'response.output_text.delta',
      item_id: 'msg_1',
      output_index: 0,
      content_index: 0,
      delta: 'x',
    },
    {
      type: 'response.function_call_arguments.delta',
      item_id: 'fc_1',
      output_index: 1,
      delta: '{',
    },
    { type: 'response.completed', response: RESPONSE },
  ],
  messages: [
    { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'content_block_start',
      index: 1,
      content_block: { type: 'tool_use', id: 'c', name: 'f', input: {} },
    },
    {
      type: 'content_block_delta',
      index: 1,
      delta: { type: 'input_json_delta', partial_json: '{' },
    },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
    { type: 'message_stop' },
  ],
}
const ANSWERS: Readonly<Record<string, object>> = {
  responses: RESPONSE,
  messages: MESSAGE,
  embeddings: EMBEDDINGS,
}

/** The answer of a model provider at the last segment of a path, but for a member or two; undefined for the path of another protocol. */
export function protocolText(random: Random, path: string, isStream: boolean): string | undefined {
  const protocol = path.split('?')[0]?.split('/').at(-1) ?? ''
  const events = EVENTS[protocol]
  if (isStream && events !== undefined) {
    const hostile = random.between(0, events.length)
    const lines = events.map((event, at) => {
      const data = at === hostile ? oneHostile(random, event) : JSON.stringify(event)
      return `event: ${event.type}\ndata: ${data}\n\n`
    })
    return lines.slice(0, random.next() < 0.8 ? lines.length : hostile).join('')
  }
  const answer = ANSWERS[protocol]
  return answer === undefined ? undefined : oneHostile(random, answer)
}

const ITEM = { id: 1, name: 'x', tags: ['a'], nested: { at: '2026-01-01T00:00:00Z', ratio: 0.5 } }

/** The answer of an imported HTTP service whose document has a schema for it. */
export function itemText(random: Random): string {
  return oneHostile(random, ITEM)
}

const CONTENT = [
  { type: 'text', text: 'x' },
  { type: 'image', data: 'eA==', mimeType: 'image/png' },
  { type: 'resource', resource: { uri: 'file:///x', mimeType: 'text/plain', text: 'x' } },
]
const TOOL = {
  name: 'tool',
  title: 'Tool',
  description: 'A tool.',
  inputSchema: { type: 'object', properties: { a: { type: 'string' } } },
  outputSchema: { type: 'object', properties: { b: { type: 'string' } } },
  annotations: { readOnlyHint: true },
}

/** The result of an MCP server for a method, as it should be but for a member or two. */
export function mcpResultText(random: Random, method: string): string {
  const results: Readonly<Record<string, unknown>> = {
    initialize: {
      protocolVersion: '2025-11-25',
      capabilities: { tools: { listChanged: true } },
      serverInfo: { name: 'x', version: '1' },
    },
    'tools/list': { tools: [TOOL] },
    'tools/call': { content: CONTENT, structuredContent: { b: 'x' }, isError: false },
  }
  return oneHostile(random, results[method] ?? {})
}
