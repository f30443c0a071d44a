import { expect, test } from 'vitest'
import { prettyPrint } from './pretty-print.ts'

test('control characters in a field, a message or a stack are shown as escapes', () => {
  const hostile = 'm\u001b[2J\u0007\u009b31m\u202e\r'
  const line = JSON.stringify({
    level: 30,
    time: 0,
    msg: hostile,
    model: hostile,
    err: { stack: `Error: ${hostile}\n    at a` },
  })
  const shown = prettyPrint(line)
  expect(shown).toMatch(/^[\t\n\u0020-\u007e]*$/)
  expect(shown.split('\n')).toHaveLength(4)
  expect(shown).toContain('\\u001b[2J')
})
