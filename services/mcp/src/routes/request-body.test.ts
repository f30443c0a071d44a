import { MAX_JSON_DEPTH } from '@alkdev/std'
import { expect, test } from 'vitest'
import { requestBody, tooDeepError } from './request-body.ts'

/** A request whose tool call has an input of that many levels. */
function toolCall(levels: number): string {
  const input = '['.repeat(levels) + ']'.repeat(levels)
  return `{"id":7,"method":"tools/call","params":{"name":"call","arguments":{"input":${input}}}}`
}
const read = (text: string) => requestBody(Buffer.from(text))
const textOf = (body: Uint8Array): string => new TextDecoder().decode(body)

test('a body keeps its bytes', () => {
  const given = '{"id":1, "method":"ping"}'
  const { text, bytes, tooDeep } = read(given)
  expect([text, textOf(bytes()), tooDeep]).toEqual([given, given, false])
})

test('a body that is not JSON is left to the protocol', () => {
  const { text, bytes, tooDeep } = read('not json')
  expect([text, textOf(bytes()), tooDeep]).toEqual(['not json', 'not json', false])
})

test('a byte order mark is no part of the text', () => {
  expect(read('\uFEFF{"id":1}').text).toBe('{"id":1}')
})

test('an input with the maximum depth is accepted', () => {
  expect(read(toolCall(MAX_JSON_DEPTH)).tooDeep).toBe(false)
})

test('a deeper body is reduced to an outline with the id and method of the request', () => {
  const { text, bytes, tooDeep } = read(toolCall(5000))
  expect([textOf(bytes()), tooDeep]).toEqual([text, true])
  expect(JSON.parse(text)).toMatchObject({ id: 7, method: 'tools/call' })
  expect(text.length).toBeLessThan(300)
})

test('a deep text that is not JSON is refused', () => {
  expect(() => read('['.repeat(5000))).toThrow('not JSON')
})

test('the error for a deep request has the limit in its text', () => {
  const { code, message } = tooDeepError('request')
  expect([code, message]).toEqual([
    'VALIDATION_ERROR',
    'The request is nested deeper than 512 levels.',
  ])
})
