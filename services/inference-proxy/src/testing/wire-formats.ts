import type { Handler } from './test-upstream.ts'
import { namedEvents, sendEvents, sendJson } from './recorded-upstream.ts'

/*
 * Answers in the wire formats of OpenAI, Anthropic and Google, as their documentation (Google: https://ai.google.dev/api/generate-content) and the
 * types of the npm packages `openai` 7.59.0 and `@anthropic-ai/sdk` 1.14.0 describe them, and in that of Vercel's AI Gateway, as the npm package
 * `@ai-sdk/gateway` 4.0.146 reads it (results and stream parts of `@ai-sdk/provider` 4.0.38 as JSON). Each says `Hello ✓`, or calls the tool `weather` when the request offers tools.
 */

const TEXT = 'Hello ✓'
export const ARGUMENTS = '{"city":"北京","days":2}'
const PIECES = ['{"ci', 'ty":"北', '京","days"', ':2}']

export interface Asked {
  readonly model: string
  readonly stream?: boolean
  readonly tools?: readonly unknown[]
  readonly encoding_format?: string
  /** The pieces in which a stream brings the arguments of the tool call. */
  readonly pieces?: readonly string[]
}

const asked = (text: string | undefined): Asked => JSON.parse(text ?? '{}') as Asked

const chatUsage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 }

function chat({ model, stream, tools, pieces = PIECES }: Asked): unknown {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'weather', arguments: ARGUMENTS },
  }
  const finish_reason = tools ? 'tool_calls' : 'stop'
  const base = { id: 'chatcmpl-1', created: 1, model }
  if (stream !== true) {
    const message = {
      role: 'assistant',
      content: tools ? null : TEXT,
      ...(tools && { tool_calls: [call] }),
    }
    return {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason }],
      usage: chatUsage,
    }
  }
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const deltas = tools
    ? [
        { tool_calls: [{ ...call, index: 0, function: { name: 'weather', arguments: '' } }] },
        ...pieces.map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
      ]
    : ['Hel', 'lo ', '✓'].map((content) => ({ content }))
  const chunks = [
    chunk({ role: 'assistant', content: '' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, finish_reason),
  ]
  const last = { ...base, object: 'chat.completion.chunk', choices: [], usage: chatUsage }
  return (
    [...chunks, last].map((one) => `data: ${JSON.stringify(one)}\n\n`).join('') + 'data: [DONE]\n\n'
  )
}

function response({ model, stream, tools, pieces = PIECES }: Asked): unknown {
  const item = tools
    ? {
        type: 'function_call',
        id: 'fc_1',
        call_id: 'call_1',
        name: 'weather',
        arguments: ARGUMENTS,
        status: 'completed',
      }
    : {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: TEXT, annotations: [] }],
      }
  const whole = {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    status: 'completed',
    model,
    output: [item],
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 18,
    },
  }
  if (stream !== true) return whole
  const started = { ...whole, status: 'in_progress', output: [], usage: null }
  const place = { output_index: 0, item_id: item.id }
  const opened = tools
    ? { ...item, arguments: '', status: 'in_progress' }
    : { ...item, content: [], status: 'in_progress' }
  const part = { ...place, content_index: 0 }
  const events = tools
    ? [
        ...pieces.map((delta) => ({
          type: 'response.function_call_arguments.delta',
          ...place,
          delta,
        })),
        { type: 'response.function_call_arguments.done', ...place, arguments: ARGUMENTS },
      ]
    : [
        {
          type: 'response.content_part.added',
          ...part,
          part: { type: 'output_text', text: '', annotations: [] },
        },
        ...['Hel', 'lo ', '✓'].map((delta) => ({
          type: 'response.output_text.delta',
          ...part,
          delta,
        })),
        { type: 'response.output_text.done', ...part, text: TEXT },
        {
          type: 'response.content_part.done',
          ...part,
          part: { type: 'output_text', text: TEXT, annotations: [] },
        },
      ]
  const all = [
    { type: 'response.created', response: started },
    { type: 'response.output_item.added', output_index: 0, item: opened },
    ...events,
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole },
  ]
  return namedEvents(...all.map((event, at) => ({ ...event, sequence_number: at })))
}

function message({ model, stream, tools, pieces = PIECES }: Asked): unknown {
  const block = tools
    ? { type: 'tool_use', id: 'toolu_1', name: 'weather', input: JSON.parse(ARGUMENTS) as object }
    : { type: 'text', text: TEXT }
  const stop_reason = tools ? 'tool_use' : 'end_turn'
  const base = { id: 'msg_1', type: 'message', role: 'assistant', model, stop_sequence: null }
  if (stream !== true)
    return { ...base, content: [block], stop_reason, usage: { input_tokens: 11, output_tokens: 7 } }
  const deltas = tools
    ? pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json }))
    : ['Hel', 'lo ', '✓'].map((text) => ({ type: 'text_delta', text }))
  const opened = tools ? { ...block, input: {} } : { type: 'text', text: '' }
  return namedEvents(
    {
      type: 'message_start',
      ...{
        message: {
          ...base,
          content: [],
          stop_reason: null,
          usage: { input_tokens: 11, output_tokens: 1 },
        },
      },
    },
    { type: 'content_block_start', ...{ index: 0, content_block: opened } },
    { type: 'ping' },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', ...{ index: 0 } },
    {
      type: 'message_delta',
      ...{ delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } },
    },
    { type: 'message_stop' },
  )
}

