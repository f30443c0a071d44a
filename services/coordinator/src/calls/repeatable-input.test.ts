import { expect, test } from 'vitest'
import { whyNotRepeatable } from './repeatable-input.ts'

test.each([
  [{ path: 'a', list: [1, { b: 'text' }], none: null }, undefined],
  ['', undefined],
  [null, 'not-stored'],
  [{ truncated: true, preview: '{"a":' }, 'truncated'],
  [{ truncated: true, preview: 'x', more: 1 }, undefined],
  [{ user: 'ada', password: '[redacted]' }, 'redacted'],
  [{ list: [{ text: 'with bearer [redacted] inside' }] }, 'redacted'],
  [{ '[redacted]': 1 }, 'redacted'],
  ['[unreadable]', 'altered'],
  [{ deep: ['[too deep]'] }, 'altered'],
  ['a\u{fffd}b', 'altered'],
])('the stored input %j is not repeated for the reason %s', (input, reason) => {
  expect(whyNotRepeatable(input)).toBe(reason)
})
