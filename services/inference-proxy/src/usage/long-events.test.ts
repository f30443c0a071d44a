import { expect, test } from 'vitest'
import { usageAtEnd } from './long-events.ts'

test.each([
  ['at the end', '"usage":{"input_tokens":5}}', { input_tokens: 5 }],
  [
    'before metadata with that name',
    '"usage":{"input_tokens":5},"metadata":{"usage":"x"}}',
    { input_tokens: 5 },
  ],
  [
    'before a schema with that name',
    '"usage":{"input_tokens":5},"tools":[{"usage":{"type":"object"}}]}',
    { input_tokens: 5 },
  ],
  ['that is none', '"metadata":{"usage":"x"}}', undefined],
  ['within a text', String.raw`"text":"\"usage\":{\"input_tokens\":5}"}`, undefined],
])('the usage %s is read', (_, text, usage) => {
  expect(usageAtEnd(`AAAA",${text}`)).toEqual(usage)
})

test('a text with many members of that name takes no longer than its length', () => {
  expect(usageAtEnd('"usage":{'.repeat(7000))).toBeUndefined()
})
