import { expect, test } from 'vitest'
import { isSampled, spanIdOf, traceIdOf, traceparentOf } from './trace-context.ts'

const TRACE = '0'.repeat(31).concat('1')
const SPAN = 'ab'.repeat(8)

test('a trace context has the ids and the flag that it was made from', () => {
  const made = traceparentOf(TRACE, SPAN, true)
  expect([traceIdOf(made), spanIdOf(made), isSampled(made)]).toEqual([TRACE, SPAN, true])
  expect(isSampled(traceparentOf(TRACE, SPAN, false))).toBe(false)
})

test('only the last bit of the flags says whether a trace is recorded', () => {
  const digits = '0123456789abcdef'
    .split('')
    .filter((digit) => isSampled(`00-${TRACE}-${SPAN}-0${digit}`))
  expect(digits.join('')).toBe('13579bdf')
})
