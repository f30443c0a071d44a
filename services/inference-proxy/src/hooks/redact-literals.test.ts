import { expect, test } from 'vitest'
import { checkedTexts } from './checked-texts.ts'
import { redactJson, redactText } from './redact-literals.ts'

const redacted = (json: string, ...literals: readonly string[]): string =>
  redactJson(Buffer.from(json), literals).toString()

test('literals are redacted in strings, however they are escaped, and nothing else changes', () => {
  expect(
    redacted('{ "a" : "x \\u0034111 y", "n": 12345678901234567890, "u":"\\u00e9" }', '4111'),
  ).toBe('{ "a" : "x [redacted] y", "n": 12345678901234567890, "u":"\\u00e9" }')
})

test('names of members stay', () => {
  expect(redacted('{"name":{"name" :"name"}}', 'name')).toBe('{"name":{"name" :"[redacted]"}}')
})

test('strings with quotes and backslashes at their ends are read to their end', () => {
  expect(redacted(String.raw`["a\\","b\"bad\\","bad"]`, 'bad')).toBe(
    String.raw`["a\\","b\"[redacted]\\","[redacted]"]`,
  )
})

test('a literal that holds a shorter one is redacted as a whole', () => {
  expect(redactText('abc ab', ['ab', 'abc'])).toBe('[redacted] [redacted]')
})

test('the value at a place that is kept stays', () => {
  const json = '{"model":"gpt","x":"gpt"}'
  expect(redactJson(Buffer.from(json), ['gpt'], new Set([9])).toString()).toBe(
    '{"model":"gpt","x":"[redacted]"}',
  )
})

test('the texts of a request are checked, without names and attachments', () => {
  const image = `data:image/png;base64,${'A'.repeat(2000)}`
  const body = {
    model: 'acme/m',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }, { image_url: { url: image } }] },
      { role: 'tool', tool_call_id: 'c1', content: 'done' },
    ],
    tools: [{ type: 'function', function: { name: 'weather', description: 'Tells it' } }],
  }
  expect(checkedTexts(body)).toEqual(['Hi', 'done', 'weather', 'Tells it'])
  expect(checkedTexts('a'.repeat(2000))).toEqual([])
  const call = { type: 'tool_use', id: 'c', input: { id: 'one', list: [{ type: 'two' }] } }
  expect(checkedTexts({ content: [call] })).toEqual(['one', 'two'])
  expect(checkedTexts({ input: [{ id: 'm', content: 'three' }] })).toEqual(['three'])
  expect(checkedTexts('a '.repeat(2000))).toHaveLength(1)
})
