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
  const text = '{"id":1, "method":"ping"}'
  const { body, tooDeep } = read(text)
  expect([textOf(body), tooDeep]).toEqual([text, false])
})

test('a body that is not JSON is left to the protocol', () => {
  const { body, tooDeep } = read('not json')
  expect([textOf(body), tooDeep]).toEqual(['not json', false])
})

test('an input with the maximum depth is accepted', () => {
  expect(read(toolCall(MAX_JSON_DEPTH)).tooDeep).toBe(false)
})

test('a deeper body is reduced to an outline with the id and method of the request', () => {
  const { body, tooDeep } = read(toolCall(5000))
  expect(tooDeep).toBe(true)
  expect(JSON.parse(textOf(body))).toMatchObject({ id: 7, method: 'tools/call' })
  expect(body.length).toBeLessThan(300)
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
