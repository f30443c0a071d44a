/* The wire formats of a model that seals its reasoning (`sealing-model.ts`). */

export const WIRES = ['messages', 'responses', 'chat', 'google'] as const
export type Wire = (typeof WIRES)[number]

/** The SDK writes it where Google's signature is missing. */
const NO_SEAL = 'skip_thought_signature_validator'
/** Google's signature is of the call, and not of a text. */
export const SIGNED = 'signed'

/** A round of the conversation, whatever its wire format: what came back of what the model made. */
export interface Round {
  readonly seals: readonly { readonly seal: string; readonly text: string }[]
  readonly calls: number
}

export interface Read {
  readonly prompt: string
  readonly hasTools: boolean
  /** All rounds, those since the prompt last. */
  readonly rounds: readonly Round[]
  readonly sincePrompt: number
}

/** What the model says in a round. */
export interface Said {
  readonly thought: string
  readonly seal: string
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly args: string }[]
}

// oxlint-disable-next-line typescript/no-explicit-any -- bodies of every shape
type Body = any

const textOf = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : ((content ?? []) as Body[]).map(({ text }) => text ?? '').join('')

/** Rounds from messages, of which those of a user with a text begin a turn. */
function readRounds(
  messages: readonly Body[],
  promptOf: (message: Body) => string | undefined,
  roundOf: (message: Body) => Round | undefined,
): Pick<Read, 'prompt' | 'rounds' | 'sincePrompt'> {
  let prompt = ''
  let sincePrompt = 0
  const rounds: Round[] = []
  for (const message of messages) {
    const said = promptOf(message)
    if (said !== undefined) {
      prompt = said
      sincePrompt = 0
    }
    const round = roundOf(message)
    if (round === undefined) continue
    rounds.push(round)
    sincePrompt += 1
  }
  return { prompt, rounds, sincePrompt }
}

/** Read the conversation of a request. */
export const READERS: Readonly<Record<Wire, (body: Body) => Read>> = {
  messages: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.messages,
      ({ role, content }) =>
        role === 'user' && !content.some(({ type }: Body) => type === 'tool_result')
          ? textOf(content)
          : undefined,
      ({ role, content }) =>
        role === 'assistant'
          ? {
              seals: content.flatMap(({ type, thinking, signature, data }: Body) =>
                type === 'thinking'
                  ? [{ seal: signature, text: thinking }]
                  : type === 'redacted_thinking'
                    ? [{ seal: data, text: '' }]
                    : [],
              ),
              calls: content.filter(({ type }: Body) => type === 'tool_use').length,
            }
          : undefined,
    ),
  }),
  responses(body) {
    // Items of the assistant between those of others are one round.
    const groups: Body[] = []
    for (const item of body.input as Body[]) {
      const isOwn = ['reasoning', 'function_call'].includes(item.type) || item.role === 'assistant'
      const last = groups.at(-1)
      if (isOwn && last?.own !== undefined) last.own.push(item)
      else groups.push(isOwn ? { own: [item] } : item)
    }
    return {
      hasTools: body.tools !== undefined,
      ...readRounds(
        groups,
        ({ role, content }) => (role === 'user' ? textOf(content) : undefined),
        ({ own }) =>
          own && {
            seals: own.flatMap(({ type, encrypted_content: seal, summary }: Body) =>
              type === 'reasoning' ? [{ seal, text: textOf(summary) }] : [],
            ),
            calls: own.filter(({ type }: Body) => type === 'function_call').length,
          },
      ),
    }
  },
  chat: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.messages,
      ({ role, content }) => (role === 'user' ? textOf(content) : undefined),
      ({ role, tool_calls: calls = [] }) =>
        role === 'assistant'
          ? {
              seals: calls.flatMap(({ extra_content: extra }: Body) => {
                const seal = extra?.google?.thought_signature
                return seal === undefined ? [] : [{ seal, text: SIGNED }]
              }),
              calls: calls.length,
            }
          : undefined,
    ),
  }),
  google: (body) => ({
    hasTools: body.tools !== undefined,
    ...readRounds(
      body.contents,
      ({ role, parts }) =>
        role === 'user' && parts.every(({ functionResponse }: Body) => functionResponse == null)
          ? textOf(parts)
          : undefined,
      ({ role, parts }) =>
        role === 'model'
          ? {
              seals: parts.flatMap(({ thoughtSignature: seal }: Body) =>
                seal === undefined || seal === NO_SEAL ? [] : [{ seal, text: SIGNED }],
              ),
              calls: parts.filter(({ functionCall }: Body) => functionCall != null).length,
            }
          : undefined,
    ),
  }),
}

