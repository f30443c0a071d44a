import { expect, test } from 'vitest'
import { UsageReader } from './usage-reader.ts'

const images = (count: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      data: Array.from({ length: count }, () => ({
        b64_json: 'A'.repeat(2_000_000),
        revised_prompt: '"usage":{"input_tokens":1,"output_tokens":1}',
      })),
      usage: { input_tokens: 7, output_tokens: 4000, input_tokens_details: { image_tokens: 3 } },
    }),
  )

test.each([1, 5])('the usage of an answer with %i images is read', (count) => {
  const body = images(count)
  for (const size of [65_536, 3_000_001, body.length]) {
    const reader = new UsageReader('application/json', () => undefined)
    for (let at = 0; at < body.length; at += size) reader.push(body.subarray(at, at + size))
    expect(reader.end()?.tokens).toMatchObject({ input: 7, output: 4000 })
  }
})

test('an answer of many images without usage reports none, whatever its texts say', () => {
  const text = images(5)
    .toString()
    .replace(/,"usage":\{"input_tokens":7.*$/, '}')
  const reader = new UsageReader('application/json', () => undefined)
  reader.push(Buffer.from(text))
  expect(reader.end()).toBeUndefined()
})

test('the usage of an event with an image is read, wherever its bytes are cut', () => {
  const image = JSON.stringify({
    type: 'image_generation.completed',
    b64_json: 'A'.repeat(2_000_000),
    usage: { input_tokens: 7, output_tokens: 4000 },
  })
  const body = Buffer.from(
    `: ping\n\nevent: image\ndata: ${image}\n\n: ping\n\ndata: {"type":"done"}\n\n`,
  )
  for (const size of [65_536, 1_999_999, body.length]) {
    const reader = new UsageReader('text/event-stream', () => undefined)
    for (let at = 0; at < body.length; at += size) reader.push(body.subarray(at, at + size))
    expect(reader.end()?.tokens).toMatchObject({ input: 7, output: 4000 })
  }
})
