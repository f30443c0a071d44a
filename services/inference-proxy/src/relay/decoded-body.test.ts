import { Readable } from 'node:stream'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import { decodedBody, wholeBody } from './decoded-body.ts'

const text = 'an answer of a provider'

function answer(body: Buffer, encoding?: string): Dispatcher.ResponseData {
  return {
    headers: encoding === undefined ? {} : { 'content-encoding': encoding },
    body: Readable.from([body]),
  } as unknown as Dispatcher.ResponseData
}

async function decode(body: Buffer, encoding?: string): Promise<string | undefined> {
  const decoded = decodedBody(answer(body, encoding))
  return decoded && String(await wholeBody(decoded, 1000))
}

test.each([
  ['gzip', gzipSync(text)],
  ['x-gzip', gzipSync(text)],
  ['deflate', deflateSync(text)],
  ['br', brotliCompressSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['GZIP', gzipSync(text)],
  ['identity', Buffer.from(text)],
  ['', Buffer.from(text)],
  [undefined, Buffer.from(text)],
])('a body with the content encoding %s is decoded', async (encoding, body) => {
  expect(await decode(body, encoding)).toBe(text)
})

test('several codings are undone in the reverse order', async () => {
  expect(await decode(brotliCompressSync(gzipSync(text)), 'gzip, br')).toBe(text)
})

test.each(['snappy', 'gzip, snappy', 'constructor', 'gzip, gzip, gzip, gzip'])(
  'the content encoding %j is refused',
  (encoding) => {
    expect(decodedBody(answer(Buffer.from(text), encoding))).toBeUndefined()
  },
)

test('a compressed body that is cut off rejects', async () => {
  await expect(decode(gzipSync(text).subarray(0, 20), 'gzip')).rejects.toThrow(
    'unexpected end of file',
  )
})

test('a body of exactly the limit is read, and a longer one is not', async () => {
  const body = (): Readable => Readable.from([Buffer.from('ab'), Buffer.from('cd')])
  expect(String(await wholeBody(body(), 4))).toBe('abcd')
  expect(await wholeBody(body(), 3)).toBeUndefined()
})
