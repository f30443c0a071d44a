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
