import { expect, test } from 'vitest'
import type { Protocol } from './protocol.ts'
import { StreamUsage } from './stream-usage.ts'
import { NO_TOKENS } from './usage.ts'

function read(protocol: Protocol, events: readonly unknown[]): StreamUsage {
  const stream = new StreamUsage(protocol)
  for (const event of events) stream.take(event)
  return stream
}

const started = {
  type: 'message_start',
  message: { usage: { input_tokens: 20, cache_read_input_tokens: 3, output_tokens: 1 } },
}
const text = (value: string): object => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: value },
})

test('the usage of a message is that of its start until its end reports the output', () => {
  const half = read('messages', [started, text('Hello '), text('world')])
  expect(half.usage).toEqual({
    tokens: { ...NO_TOKENS, input: 20, cacheRead: 3, output: 1 },
    inconsistent: false,
    isStart: true,
  })
  expect([half.textBytes, half.isFinished, half.isEnded]).toEqual([11, false, false])
  half.take({
    type: 'message_delta',
    delta: { stop_reason: 'end_turn' },
    usage: { output_tokens: 9 },
  })
  expect([half.isFinished, half.isEnded]).toEqual([true, false])
  half.take({ type: 'message_stop' })
  expect(half.isEnded).toBe(true)
  expect(half.usage).toEqual({
    tokens: { ...NO_TOKENS, input: 20, cacheRead: 3, output: 9 },
    inconsistent: false,
  })
})

test('tools, thinking and signatures of a message: the text of arguments and thinking counts, a signature does not', () => {
  const stream = read('messages', [
    { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"a":' } },
    { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm' } },
    { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'abcdef' } },
    { type: 'ping' },
  ])
  expect(stream.textBytes).toBe(7)
  expect(stream.usage).toBeUndefined()
})

test.each(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled'])(
  'the usage of a response is read from %s, which ends it (4)',
  (type) => {
    const stream = read('responses', [
      { type: 'response.created', response: { usage: null } },
      { type: 'response.output_text.delta', delta: '北京' },
      { type: 'response.function_call_arguments.delta', delta: '{}' },
      { type, response: { usage: { input_tokens: 50, output_tokens: 9 } } },
    ])
    expect(stream.usage?.tokens).toEqual({ ...NO_TOKENS, input: 50, output: 9 })
    expect([stream.textBytes, stream.isEnded, stream.isFailed]).toEqual([
      8,
      true,
      type === 'response.failed',
    ])
  },
)

test('a chat stream may report its usage more than once, and the last report counts', () => {
  const stream = read('chat', [
    { choices: [{ delta: { content: 'a' } }], usage: { prompt_tokens: 5, completion_tokens: 1 } },
    { choices: [{ delta: {}, finish_reason: 'stop' }], usage: null },
    { choices: [], usage: { prompt_tokens: 5, completion_tokens: 3 } },
    '[DONE]',
  ])
  expect(stream.usage?.tokens).toEqual({ ...NO_TOKENS, input: 5, output: 3 })
  expect([stream.textBytes, stream.isFinished, stream.isEnded]).toEqual([1, true, true])
})

test('the first error of a stream is kept, in the form of each protocol', () => {
  const errors: readonly (readonly [Protocol, unknown])[] = [
    ['chat', { error: { message: 'x' } }],
    ['completions', { error: 'x' }],
    ['responses', { type: 'error', message: 'x' }],
    ['messages', { type: 'error', error: { type: 'overloaded_error' } }],
  ]
  for (const [protocol, event] of errors) {
    const stream = read(protocol, [event, { error: { message: 'second' } }])
    expect([stream.isFailed, stream.failure]).toEqual([true, event])
  }
})

test('events of any shape are read without a failure and count nothing', () => {
  for (const protocol of ['chat', 'completions', 'embeddings', 'responses', 'messages'] as const) {
    const events = [null, 1, 'x', [], {}, { choices: 'x' }, { delta: 1 }, { type: {} }]
    const stream = read(protocol, events)
    expect([stream.usage, stream.textBytes, stream.isFinished]).toEqual([undefined, 0, false])
  }
})
