import { expect, test } from 'vitest'
import { measureBody, worstInput } from './estimate.ts'

const LONG = 'word '.repeat(20_000)
const measured = (value: unknown) => {
  const bytes = Buffer.from(JSON.stringify(value))
  return { ...measureBody({ bytes, value }), bytes: bytes.length }
}
const chat = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] })

test.each([
  [
    'a text that looks like an address of data',
    { messages: [{ role: 'user', content: `data:image/png;base64,${LONG}` }] },
  ],
  ['a part that does', chat({ type: 'text', text: `data:image/png;base64,${LONG}` })],
  [
    'the input of a tool call',
    chat({ type: 'tool_use', id: 't', name: 'f', input: { data: LONG } }),
  ],
  ['thinking that is encrypted', chat({ type: 'redacted_thinking', data: LONG })],
  [
    'a document that is text',
    chat({ type: 'document', source: { type: 'text', media_type: 'text/plain', data: LONG } }),
  ],
  [
    'a text in base64',
    chat({ type: 'file', file: { file_data: `data:text/plain;base64,${LONG}` } }),
  ],
  ['the schema of a tool', { messages: [], tools: [{ name: 'f', input_schema: { data: LONG } }] }],
  [
    'an output of a function',
    { input: [{ type: 'function_call_output', call_id: 'c', output: `{"data":"${LONG}"}` }] },
  ],
])('%s is text, of which each byte may be a token', (_, body) => {
  const { bytes, ...size } = measured(body)
  expect(worstInput(size, undefined)).toBe(bytes)
  expect(size.isOpen).toBe(false)
})

test.each([
  [
    'chat',
    chat({ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(1e6)}` } }),
  ],
  [
    'responses',
    {
      input: [
        {
          role: 'user',
          content: [{ type: 'input_image', image_url: `data:image/png;base64,${'A'.repeat(1e6)}` }],
        },
      ],
    },
  ],
  [
    'messages',
    chat({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(1e6) },
    }),
  ],
  [
    'the result of a tool',
    chat({
      type: 'tool_result',
      content: [
        {
          type: 'image',
          source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(1e6) },
        },
      ],
    }),
  ],
  ['audio', chat({ type: 'input_audio', input_audio: { format: 'wav', data: 'A'.repeat(1e6) } })],
])('an attachment of %s has few tokens for its bytes', (_, body) => {
  const { bytes, ...size } = measured(body)
  expect(size).toEqual({ textBytes: bytes - 1e6, attachmentTokens: 31_250, isOpen: false })
})

test('an attachment that is given by its address counts, also where the name of its member is escaped', () => {
  const text =
    '{"messages":[{"content":[{"type":"image_url","image\\u005furl":{"url":"https://a.test/x.png"}}]}]}'
  const size = measureBody({ bytes: Buffer.from(text), value: JSON.parse(text) })
  expect(size.attachmentTokens).toBe(8192)
})

test.each([
  ['an earlier response', { input: 'x', previous_response_id: 'resp_1' }],
  ['a conversation', { input: 'x', conversation: { id: 'c' } }],
  ['a stored prompt', { prompt: { id: 'p' } }],
  ['an earlier item', { input: [{ type: 'item_reference', id: 'i' }] }],
  ['a document by its id', chat({ type: 'file', file: { file_id: 'f' } })],
  [
    'a document by its address',
    chat({ type: 'document', source: { type: 'url', url: 'https://a.test' } }),
  ],
  [
    'a document',
    chat({ type: 'input_file', file_data: `data:application/pdf;base64,${'A'.repeat(1000)}` }),
  ],
  ['a video', chat({ type: 'video_url', video_url: { url: 'https://example.org/a.mp4' } })],
  ['a video in base64', chat({ type: 'video_url', video_url: 'data:video/mp4;base64,AAAA' })],
  ['a video in another part', chat({ type: 'image_url', video_url: { url: 'https://a.org/b' } })],
  ['a sound at an address', chat({ type: 'audio_url', audio_url: { url: 'https://a.org/b' } })],
])('%s may fill the window of the model', (_, body) => {
  const { bytes, ...size } = measured(body)
  expect(worstInput(size, 400_000)).toBe(400_000)
  expect(worstInput(size, undefined)).toBeLessThan(bytes + 8193)
  expect(worstInput(size, 10)).toBeGreaterThan(10)
})
