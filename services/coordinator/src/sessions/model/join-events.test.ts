import { once } from 'node:events'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { joinEvents } from './join-events.ts'

const line = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`
const chunk = (delta: object, more: object = {}) =>
  line({ id: 'x', choices: [{ index: 0, delta, finish_reason: null, ...more }] })
const text = (content: string) => chunk({ content })
const end = chunk({}, { finish_reason: 'stop' })
const done = 'data: [DONE]\n\n'

/** What comes out of bytes that come in these pieces. */
async function joined(pieces: readonly Uint8Array[]): Promise<string> {
  const out = ReadableStream.from(pieces).pipeThrough(joinEvents())
  return Buffer.concat(await Array.fromAsync(out)).toString()
}
const bytes = (...lines: readonly string[]): Uint8Array[] => lines.map((one) => Buffer.from(one))

test('text without a pause is sent in events of a limited size', async () => {
  const piece = 'x'.repeat(10_000)
  const out = await joined(bytes(text(piece).repeat(20), text(piece), done))
  const events = out.split('\n\n').filter((one) => one.startsWith('data: {'))
  const texts = events.map(
    (one) =>
      (JSON.parse(one.slice(6)) as { choices: [{ delta: { content: string } }] }).choices[0].delta
        .content,
  )
  expect(texts.join('')).toBe(piece.repeat(21))
  expect(texts.map(({ length }) => length)).toEqual([70_000, 70_000, 60_000, 10_000])
})

test('text that comes at once is one event, in its place among the others', async () => {
  const role = chunk({ role: 'assistant', content: 'Hel' })
  const call = chunk({
    tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '' } }],
  })
  const input = (json: string, index = 0) =>
    chunk({ tool_calls: [{ index, function: { arguments: json } }] })
  expect(
    await joined(
      bytes(
        role,
        text('lo'),
        chunk({ role: 'assistant', content: ' you', reasoning_content: null }),
        chunk({ reasoning_content: 'h' }),
        chunk({ reasoning_content: 'm' }),
        call,
        input('{"a"'),
        input(':1}'),
        input('{}', 1),
        end,
        done,
      ),
    ),
  ).toBe(
    [
      chunk({ role: 'assistant', content: 'Hello you' }),
      chunk({ reasoning_content: 'hm' }),
      call,
      input('{"a":1}'),
      input('{}', 1),
      end,
      done,
    ].join(''),
  )
})

const event = (value: { readonly type: string }): string => `event: ${value.type}\n${line(value)}`

test('texts of messages and of responses are joined, each of the same place', async () => {
  const block = (index: number, delta: object) =>
    event({ type: 'content_block_delta', ...{ index, delta } })
  const think = (thinking: string, index = 0) => block(index, { type: 'thinking_delta', thinking })
  const write = (piece: string) => block(1, { type: 'text_delta', text: piece })
  const ask = (json: string) => block(2, { type: 'input_json_delta', partial_json: json })
  const signature = block(0, { type: 'signature_delta', signature: 's' })
  const ping = event({ type: 'ping' })
  expect(
    await joined(
      bytes(think('a'), think('b'), signature, think('c', 3), write('d'), write('e'), ping),
    ),
  ).toBe([think('ab'), signature, think('c', 3), write('de'), ping].join(''))
  expect(await joined(bytes(ask('{"a"'), ask(':1}')))).toBe(ask('{"a":1}'))

  const piece = (type: string, delta: string, more: object = {}) =>
    event({ type: `response.${type}.delta`, ...{ item_id: 'i', output_index: 0, delta, ...more } })
  const summary = (delta: string, at: number) =>
    piece('reasoning_summary_text', delta, { summary_index: at })
  const out = (delta: string) => piece('output_text', delta, { content_index: 0, logprobs: [] })
  const args = (delta: string) => piece('function_call_arguments', delta)
  const sure = piece('output_text', 'x', { content_index: 0, logprobs: [{ token: 'x' }] })
  expect(
    await joined(
      bytes(summary('a', 0), summary('b', 0), summary('c', 1), out('d'), out('e'), sure, sure),
    ),
  ).toBe([summary('ab', 0), summary('c', 1), out('de'), sure, sure].join(''))
  expect(await joined(bytes(args('{'), args('}'), done))).toBe(args('{}') + done)
})

test.each([
  ['a comment', ': keep-alive\n\n'],
  ['an error', line({ error: { message: 'No.' } })],
  ['a usage', line({ id: 'x', choices: [], usage: { prompt_tokens: 1 } })],
  ['a text with a usage', line({ choices: [{ index: 0, delta: { content: 'a' } }], usage: {} })],
  ['the end of a text', chunk({ content: 'a' }, { finish_reason: 'stop' })],
  ['another choice', chunk({ content: 'a' }, { index: 1 })],
  ['log probabilities', chunk({ content: 'a' }, { logprobs: {} })],
  ['two lines', 'data: {"a":\ndata: 1}\n\n'],
  ['what is not JSON', 'data: {"choices":\n\n'],
  ['a list as content', chunk({ content: [{ type: 'text', text: 'a' }] })],
])('%s passes as it is, between texts', async (_name, event) => {
  expect(await joined(bytes(text('a'), event, event, text('b')))).toBe(
    [text('a'), event, event, text('b')].join(''),
  )
})

test('lines that end with a carriage return, and an event that is cut off, pass as they are', async () => {
  const windows = text('a').replaceAll('\n', '\r\n')
  expect(await joined(bytes(text('a'), windows, windows))).toBe(text('a') + windows + windows)
  expect(await joined(bytes(text('a'), 'data: {"id"'))).toBe(`${text('a')}data: {"id"`)
})

test('whatever the pieces in which the bytes come, the text is the same', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { minLength: 1, maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 30 }),
      async (words, sizes) => {
        const all = Buffer.from(words.map((word) => text(word)).join('') + end + done)
        const pieces: Uint8Array[] = []
        let at = 0
        for (const size of [...sizes, all.length]) {
          if (at < all.length) pieces.push(all.subarray(at, at + size))
          at += size
        }
        expect(await joined(pieces)).toBe(text(words.join('')) + end + done)
      },
    ),
  )
})

test('text is not held while the model pauses', async () => {
  const source = new TransformStream<Uint8Array, Uint8Array>()
  const writer = source.writable.getWriter()
  const reader = source.readable.pipeThrough(joinEvents()).getReader()
  await writer.write(Buffer.from(text('a')))
  const { value } = await reader.read()
  expect(Buffer.from(value ?? []).toString()).toBe(text('a'))
  await reader.cancel()
})

test('a stream that is left or fails sends nothing later', async () => {
  const failed: unknown[] = []
  const onFailed = (error: unknown): void => void failed.push(error)
  process.on('uncaughtException', onFailed)
  const leave = async (end: (source: TransformStream) => Promise<unknown>): Promise<void> => {
    const source = new TransformStream<Uint8Array, Uint8Array>()
    const writer = source.writable.getWriter()
    const reader = source.readable.pipeThrough(joinEvents()).getReader()
    const read = reader.read().catch(() => undefined)
    await writer.write(Buffer.from(text('a')))
    writer.releaseLock()
    await end(source).catch(() => undefined)
    await reader.cancel().catch(() => undefined)
    await read
  }
  await leave(() => Promise.resolve())
  await leave((source) => source.writable.abort(new Error('cut')))
  await once(AbortSignal.timeout(50), 'abort')
  process.off('uncaughtException', onFailed)
  expect(failed).toEqual([])
})
