import { expect, onTestFinished, test, vi } from 'vitest'
import { SecretScrubber } from '../redact/secret-scrubber.ts'
import { TraceMatcher } from '../redact/trace-matcher.ts'
import { closeFrame, FrameReader, frameOf, OPCODES } from './frame-reader.ts'
import { ServerMessages } from './server-messages.ts'

const text = (value: unknown): Buffer => frameOf(OPCODES.TEXT, Buffer.from(JSON.stringify(value)))
const messages = (maxBytes = 1_000_000): ServerMessages =>
  new ServerMessages({
    maxBytes,
    scrubber: () => new SecretScrubber(new TraceMatcher('sk-planted-0123456789')),
  })

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])(
  'a frame of %i bytes is read as it was written',
  (length) => {
    const payload = Buffer.alloc(length, 7)
    const [frame, ...more] = new FrameReader(100_000).push(frameOf(OPCODES.BINARY, payload))
    expect(frame).toMatchObject({ opcode: OPCODES.BINARY, isFinal: true })
    expect(frame?.payload.equals(payload)).toBe(true)
    expect(more).toEqual([])
  },
)

test('a long frame in many pieces is put together a few times, and not with each piece', () => {
  const frame = frameOf(OPCODES.BINARY, Buffer.alloc(200_000, 7))
  const reader = new FrameReader(300_000)
  const concat = vi.spyOn(Buffer, 'concat')
  onTestFinished(() => concat.mockRestore())
  const frames: unknown[] = []
  for (let at = 0; at < frame.length; at += 100)
    frames.push(...reader.push(frame.subarray(at, at + 100)))
  expect(concat.mock.calls.length).toBeLessThan(4)
  expect(frames).toMatchObject([{ isFinal: true, payload: { length: 200_000 } }])
})

test('messages pass byte for byte wherever the bytes are cut', () => {
  const stream = Buffer.concat([
    text({ a: 'Hello ✓' }),
    frameOf(9, Buffer.from('ping')),
    text([1]),
    closeFrame(1000, 'bye'),
  ])
  for (let at = 0; at <= stream.length; at += 1) {
    const read = messages()
    const out = Buffer.concat([read.push(stream.subarray(0, at)), read.push(stream.subarray(at))])
    expect(out.equals(stream)).toBe(true)
    expect(read.isClosing).toBe(true)
  }
})

test('the usage of all responses is added up, with audio and cached tokens apart', () => {
  const done = {
    type: 'response.done',
    response: {
      usage: {
        total_tokens: 253,
        input_tokens: 132,
        output_tokens: 121,
        input_token_details: {
          text_tokens: 119,
          audio_tokens: 13,
          cached_tokens: 64,
          cached_tokens_details: { text_tokens: 60, audio_tokens: 4 },
        },
        output_token_details: { text_tokens: 30, audio_tokens: 91 },
      },
    },
  }
  const read = messages()
  read.push(
    Buffer.concat([
      text({ type: 'response.output_text.delta', delta: 'abc' }),
      text(done),
      text(done),
    ]),
  )
  expect(read.textBytes).toBe(3)
  expect(read.usage).toMatchObject({
    inconsistent: false,
    tokens: { input: 2 * 59, cacheRead: 128, audioInput: 18, output: 60, audioOutput: 182 },
  })
})

test('a key of the provider is taken out, also where a message comes in pieces', () => {
  const secret = 'sk-planted-0123456789'
  const [first, second] = [
    Buffer.from(`{"k":"${secret.slice(0, 9)}`),
    Buffer.from(`${secret.slice(9)}"}`),
  ]
  const begun = frameOf(OPCODES.TEXT, first)
  begun.writeUInt8(OPCODES.TEXT, 0)
  const out = messages().push(Buffer.concat([begun, frameOf(OPCODES.CONTINUATION, second)]))
  expect(out.toString()).toContain('[redacted]')
  expect(out.toString()).not.toContain('0123456789')
})

test.each([
  ['is masked', Buffer.from([0x81, 0x80, 1, 2, 3, 4])],
  ['uses an extension', Buffer.from([0xc1, 0x00])],
  ['is too long', Buffer.from([0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0])],
])('a frame that %s is refused', (_, bytes) => {
  expect(() => messages().push(bytes)).toThrow(RangeError)
})

test('a message in many pieces is refused when it is too long', () => {
  const piece = frameOf(OPCODES.TEXT, Buffer.alloc(60, 65))
  piece.writeUInt8(OPCODES.TEXT, 0)
  const more = frameOf(OPCODES.CONTINUATION, Buffer.alloc(60, 65))
  more.writeUInt8(0, 0)
  expect(() => messages(100).push(Buffer.concat([piece, more]))).toThrow(RangeError)
})
