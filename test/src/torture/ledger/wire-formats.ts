/** The wire formats of the endpoints that the torture calls. */
export type Wire = 'chat' | 'completions' | 'embeddings' | 'responses' | 'messages'

/** Tokens that the provider counts for one request, in disjoint classes. */
export interface Tokens {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
}

export const WIRE_OF_PATH: Readonly<Record<string, Wire>> = {
  'chat/completions': 'chat',
  completions: 'completions',
  embeddings: 'embeddings',
  responses: 'responses',
  messages: 'messages',
}

/** `usage` of an answer. A message says there in which tier it was served. */
function usageOf(
  wire: Wire,
  { input, cacheRead, cacheWrite, output }: Tokens,
  tier?: string,
): object {
  const all = input + cacheRead + cacheWrite
  if (wire === 'messages')
    return {
      input_tokens: input,
      cache_read_input_tokens: cacheRead,
      cache_creation_input_tokens: cacheWrite,
      output_tokens: output,
      service_tier: tier,
    }
  if (wire === 'responses')
    return {
      input_tokens: all,
      input_tokens_details: { cached_tokens: cacheRead },
      output_tokens: output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: all + output,
    }
  if (wire === 'embeddings') return { prompt_tokens: all, total_tokens: all }
  return {
    prompt_tokens: all,
    completion_tokens: output,
    total_tokens: all + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
  }
}

/** A whole answer. `tokens` undefined: without usage. `tier`: in which it was served, undefined if it does not say. */
export function wholeAnswer(
  wire: Wire,
  text: string,
  tokens: Tokens | undefined,
  tier: string | undefined,
): object {
  const usage = {
    ...(tokens && { usage: usageOf(wire, tokens, tier) }),
    ...(wire !== 'messages' && { service_tier: tier }),
  }
  if (wire === 'embeddings')
    return {
      object: 'list',
      model: 'm',
      data: [{ object: 'embedding', index: 0, embedding: [1, 0.5] }],
      ...usage,
    }
  if (wire === 'completions')
    return {
      id: 'c',
      object: 'text_completion',
      choices: [{ index: 0, text, finish_reason: 'stop' }],
      ...usage,
    }
  if (wire === 'messages')
    return {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'text', text }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      ...usage,
    }
  if (wire === 'responses') return response('completed', text, usage)
  const message = { role: 'assistant', content: text }
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    ...usage,
  }
}

function response(status: string, text: string, usage: object | undefined): object {
  const content = [{ type: 'output_text', text, annotations: [] }]
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }
  const output = status === 'completed' ? [item] : []
  return { id: 'resp_1', object: 'response', created_at: 1, status, model: 'm', output, ...usage }
}

/** The events of a stream: those before the text, one for each piece of it, and those after it. */
export interface StreamEvents {
  readonly head: string
  piece(text: string): string
  /** `tokens` undefined: without usage. */
  tail(text: string, tokens: Tokens | undefined): string
}

const chunk = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
const event = (type: string, value: object): string =>
  `event: ${type}\n${chunk({ type, ...value })}`

/** `start`: the tokens that a message reports when it begins; its output is not final then. `tier`: as for a whole answer. */
export function streamEvents(
  wire: Wire,
  start: Tokens | undefined,
  tier: string | undefined,
): StreamEvents {
  if (wire === 'messages') return messageEvents(start, tier)
  if (wire === 'responses') return responseEvents(tier)
  return chatEvents(tier)
}

function chatEvents(service_tier: string | undefined): StreamEvents {
  const choice = (delta: object, finish_reason: string | null = null): string =>
    chunk({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      service_tier,
      choices: [{ index: 0, delta, finish_reason }],
    })
  return {
    head: choice({ role: 'assistant', content: '' }),
    piece: (content) => choice({ content }),
    tail: (_text, tokens) => {
      const usage = tokens && chunk({ id: 'c', choices: [], usage: usageOf('chat', tokens) })
      return `${choice({}, 'stop')}${usage ?? ''}data: [DONE]\n\n`
    },
  }
}

const responseEvents = (service_tier: string | undefined): StreamEvents => ({
  head:
    event('response.created', {
      response: response('in_progress', '', { service_tier: 'auto' }),
    }) +
    event('response.output_item.added', {
      output_index: 0,
      item: {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'in_progress',
        content: [],
      },
    }),
  piece: (delta) =>
    event('response.output_text.delta', {
      output_index: 0,
      content_index: 0,
      item_id: 'msg_1',
      delta,
    }),
  tail: (text, tokens) => {
    const more = { service_tier, ...(tokens && { usage: usageOf('responses', tokens) }) }
    return event('response.completed', { response: response('completed', text, more) })
  },
})

function messageEvents(start: Tokens | undefined, tier: string | undefined): StreamEvents {
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    ...(start && { usage: usageOf('messages', start, tier) }),
  }
  return {
    head:
      event('message_start', { message }) +
      event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    piece: (text) =>
      event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    tail: (_text, tokens) =>
      event('content_block_stop', { index: 0 }) +
      event('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        ...(tokens && { usage: { output_tokens: tokens.output } }),
      }) +
      event('message_stop', {}),
  }
}

interface TextEvent {
  readonly type?: string
  readonly delta?: string | { readonly text?: string }
  readonly choices?: readonly { readonly delta?: { readonly content?: string } }[]
}

/** Bytes of the text in the events of a stream, of which the last one may be incomplete. */
export function textBytesOf(stream: string): number {
  let bytes = 0
  for (const line of stream.split('\n').slice(0, -1)) {
    if (!line.startsWith('data: {')) continue
    const { type, delta, choices } = JSON.parse(line.slice(6)) as TextEvent
    const text =
      type === 'response.output_text.delta' || type === 'content_block_delta'
        ? typeof delta === 'string'
          ? delta
          : delta?.text
        : choices?.[0]?.delta?.content
    bytes += Buffer.byteLength(text ?? '')
  }
  return bytes
}
