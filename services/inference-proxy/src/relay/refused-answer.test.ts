import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import type { Dispatcher } from 'undici'
import { expect, test } from 'vitest'
import type { Provider } from '../providers/provider.ts'
import { SecretScrubber } from '../redact/secret-scrubber.ts'
import { TraceMatcher } from '../redact/trace-matcher.ts'
import { checkContentType, passedHeaders, refusedAnswer } from './refused-answer.ts'

const SECRET = 'qx7-hidden-credential'
const scrubber = () => new SecretScrubber(new TraceMatcher(SECRET))
const provider = { name: 'local' } as Provider

function answer(
  statusCode: number,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Dispatcher.ResponseData {
  return {
    statusCode,
    headers,
    body: Readable.from([Buffer.from(body)]),
  } as unknown as Dispatcher.ResponseData
}

test.each([401, 403, 407])(
  '%i is an error of the stored key, not of the client',
  async (status) => {
    expect(await refusedAnswer(provider, answer(status), scrubber())).toMatchObject({
      code: 'UPSTREAM_AUTH_FAILED',
      httpStatus: 502,
      next: 'key',
    })
  },
)

test.each([302, 199, 700])('the status %i is neither a result nor an error', async (status) => {
  expect(await refusedAnswer(provider, answer(status), scrubber())).toMatchObject({
    code: 'UPSTREAM_BAD_ANSWER',
    httpStatus: 502,
    next: 'target',
  })
})

test.each([
  [400, 'none', false, false],
  [404, 'none', false, false],
  [422, 'none', false, false],
  [408, 'target', false, true],
  [429, 'target', false, true],
  [500, 'target', true, true],
  [503, 'target', true, true],
  [529, 'target', true, true],
])('after the status %i goes on with: %s', async (status, next, isFault, mayRepeat) => {
  expect(await refusedAnswer(provider, answer(status), scrubber())).toMatchObject({
    code: 'UPSTREAM_ERROR',
    httpStatus: status,
    next,
    isFault,
    mayRepeat,
  })
})

test.each([
  [402, '{}'],
  [429, '{"error":{"message":"no","code":"insufficient_quota"}}'],
])('a %i that says that the account has no credit asks for another key', async (status, body) => {
  expect(await refusedAnswer(provider, answer(status, body), scrubber())).toMatchObject({
    code: 'UPSTREAM_QUOTA_EXCEEDED',
    httpStatus: 502,
    next: 'key',
  })
})

test.each([
  '{"error":{"message":"x","code":"context_length_exceeded"}}',
  '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
])('an input that does not fit asks for a bigger window: %s', async (body) => {
  expect(await refusedAnswer(provider, answer(400, body), scrubber())).toMatchObject({
    httpStatus: 400,
    next: 'bigger',
  })
})

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after-ms': '150', 'retry-after': '1' }, 150],
  [{ 'retry-after': 'soon' }, 0],
])('the time that a provider asks to wait is read from %j', async (headers, askedMs) => {
  const error = await refusedAnswer(provider, answer(429, '{}', headers), scrubber())
  expect(error.askedMs).toBe(askedMs)
})

test('an error in the shape of OpenAI is passed to the client without the secret', async () => {
  const body = JSON.stringify({ error: { message: `bad model for ${SECRET}`, type: 'x' }, more: 1 })
  const error = await refusedAnswer(provider, answer(400, body), scrubber())
  expect(error.body).toMatchObject({ error: { type: 'x' } })
  expect(JSON.stringify(error.body)).not.toContain(SECRET)
  expect(error.body).not.toHaveProperty('more')
})

test.each(['error', 'message', 'detail'])('a text in %s is part of the message', async (member) => {
  const body = JSON.stringify({ [member]: `no such model (${SECRET})` })
  const { message } = await refusedAnswer(provider, answer(404, body), scrubber())
  expect(message).toContain('The provider local answered 404: no such model')
  expect(message).not.toContain(SECRET)
})

test('a compressed error is read', async () => {
  const compressed = answer(400, gzipSync('{"message":"too long"}'), { 'content-encoding': 'gzip' })
  const { message } = await refusedAnswer(provider, compressed, scrubber())
  expect(message).toBe('The provider local answered 400: too long')
})

test('an error of over 64 KiB is left out', async () => {
  const body = JSON.stringify({ message: 'x'.repeat(70_000) })
  const { message } = await refusedAnswer(provider, answer(400, body), scrubber())
  expect(message).toBe('The provider local answered 400.')
})

test('only the headers that concern the client are passed, without the secret', () => {
  const headers = {
    'retry-after': '3',
    'set-cookie': 'a=b',
    'openai-version': SECRET,
    'retry-after-ms': 'line\nbreak',
  }
  const passed = passedHeaders(answer(429, '', headers), scrubber())
  expect(Object.keys(passed).toSorted()).toEqual(['openai-version', 'retry-after'])
  expect(passed['retry-after']).toBe('3')
  expect(passed['openai-version']).not.toContain(SECRET)
})

test.each([
  ['application/json; charset=utf-8', false],
  ['application/problem+json', false],
  ['', false],
  ['text/event-stream', true],
])('the content type %j fits stream = %s', (type, stream) => {
  const received = answer(200, '', { 'content-type': type })
  expect(checkContentType(provider, received, stream)).toBeUndefined()
})

test.each([
  ['text/html', false],
  ['text/event-stream', false],
  ['application/json', true],
  ['', true],
])('the content type %j is refused for stream = %s', (type, stream) => {
  const received = answer(200, '', { 'content-type': type })
  expect(() => checkContentType(provider, received, stream)).toThrow('The provider local answered')
})
