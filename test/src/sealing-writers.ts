import type { Body, Said, Wire } from './sealing-wires.ts'

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