function gemini({ model, stream, tools }: Asked): unknown {
  const call = {
    functionCall: { id: 'call_1', name: 'weather', args: JSON.parse(ARGUMENTS) as object },
    thoughtSignature: 'c2ln',
  }
  const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 }
  const chunk = (parts: readonly object[], more: object = {}): object => ({
    candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
    usageMetadata,
    modelVersion: model,
    responseId: 'r-1',
  })
  const finishReason = { finishReason: 'STOP' }
  if (stream !== true) return chunk([tools ? call : { text: TEXT }], finishReason)
  const parts = tools ? [call] : ['Hel', 'lo ', '✓'].map((text) => ({ text }))
  const chunks = [...parts.map((part) => chunk([part])), chunk([{ text: '' }], finishReason)]
  return chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join('')
}

function gateway({ model, stream, tools, pieces = PIECES }: Asked): unknown {
  const call = {
    type: 'tool-call',
    toolCallId: 'call_1',
    toolName: 'weather',
    input: ARGUMENTS,
  }
  const end = {
    finishReason: tools
      ? { unified: 'tool-calls', raw: 'tool_calls' }
      : { unified: 'stop', raw: 'stop' },
    usage: {
      inputTokens: { total: 11, noCache: 11, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 7, text: 7, reasoning: 0 },
    },
  }
  if (stream !== true)
    return { content: [tools ? call : { type: 'text', text: TEXT }], ...end, warnings: [] }
  const parts = tools
    ? [
        { type: 'tool-input-start', id: 'call_1', toolName: 'weather' },
        ...pieces.map((delta) => ({ type: 'tool-input-delta', id: 'call_1', delta })),
        { type: 'tool-input-end', id: 'call_1' },
        call,
      ]
    : [
        { type: 'text-start', id: '1' },
        ...['Hel', 'lo ', '✓'].map((delta) => ({ type: 'text-delta', id: '1', delta })),
        { type: 'text-end', id: '1' },
      ]
  const all = [
    { type: 'stream-start', warnings: [] },
    {
      type: 'response-metadata',
      id: 'gen-1',
      timestamp: '2026-11-30T00:00:00.000Z',
      modelId: model,
    },
    ...parts,
    { type: 'finish', ...end },
  ]
  return all.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('') + 'data: [DONE]\n\n'
}

const ANSWERS: Readonly<Record<string, (request: Asked) => unknown>> = {
  'chat/completions': chat,
  completions: ({ model }) => ({
    id: 'cmpl-1',
    object: 'text_completion',
    created: 1,
    model,
    choices: [{ index: 0, text: TEXT, finish_reason: 'stop' }],
    usage: chatUsage,
  }),
  embeddings: ({ model, encoding_format }) => ({
    object: 'list',
    model,
    data: [
      {
        object: 'embedding',
        index: 0,
        embedding:
          encoding_format === 'base64'
            ? Buffer.from(new Float32Array([1, 0.5]).buffer).toString('base64')
            : [1, 0.5],
      },
    ],
    usage: { prompt_tokens: 2, total_tokens: 2 },
  }),
  responses: response,
  messages: message,
  'messages/count_tokens': () => ({ input_tokens: 9 }),
}

/** The answer of a provider to a request of a protocol: the text of an event stream, or the parsed body. */
export function wireAnswer(
  protocol: 'chat' | 'responses' | 'messages' | 'google' | 'gateway',
  request: Asked,
): unknown {
  if (protocol === 'google') return gemini(request)
  if (protocol === 'gateway') return gateway(request)
  if (protocol === 'messages') return message(request)
  return protocol === 'responses' ? response(request) : chat(request)
}

/** Answers every endpoint in its wire format. */
export const wireFormats: Handler = (answer, request) => {
  const path = (request.url ?? '').replace(/^\/\d+\/v1\//, '').split('?', 1)[0] ?? ''
  if (path === 'models')
    return sendJson(answer, {
      object: 'list',
      data: [{ id: 'm', object: 'model', created: 1, owned_by: 'x' }],
    })
  const [, model, method] =
    /^models\/(.+):(generateContent|streamGenerateContent)$/.exec(path) ?? []
  if (model !== undefined) {
    const { tools } = asked(request.text)
    const given = gemini({ model, stream: method !== 'generateContent', ...(tools && { tools }) })
    return typeof given === 'string' ? sendEvents(answer, given) : sendJson(answer, given)
  }
  if (path === 'language-model') {
    const { tools } = asked(request.text)
    const stream = request.headers['ai-language-model-streaming'] === 'true'
    const named = String(request.headers['ai-language-model-id'])
    const given = gateway({ model: named, stream, ...(tools && { tools }) })
    return typeof given === 'string' ? sendEvents(answer, given) : sendJson(answer, given)
  }
  const answerOf = ANSWERS[path]
  if (answerOf === undefined) return sendJson(answer, { error: { message: `no ${path}` } }, 404)
  const body = answerOf(asked(request.text))
  return typeof body === 'string' ? sendEvents(answer, body) : sendJson(answer, body)
}