const half = (text: string): readonly [string, string] => [
  text.slice(0, text.length / 2),
  text.slice(text.length / 2),
]
const named = (event: Body): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
const data = (event: Body): string => `data: ${JSON.stringify(event)}\n\n`

/** Write the events of an answer. */
export const WRITERS: Readonly<Record<Wire, (said: Said) => string[]>> = {
  messages({ thought, seal, text, calls }) {
    const blocks: Body[][] = []
    const add = (block: Body, ...deltas: Body[]): void => {
      const index = blocks.length
      blocks.push([
        { type: 'content_block_start', index, content_block: block },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ])
    }
    if (thought !== '')
      add(
        { type: 'thinking', thinking: '', signature: '' },
        ...half(thought).map((thinking) => ({ type: 'thinking_delta', thinking })),
        { type: 'signature_delta', signature: seal },
      )
    else if (seal !== '') add({ type: 'redacted_thinking', data: seal })
    if (text !== '')
      add(
        { type: 'text', text: '' },
        ...half(text).map((one) => ({ type: 'text_delta', text: one })),
      )
    for (const { id, args } of calls)
      add(
        { type: 'tool_use', id, name: 'call', input: {} },
        ...half(args).map((one) => ({ type: 'input_json_delta', partial_json: one })),
      )
    const usage = { input_tokens: 11, cache_read_input_tokens: 5, cache_creation_input_tokens: 3 }
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] }
    const reason = calls.length > 0 ? 'tool_use' : 'end_turn'
    const delta = { stop_reason: reason, stop_sequence: null }
    return [
      {
        type: 'message_start',
        message: {
          ...message,
          stop_reason: null,
          stop_sequence: null,
          usage: { ...usage, output_tokens: 1 },
        },
      },
      ...blocks.flat(),
      { type: 'message_delta', delta, usage: { output_tokens: 7 } },
      { type: 'message_stop' },
    ].map((one) => named(one))
  },
  responses({ thought, seal, text, calls }) {
    const events: Body[] = []
    const output: Body[] = []
    const add = (item: Body, opened: Body, ...between: Body[]): void => {
      const place = { output_index: output.length, item_id: item.id }
      events.push(
        { type: 'response.output_item.added', output_index: output.length, item: opened },
        ...between.map((one) => ({ ...one, ...place })),
        { type: 'response.output_item.done', output_index: output.length, item },
      )
      output.push(item)
    }
    const id = seal.replaceAll(/\W/g, '').slice(0, 12)
    if (seal !== '') {
      const texts = thought === '' ? [] : half(thought)
      const item = { type: 'reasoning', id: `rs_${id}`, encrypted_content: seal }
      add(
        { ...item, summary: texts.map((one) => ({ type: 'summary_text', text: one })) },
        { ...item, summary: [] },
        ...texts.flatMap((one, at) => [
          {
            type: 'response.reasoning_summary_part.added',
            summary_index: at,
            part: { type: 'summary_text', text: '' },
          },
          { type: 'response.reasoning_summary_text.delta', summary_index: at, delta: one },
          {
            type: 'response.reasoning_summary_part.done',
            summary_index: at,
            part: { type: 'summary_text', text: one },
          },
        ]),
      )
    }
    if (text !== '') {
      const message = { type: 'message', id: `msg_${id}`, role: 'assistant' }
      const part = { type: 'output_text', text, annotations: [] }
      add(
        { ...message, status: 'completed', content: [part] },
        { ...message, status: 'in_progress', content: [] },
        {
          type: 'response.content_part.added',
          content_index: 0,
          part: { ...part, text: '' },
        },
        ...half(text).map((delta) => ({
          type: 'response.output_text.delta',
          content_index: 0,
          delta,
          logprobs: [],
        })),
        { type: 'response.output_text.done', content_index: 0, text },
        { type: 'response.content_part.done', content_index: 0, part },
      )
    }
    for (const { id: callId, args } of calls) {
      const call = { type: 'function_call', id: `fc_${callId}`, call_id: callId, name: 'call' }
      add(
        { ...call, arguments: args, status: 'completed' },
        { ...call, arguments: '', status: 'in_progress' },
        ...half(args).map((delta) => ({
          type: 'response.function_call_arguments.delta',
          delta,
        })),
        { type: 'response.function_call_arguments.done', arguments: args },
      )
    }
    const response = { id: `resp_${id}`, object: 'response', created_at: 1, model: 'gpt-5' }
    const usage = {
      input_tokens: 19,
      input_tokens_details: { cached_tokens: 5 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 26,
    }
    const begun = { ...response, status: 'in_progress', output: [], usage: null }
    return [
      { type: 'response.created', response: begun },
      ...events,
      { type: 'response.completed', response: { ...response, status: 'completed', output, usage } },
    ].map((one, at) => named({ ...one, sequence_number: at }))
  },
  chat({ thought, seal, text, calls }) {
    const chunk = (delta: Body, finish: string | null = null): string =>
      data({
        id: 'x',
        model: 'm',
        choices: [{ index: 0, delta, finish_reason: finish }],
      })
    const usage = {
      prompt_tokens: 19,
      completion_tokens: 7,
      total_tokens: 26,
      prompt_tokens_details: { cached_tokens: 5 },
    }
    return [
      chunk({ role: 'assistant', content: '' }),
      ...(thought === '' ? [] : half(thought).map((one) => chunk({ reasoning_content: one }))),
      ...(text === '' ? [] : half(text).map((one) => chunk({ content: one }))),
      ...calls.flatMap(({ id, args }, index) => [
        chunk({
          tool_calls: [
            {
              index,
              id,
              type: 'function',
              function: { name: 'call', arguments: '' },
              // Only the first of parallel calls is signed.
              ...(index === 0 && { extra_content: { google: { thought_signature: seal } } }),
            },
          ],
        }),
        ...half(args).map((one) =>
          chunk({ tool_calls: [{ index, function: { arguments: one } }] }),
        ),
      ]),
      chunk({}, calls.length > 0 ? 'tool_calls' : 'stop'),
      data({ id: 'x', choices: [], usage }),
      'data: [DONE]\n\n',
    ]
  },
  google({ thought, seal, text, calls }) {
    const chunk = (parts: readonly Body[], more: Body = {}): string =>
      data({
        candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
        usageMetadata: {
          promptTokenCount: 19,
          candidatesTokenCount: 7,
          totalTokenCount: 26,
          cachedContentTokenCount: 5,
        },
        modelVersion: 'm',
        responseId: 'r-1',
      })
    return [
      ...(thought === '' ? [] : [chunk([{ text: thought, thought: true }])]),
      ...(text === '' ? [] : half(text).map((one) => chunk([{ text: one }]))),
      ...calls.map(({ args }, at) =>
        chunk([
          {
            functionCall: { name: 'call', args: JSON.parse(args) as object },
            ...(at === 0 && { thoughtSignature: seal }),
          },
        ]),
      ),
      chunk([{ text: '' }], { finishReason: 'STOP' }),
    ]
  },
}
